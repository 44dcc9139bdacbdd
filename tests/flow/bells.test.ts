import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type SpawnedEntry, spawnEntry } from '../../bin/spawn.ts';
import { readAdminFile } from '../../lib/core/adapters/local/admin-file.ts';
import { readRunnerConfig } from '../../lib/core/config.ts';
import type { CommandStore } from '../../lib/core/ports/index.ts';
import { Runner } from '../../runner/lifecycle.ts';
import { createLogger } from '../../runner/log.ts';
import { createRunnerPorts } from '../../runner/ports.ts';
import { freshNumber, linkInstance, register } from '../support/client.ts';

let folder: string;
let gateway: SpawnedEntry;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchboard-bells-'));
  gateway = await spawnEntry('start', { PORT: '0', DATA_DIR: folder }, ['--runners', '0']);
});
afterAll(async () => {
  await gateway?.kill();
  await rm(folder, { recursive: true, force: true });
});

/** Commands that no sweep finds: whoever asks what is pending must know of which instance. */
function unswept(commands: CommandStore): CommandStore {
  return new Proxy(commands, {
    get: (target, name) => {
      if (name === 'listLate') return async () => [];
      if (name === 'listPending') {
        const listPending: CommandStore['listPending'] = async (shard, instanceId) =>
          instanceId === undefined ? [] : target.listPending(shard, instanceId);
        return listPending;
      }
      const member = Reflect.get(target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

it('rung in the process of the API start commands in a runner elsewhere, where no sweep would find them', async () => {
  const config = readRunnerConfig(readAdminFile(folder)?.env as Record<string, string>);
  const { ports, close } = createRunnerPorts(config);
  const commands = unswept(ports.commands);
  const runner = new Runner({ config, ports: { ...ports, commands }, logger: createLogger('silent') });
  await runner.start();
  try {
    const instance = await linkInstance(await register(gateway.url));
    const sent = await instance.key.must('POST', '/api/messages/text', { to: freshNumber(), text: 'by the bell' });
    expect(sent.status).toBe(201);
  } finally {
    await runner.stop();
    await close();
  }
});
