import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type SpawnedEntry, spawnEntry, spawnReady } from '../../bin/spawn.ts';
import { ApiClient, freshNumber, linkInstance, register } from '../support/client.ts';
import { adaptersOf, eventsOf, numbersOf, settled } from '../support/event-log.ts';
import { Person } from '../support/person.ts';
import { Receiver } from '../support/receiver.ts';

const EVENTS = 1_000;
const KILLS = 5;
const PER_ROUND = EVENTS / KILLS;
/** Events that are on their way to the first endpoint at a time: what a kill can double is what is under way. */
const AHEAD = 2;
const ENDPOINTS = ['good', 'slow', 'failing'] as const;
/** From this round on the third endpoint is mended. */
const MENDED_ROUND = 3;
const MAX_DOUBLED = 0.01;

let folder: string;
let sandbox: SpawnedEntry;
let receiver: Receiver;
let parts: Record<'gateway' | 'events' | 'deliveries', SpawnedEntry>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchboard-deliveries-'));
  sandbox = await spawnEntry('sandbox', { SANDBOX_PORT: '0', DATA_DIR: join(folder, 'sandbox') });
  receiver = await Receiver.start();
  parts = await startAll();
}, 120_000);
afterAll(async () => {
  await Promise.all(Object.values(parts ?? {}).map((part) => part.kill()));
  await sandbox?.kill();
  await receiver?.stop();
  await rm(folder, { recursive: true, force: true });
});

function start(part: keyof typeof parts): Promise<SpawnedEntry> {
  const entry = join(import.meta.dirname, '../support/part-child.ts');
  const args = ['--disable-warning=ExperimentalWarning', entry, part, join(folder, 'gateway')];
  // Parts start fifteen times: most of that is compiling.
  return spawnReady(args, { SANDBOX_URL: sandbox.url, NODE_COMPILE_CACHE: join(folder, 'compile-cache') });
}

async function startAll(): Promise<typeof parts> {
  const gateway = await start('gateway');
  const [events, deliveries] = await Promise.all([start('events'), start('deliveries')]);
  return { gateway, events, deliveries };
}

async function killAndStart(part: 'events' | 'deliveries'): Promise<void> {
  await parts[part].kill();
  parts[part] = await start(part);
}

it('kill -9 of the event worker, the delivery worker and everything, five times each: every event arrives everywhere', async () => {
  const user = await register(parts.gateway.url);
  const instance = await linkInstance(user);
  const hooks: Record<string, string> = {};
  for (const name of ENDPOINTS) {
    const made = await user.must('POST', '/api/webhooks', { url: receiver.url(name), events: ['message.received'] });
    await receiver.set(name, { secret: made.body.data.secret });
    hooks[name] = `/api/webhooks/${made.body.data.id}`;
  }
  await receiver.set('slow', { delayMs: 50 });
  await receiver.set('failing', { status: 500 });
  const writer = new Person(sandbox.url, freshNumber());
  const texts = Array.from({ length: EVENTS }, (_, i) => `line ${i}`);
  const written = texts.map(() => Promise.withResolvers<void>());
  const write = async (before: number) => {
    for (let i = before; i < before + PER_ROUND; i += 1) {
      await writer.writes(instance.phone, texts[i] as string);
      written[i]?.resolve();
      await receiver.received('good', i + 1 - AHEAD);
    }
  };

  for (let round = 0; round < KILLS; round += 1) {
    const before = round * PER_ROUND;
    // Kills follow what is written, so an event that is under way is met anywhere on its way.
    const wrote = (share: number) => written[before + share * PER_ROUND]?.promise;
    const writing = write(before);
    await wrote(0.1);
    await killAndStart('events');
    await wrote(0.4);
    await killAndStart('deliveries');
    await wrote(0.7);
    await Promise.all(Object.values(parts).map((part) => part.kill()));
    if (round === MENDED_ROUND) await receiver.set('failing', { status: 200 });
    parts = await startAll();
    await writing;
    await receiver.received('good', before + PER_ROUND);
  }
  const after = new ApiClient(parts.gateway.url, user.credential);
  await after.must('POST', `${hooks.failing}/replay`, { failed: true });
  for (const name of ENDPOINTS) await receiver.received(name, EVENTS);

  let doubled = 0;
  for (const name of ENDPOINTS) {
    const hits = await receiver.hits(name);
    expect(hits.every(({ verified }) => verified)).toBe(true);
    const idsOf = Map.groupBy(hits, ({ body }) => body.data.text as string);
    expect([...idsOf.keys()].sort()).toEqual([...texts].sort());
    for (const ofText of idsOf.values()) expect(new Set(ofText.map(({ id }) => id)).size).toBe(1);
    doubled += hits.filter(({ status }) => status < 300).length - EVENTS;
    expect(await logOf(after, hooks[name] as string)).toEqual(new Set(hits.map(({ id }) => id)));
  }
  expect(doubled).toBeLessThan(EVENTS * ENDPOINTS.length * MAX_DOUBLED);

  const dataDir = join(folder, 'gateway');
  const adapters = adaptersOf(dataDir);
  const { id } = (await after.must('GET', `/api/instances/${instance.name}`)).body.data;
  const lastSeq = await settled(adapters, id as string, EVENTS);
  const numbers = await numbersOf(dataDir, id as string);
  expect(numbers.length).toBeGreaterThanOrEqual(lastSeq);
  expect(numbers).toEqual(numbers.map((_, n) => n + 1));
  const { events } = await eventsOf(adapters, id as string);
  expect(events.filter(({ type }) => type === 'message.received').length).toBe(EVENTS);
  adapters.close();
}, 900_000);

/** The events that an endpoint's log says were delivered, once all are; each with the attempts that were made. */
async function logOf(user: ApiClient, hook: string): Promise<Set<string>> {
  for (;;) {
    const ids = new Set<string>();
    let pending = 0;
    let cursor = '';
    do {
      const page = await user.must('GET', `${hook}/deliveries?per_page=100${cursor}`);
      for (const { eventId, status, tries, attempts } of page.body.data.deliveries) {
        if (status === 'delivered' && tries > 0 && attempts.at(-1)?.status === 200) ids.add(eventId as string);
        else pending += 1;
      }
      const next = page.body.meta?.pagination?.next_cursor ?? page.body.pagination?.next_cursor;
      cursor = next ? `&cursor=${encodeURIComponent(next as string)}` : '';
    } while (cursor !== '');
    if (pending === 0) return ids;
    await new Promise((wake) => setTimeout(wake, 200));
  }
}
