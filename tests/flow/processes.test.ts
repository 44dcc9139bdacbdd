import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SpawnedEntry, spawnEntry } from '../../bin/spawn.ts';
import { ApiClient, freshNumber, linkInstance, register } from '../support/client.ts';
import { Person } from '../support/person.ts';

let folder: string;
let started: SpawnedEntry[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchboard-processes-'));
  started = [];
});
afterAll(async () => {
  await Promise.all(started.map((entry) => entry.kill()));
  await rm(folder, { recursive: true, force: true });
});

async function start(name: string, env: Record<string, string> = {}): Promise<SpawnedEntry> {
  const entry = await spawnEntry('start', { PORT: '0', DATA_DIR: join(folder, name), ...env });
  started.push(entry);
  return entry;
}

describe('npm start', () => {
  it('runs twice side by side with different ports and folders, and they know nothing of each other', async () => {
    const [one, two] = await Promise.all([start('one'), start('two')]);
    expect(one.url).not.toBe(two.url);
    const user = await register(one.url);
    expect((await user.get('/api/auth/me')).status).toBe(200);
    expect((await new ApiClient(two.url, user.credential).get('/api/auth/me')).status).toBe(401);
  });

  it('refuses a data folder that another gateway uses, and a port that is taken, with a sentence', async () => {
    const first = await start('shared');
    await expect(start('shared')).rejects.toThrow(/data|folder|gateway/i);
    const port = new URL(first.url).port;
    await expect(start('elsewhere', { PORT: port })).rejects.toThrow(/Port \d+ is taken/);
    await expect(start('nowhere', { PORT: 'x' })).rejects.toThrow(/PORT must be a number/);
  });

  it('ends on SIGTERM with code 0, keeps the phone linked, and leaves no process behind', async () => {
    const gateway = await start('stops');
    const user = await register(gateway.url);
    const { name } = await linkInstance(user);
    expect(await gateway.stop()).toBe(0);
    expect(() => process.kill(-gateway.pid, 0)).toThrow(/ESRCH/);
    const again = await start('stops');
    const client = new ApiClient(again.url, user.credential);
    await client.until(`/api/instances/${name}/status`, ({ body }) => body.data.status === 'CONNECTED');
  });

  it('keeps secrets in files that only their owner can read', async () => {
    await start('secrets');
    expect((await stat(join(folder, 'secrets'))).mode & 0o077).toBe(0);
    const names = ['jwt-secrets', 'master.key'];
    const kept = await readdir(join(folder, 'secrets'));
    expect(kept).toEqual(expect.arrayContaining(names));
    // What was compiled is the same for all data folders, and lies beside the modules.
    expect(kept).not.toContain('compile-cache');
    for (const name of names) expect((await stat(join(folder, 'secrets', name))).mode & 0o077).toBe(0);
  });

  it('never logs a message, a phone number, a key or a token, even at its most talkative', async () => {
    const gateway = await start('logs', { LOG_LEVEL: 'trace' });
    const user = await register(gateway.url);
    const instance = await linkInstance(user);
    const sandboxUrl = /Sandbox:\s+(\S+)/.exec(gateway.output())?.[1] as string;
    const writer = new Person(sandboxUrl, freshNumber('9001'));
    const sent = await instance.key.must('POST', '/api/messages/text', { to: writer.number, text: 'TOP-SECRET-OUT' });
    await writer.writes(instance.phone, 'TOP-SECRET-IN');
    const path = '/api/messages?direction=received';
    await instance.key.until(path, ({ body }) => body.data.messages.length >= 2);
    await user.must('POST', `/api/test/instances/${instance.name}/disconnect`, { code: 503 });
    await user.until(`/api/instances/${instance.name}/status`, ({ body }) => body.data.status === 'RECONNECTING');
    await gateway.stop();
    const logs = gateway.output();
    expect(logs).toContain('"msg":"connected"');
    // Whoever knows a number finds its session.
    const hash = createHash('sha256').update(instance.phone).digest('hex').slice(0, 12);
    expect(logs).toContain(`"phone":"${hash}"`);
    const secrets = [
      'TOP-SECRET',
      writer.number,
      instance.phone,
      user.credential as string,
      instance.key.credential as string,
      'a-long-password-1',
      (sent.body.data.messageId as string).slice('msg_'.length),
    ];
    for (const secret of secrets) expect(logs).not.toContain(secret);
    expect(logs).not.toMatch(/privKey|rootKey|chainKey|noiseKey|advSecret/);
  });
});
