import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SpawnedEntry, spawnEntry } from '../../bin/spawn.ts';
import type { RunnerBeat } from '../../lib/core/ports/index.ts';
import { type ApiClient, freshNumber, type LinkedInstance, linkInstance, register } from '../support/client.ts';
import { adaptersOf } from '../support/event-log.ts';
import { sample, scrape } from '../support/metrics.ts';
import { Person } from '../support/person.ts';

let folder: string;
let gateway: SpawnedEntry;
let user: ApiClient;
let instance: LinkedInstance;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchboard-runners-'));
  gateway = await spawnEntry('start', { PORT: '0', DATA_DIR: folder, LOG_LEVEL: 'trace' }, ['--runners', '1']);
  user = await register(gateway.url);
  instance = await linkInstance(user);
});
afterAll(async () => {
  await gateway?.kill();
  await rm(folder, { recursive: true, force: true });
});

interface LogLine {
  service?: string;
  msg: string;
  url?: string;
  pid?: number;
  runnerId?: string;
  requestId?: string;
  [field: string]: unknown;
}

function logLines(): LogLine[] {
  return gateway
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as LogLine);
}

const FLEET = ['--disable-warning=ExperimentalWarning', resolve(import.meta.dirname, '../../bin/fleet.ts')];

async function fleet(option: string, dataDir = folder): Promise<string> {
  const env = { ...process.env, DATA_DIR: dataDir };
  const { stdout } = await promisify(execFile)(process.execPath, [...FLEET, option], { env });
  return stdout;
}

/** `npm run fleet` as it stays in a terminal. */
function liveFleet() {
  const child = spawn(process.execPath, FLEET, { env: { ...process.env, DATA_DIR: folder } });
  let shown = '';
  child.stdout.on('data', (part: Buffer) => {
    shown += part;
  });
  return {
    shown: () => shown,
    async end() {
      const ended = once(child, 'exit');
      child.kill('SIGINT');
      await ended;
    },
  };
}

const ofRunner = () => logLines().filter((line) => line.service === 'runner');
const ready = () => ofRunner().filter(({ msg }) => msg === 'runner ready');

