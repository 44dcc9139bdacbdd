import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type SpawnedEntry, spawnEntry } from '../../bin/spawn.ts';
import { ApiClient, freshNumber, linkInstance, register } from '../support/client.ts';
import { Person } from '../support/person.ts';
import { type Hit, Receiver } from '../support/receiver.ts';

const ROUNDS = 3;
const PER_ROUND = 15;

let folder: string;
let sandbox: SpawnedEntry;
let gateway: SpawnedEntry;
let receiver: Receiver;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchboard-webhooks-'));
  sandbox = await spawnEntry('sandbox', { SANDBOX_PORT: '0', DATA_DIR: join(folder, 'sandbox') });
  receiver = await Receiver.start();
  gateway = await startGateway();
});
afterAll(async () => {
  await gateway?.kill();
  await sandbox?.kill();
  await receiver?.stop();
  await rm(folder, { recursive: true, force: true });
});

function startGateway(): Promise<SpawnedEntry> {
  return spawnEntry('start', { PORT: '0', DATA_DIR: join(folder, 'gateway'), SANDBOX_URL: sandbox.url });
}

it('kill -9 while deliveries are pending: every event arrives, under one id', async () => {
  const user = await register(gateway.url);
  const instance = await linkInstance(user);
  const paths: Record<string, string> = {};
  for (const name of ['good', 'held']) {
    const events = ['message.received'];
    const made = await user.must('POST', '/api/webhooks', { url: receiver.url(name), events });
    await receiver.set(name, { secret: made.body.data.secret, hold: name === 'held' });
    paths[name] = `/api/webhooks/${made.body.data.id}`;
  }
  const writer = new Person(sandbox.url, freshNumber());
  const texts: string[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = (await receiver.hits('good')).length;
    const batch = Array.from({ length: PER_ROUND }, (_, i) => `round ${round} line ${i}`);
    texts.push(...batch);
    for (const text of batch) await writer.writes(instance.phone, text);
    // Killed at different points of the way: some delivered, some on their way, some not yet written down.
    await receiver.until('good', (hits) => hits.length > before + round * 4, 90_000);
    await receiver.until('held', (hits) => hits.length > 0, 90_000);
    await gateway.kill();
    gateway = await startGateway();
  }
  await receiver.set('held', { hold: false });
  for (const name of ['good', 'held']) {
    const hits = await receiver.until(name, (all) => new Set(all.map(({ id }) => id)).size >= texts.length, 90_000);
    const ids = new Map<string, Set<string>>();
    for (const { id, body } of hits) ids.set(body.data.text, (ids.get(body.data.text) ?? new Set()).add(id));
    expect([...ids.keys()].sort()).toEqual([...texts].sort());
    expect([...ids.values()].every((own) => own.size === 1)).toBe(true);
    expect(hits.every(({ verified }: Hit) => verified)).toBe(true);
    const log = `${paths[name]}/deliveries?status=delivered&per_page=100`;
    const after = new ApiClient(gateway.url, user.credential);
    const done = await after.until(log, ({ body }) => body.data.deliveries.length >= texts.length, 90_000);
    expect(done.body.data.deliveries.length).toBe(texts.length);
  }
});