describe('npm start -- --runners 1', () => {
  it('answers health checks, and counts what happens', async () => {
    const { url } = ready()[0] as { url: string };
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect(await (await fetch(`${url}/readyz`)).json()).toMatchObject({ ok: true, state: 'running' });
    expect((await fetch(`${url}/`)).status).toBe(404);
    const sandboxUrl = /Sandbox:\s+(\S+)/.exec(gateway.output())?.[1] as string;
    const writer = new Person(sandboxUrl, freshNumber('9001'));
    for (const text of ['one', 'two'])
      await instance.key.must('POST', '/api/messages/text', { to: writer.number, text });
    await instance.key.until('/api/messages?direction=received', ({ body }) => body.data.messages.length === 2);
    const metrics = await scrape(url);
    expect(sample(metrics, 'switchboard_sessions', { state: 'CONNECTED' })).toBe(1);
    expect(sample(metrics, 'switchboard_accept_to_ack_seconds_count')).toBe(2);
    expect(sample(metrics, 'switchboard_command_queue_seconds_count')).toBeGreaterThanOrEqual(3);
    expect(sample(metrics, 'switchboard_commit_seconds_count')).toBeGreaterThan(2);
    expect(sample(metrics, 'switchboard_shards_owned')).toBeGreaterThanOrEqual(4);
    expect(sample(metrics, 'switchboard_connects_in_progress')).toBe(0);
    expect(sample(metrics, 'switchboard_decrypt_failures_total', { kind: 'bad_mac' })).toBe(0);
    expect(sample(metrics, 'switchboard_fence_refusals_total')).toBe(0);
    expect(sample(metrics, 'switchboard_rss_per_session_bytes')).toBeGreaterThan(1_000_000);
  });

  it('logs a command with the request that it came from, its instance, shard and epoch, and no number', async () => {
    const sent = await instance.key.must('POST', '/api/messages/text', { to: freshNumber(), text: 'TOP-SECRET' });
    const requestId = sent.headers.get('x-request-id');
    const mine = () => logLines().filter((line) => line.requestId === requestId);
    await expect
      .poll(() => mine().map(({ msg }) => msg))
      .toEqual(expect.arrayContaining(['command finished', 'request']));
    expect(mine().find(({ msg }) => msg === 'command finished')).toMatchObject({
      runnerId: expect.stringMatching(/^runner_/),
      instanceId: expect.stringMatching(/^inst_/),
      shard: expect.any(Number),
      epoch: expect.any(Number),
      operation: 'message.sendText',
    });
    const { phone } = instance;
    for (const secret of ['TOP-SECRET', phone, sent.body.data.to as string])
      expect(gateway.output()).not.toContain(secret);
  });

  it('npm run fleet says who owns what, as text and as JSON', async () => {
    const told = JSON.parse(await fleet('--json'));
    const { runnerId } = ready()[0] as { runnerId: string };
    expect(told).toMatchObject({ sessions: { CONNECTED: 1 }, unowned: [] });
    expect(told.runners).toMatchObject([{ id: runnerId, alive: true, load: 1, sessions: { CONNECTED: 1 } }]);
    expect(told.runners[0].shards).toEqual(told.shards.map(({ shard }: { shard: number }) => shard));
    const text = await fleet('--once');
    for (const shown of ['1 runners', runnerId, '1 CONNECTED']) expect(text).toContain(shown);
    await expect(fleet('--loud')).rejects.toThrow(/loud/);
  });

  it('starts a crashed runner again, which brings the sessions back', async () => {
    const { pid } = ready()[0] as { pid: number };
    const view = liveFleet();
    await expect.poll(view.shown).toContain('1 runners');
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => ready().length, { timeout: 60_000 }).toBe(2);
    const { runnerId } = ready()[1] as { runnerId: string };
    await expect.poll(view.shown, { timeout: 60_000 }).toMatch(new RegExp(`MOVES\\n.*shard \\d+: \\w+ → ${runnerId}`));
    await view.end();
    const text = 'after the crash';
    const to = freshNumber();
    const sent = await instance.key.must('POST', '/api/messages/text', { to, text });
    const path = `/api/messages/${sent.body.data.messageId}/status`;
    await instance.key.until(path, ({ body }) => ['SENT', 'DELIVERED', 'READ'].includes(body.data.status), 60_000);
  });

  it('ends on SIGTERM with code 0 after its runners have drained, and leaves no process behind', async () => {
    const { pid } = ready().at(-1) as { pid: number };
    expect(await gateway.stop()).toBe(0);
    expect(ofRunner().map(({ msg }) => msg)).toEqual(expect.arrayContaining(['draining', 'drained']));
    for (const each of [pid, -gateway.pid]) expect(() => process.kill(each, 0)).toThrow(/ESRCH/);
  });
});

describe('npm start -- --runners', () => {
  it('3 runs three processes, and every shard has an owner among them', async () => {
    const dataDir = join(folder, 'three');
    const three = await spawnEntry('start', { PORT: '0', DATA_DIR: dataDir }, ['--runners=3']);
    try {
      const seen = async () => {
        const { runners, shards, unowned } = JSON.parse(await fleet('--json', dataDir));
        return {
          alive: runners.filter(({ alive }: { alive: boolean }) => alive).length,
          shards: shards.length,
          unowned,
        };
      };
      await expect.poll(seen, { timeout: 60_000 }).toEqual({ alive: 3, shards: 12, unowned: [] });
      const adapters = adaptersOf(dataDir);
      const [beat] = await adapters.runners.list();
      const newcomer = { ...(beat as RunnerBeat), id: 'runner_newcomer', counter: 1 };
      await adapters.runners.beat(newcomer);
      const shown = await fleet('--once', dataDir);
      await adapters.runners.forget(newcomer.id);
      adapters.close();
      expect(shown).toMatch(
        /runner_newcomer +alive .* -\n.*\n +gets its shards one every 10 s, .* the same for 60 s\n/,
      );
    } finally {
      expect(await three.stop()).toBe(0);
    }
  });

  it.each(['x', '-1', '99'])('refuses %s with a sentence', async (count) => {
    const env = { PORT: '0', DATA_DIR: join(folder, 'never') };
    await expect(spawnEntry('start', env, [`--runners=${count}`])).rejects.toThrow(/--runners must be a number/);
  });
});
