import { expect, it } from 'vitest';
import type { InstanceEvent } from '../../lib/core/catalogue/events.ts';
import { newId } from '../../lib/core/model/ids.ts';
import type { EventSubscriber, RecordedEvent } from '../../lib/core/ports/events.ts';
import type { Fence, SessionWrite } from '../../lib/core/ports/session-store.ts';
import { settleEvents } from '../../lib/core/usecases/settle-events.ts';
import { randomText, useEmbedded } from '../support/embedded.ts';

const embedded = useEmbedded();
const NOW_MS = Date.UTC(2026, 10, 24, 9, 30);
const SHARD = 3;

function delivered(instanceId: string, messageId: string): SessionWrite {
  const data = { messageId, chat: 'x@s.whatsapp.net', to: { phone: null, lid: null }, timestampMs: NOW_MS };
  const event: InstanceEvent = { type: 'message.delivered', instanceId, timestampMs: NOW_MS, data };
  return { kind: 'event', event, once: `${messageId}|delivered` };
}

function connection(instanceId: string, type: 'instance.connected' | 'instance.connecting'): SessionWrite {
  const data = { status: 'X', phone: null, reason: null };
  return { kind: 'event', event: { type, instanceId, timestampMs: NOW_MS, data } };
}

async function aStream() {
  const adapters = embedded.adapters(() => NOW_MS);
  const { fence } = await adapters.sessions.takeFence(newId('sub'), newId('inst'), 'runner_1');
  const record = (writes: SessionWrite[], lastSeq: number) =>
    adapters.sessions.commit(fence, writes, { shard: SHARD, lastSeq });
  return { adapters, fence, id: fence.instanceId, record };
}

/** Remembers what it was told; throws while `broken`. */
class Listener implements EventSubscriber {
  readonly name = 'listener';
  readonly told: RecordedEvent[] = [];
  broken = false;
  async tell(event: RecordedEvent): Promise<void> {
    if (this.broken) throw new Error('the subscriber is broken');
    this.told.push(event);
  }
}

const outboxOf = async ({ adapters, fence }: { adapters: ReturnType<typeof embedded.adapters>; fence: Fence }) =>
  (await adapters.events.listOutbox(SHARD, 500)).filter(({ instanceId }) => instanceId === fence.instanceId);

it('numbers events in the transaction of the session, and goes on where the last owner ended', async () => {
  const { adapters, fence, id, record } = await aStream();
  const last = await record([connection(id, 'instance.connecting'), delivered(id, 'm1'), delivered(id, 'm1')], 0);
  expect(last).toBe(2);
  const next = await adapters.sessions.takeFence(fence.tenantId, id, 'runner_2');
  expect(next.lastSeq).toBe(2);
  await expect(record([delivered(id, 'm2')], 2)).rejects.toThrow('another owner');
  await adapters.sessions.commit(next.fence, [delivered(id, 'm2')], { shard: SHARD, lastSeq: next.lastSeq });
  const { events, lastSeq } = await adapters.events.list(id, 0, 10);
  expect(lastSeq).toBe(3);
  expect(events.map(({ seq, type, tenantId }) => ({ seq, type, tenantId }))).toEqual([
    { seq: 1, type: 'instance.connecting', tenantId: fence.tenantId },
    { seq: 2, type: 'message.delivered', tenantId: fence.tenantId },
    { seq: 3, type: 'message.delivered', tenantId: fence.tenantId },
  ]);
  expect((await adapters.events.list(id, 2, 10)).events.map(({ seq }) => seq)).toEqual([3]);
  expect((await adapters.events.latest(id, 2)).map(({ seq }) => seq)).toEqual([3, 2]);
  // The last event of each commit stands for those before it.
  expect((await outboxOf({ adapters, fence })).map(({ seq }) => seq)).toEqual([2, 3]);
});

it('records no event without a number to go on from, and nothing of a refused group', async () => {
  const { adapters, fence, id } = await aStream();
  await expect(adapters.sessions.commit(fence, [delivered(id, 'm1')])).rejects.toThrow('numbered from');
  const stale = { ...fence, epoch: fence.epoch - 1 };
  await expect(adapters.sessions.commit(stale, [delivered(id, 'm1')], { shard: SHARD, lastSeq: 0 })).rejects.toThrow();
  expect(await adapters.events.list(id, 0, 10)).toEqual({ events: [], lastSeq: 0 });
  expect(await outboxOf({ adapters, fence })).toEqual([]);
});

it('counts and tells each happening once, however often it was recorded and its bell rung', async () => {
  const { adapters, fence, id, record } = await aStream();
  await record([delivered(id, 'm1'), delivered(id, 'm2')], 0);
  await record([delivered(id, 'm1')], 2);
  const listener = new Listener();
  const ports = { ...adapters, subscribers: [listener] };
  const bell = { tenantId: fence.tenantId, instanceId: id };
  await Promise.all([settleEvents(ports, bell), settleEvents(ports, bell), settleEvents(ports, bell)]);
  await record([delivered(id, 'm2'), delivered(id, 'm3')], 3);
  await settleEvents(ports, bell);
  await settleEvents(ports, bell);
  const [today] = await adapters.stats.days({ instanceId: id }, '2026-11-24', '2026-11-24');
  expect(today?.counts.delivered).toBe(3);
  expect((await adapters.stats.month(fence.tenantId, '2026-11')).delivered).toBe(3);
  const [hour] = await adapters.stats.hours({ tenantId: fence.tenantId }, NOW_MS, NOW_MS);
  expect(hour).toMatchObject({ hourMs: Date.UTC(2026, 10, 24, 9), counts: { delivered: 3 } });
  expect(new Set(listener.told.map((event) => event.id)).size).toBe(3);
  expect((await adapters.events.list(id, 0, 10)).events.map(({ seq }) => seq)).toEqual([1, 2, 5]);
  expect(await outboxOf({ adapters, fence })).toEqual([]);
});

it('settles nothing that a subscriber did not take, and all of it, in order, once it does', async () => {
  const { adapters, fence, id, record } = await aStream();
  await record(
    Array.from({ length: 45 }, (_, n) => delivered(id, `m${n}`)),
    0,
  );
  const listener = new Listener();
  listener.broken = true;
  const ports = { ...adapters, subscribers: [listener] };
  await expect(settleEvents(ports, { tenantId: fence.tenantId, instanceId: id })).rejects.toThrow('is broken');
  expect(await adapters.stats.days({ instanceId: id }, '2026-11-24', '2026-11-24')).toEqual([]);
  const waiting = async () => (await outboxOf({ adapters, fence })).map(({ seq }) => seq);
  expect(await waiting()).toEqual([45]);
  // What stands for all stays until all is settled.
  const { cursor, events } = await adapters.events.unsettled(id, 20);
  await adapters.events.settle({
    tenantId: fence.tenantId,
    streamId: id,
    cursor,
    events: events.slice(0, 5),
    counts: [],
  });
  expect(await waiting()).toEqual([45]);
  listener.broken = false;
  expect(await settleEvents(ports, { tenantId: fence.tenantId, instanceId: id })).toBe(40);
  expect(listener.told.map(({ seq }) => seq)).toEqual(Array.from({ length: 40 }, (_, n) => n + 6));
  expect(await outboxOf({ adapters, fence })).toEqual([]);
});

it('is settled by one of two that read the same cursor', async () => {
  const { adapters, fence, id, record } = await aStream();
  // Nothing but the cursor keeps this one from being counted twice.
  await record([connection(id, 'instance.connected')], 0);
  const { cursor, events } = await adapters.events.unsettled(id, 10);
  const counts = [{ hourMs: NOW_MS - (NOW_MS % 3_600_000), counts: { delivered: 1 } }];
  const settlement = { tenantId: fence.tenantId, streamId: id, cursor, events, counts };
  const results = await Promise.all([adapters.events.settle(settlement), adapters.events.settle(settlement)]);
  expect(results.sort()).toEqual([false, true]);
  expect((await adapters.stats.days({ instanceId: id }, '2026-11-24', '2026-11-24'))[0]?.counts.delivered).toBe(1);
});

it('clears only what is settled or gone from the outbox', async () => {
  const { adapters, fence, id, record } = await aStream();
  await record([delivered(id, 'm1')], 0);
  const [entry] = await outboxOf({ adapters, fence });
  await adapters.events.clearOutbox(SHARD, [entry!]);
  expect(await outboxOf({ adapters, fence })).toHaveLength(1);
  await adapters.sessions.purge(fence);
  expect(await outboxOf({ adapters, fence })).toEqual([]);
  expect(await adapters.events.list(id, 0, 10)).toEqual({ events: [], lastSeq: 0 });
});

it('records an event of the account once per happening, numbered beside others', async () => {
  const { events } = embedded.adapters(() => NOW_MS);
  const tenantId = newId('sub');
  const warn = (percent: 80 | 100, once: string) =>
    events.recordAccountEvent(
      tenantId,
      {
        type: 'usage.limit_warning',
        instanceId: null,
        timestampMs: NOW_MS,
        data: { resource: 'instances', used: 4, limit: 5, percent },
      },
      once,
    );
  const bells = await Promise.all([warn(80, 'a'), warn(80, 'a'), warn(100, 'b'), warn(100, 'c')]);
  expect(
    bells
      .filter((bell) => bell !== undefined)
      .map(({ seq }) => seq)
      .sort(),
  ).toEqual([1, 2, 3]);
  expect((await events.list(tenantId, 0, 10)).events.map(({ instanceId, seq }) => ({ instanceId, seq }))).toEqual(
    [1, 2, 3].map((seq) => ({ instanceId: null, seq })),
  );
});

it('adds API calls to the instances they were about and to the tenant', async () => {
  const { stats } = embedded.adapters(() => NOW_MS);
  const [tenantId, a, b] = [newId('sub'), newId('inst'), newId('inst')];
  const hourMs = Date.UTC(2026, 10, 24, 9);
  await stats.addApiCalls(
    tenantId,
    hourMs,
    10,
    new Map([
      [a, 3],
      [b, 4],
    ]),
  );
  await stats.addApiCalls(tenantId, hourMs, 1, new Map());
  expect((await stats.month(tenantId, '2026-11')).apiCalls).toBe(11);
  const today = await stats.dayOf([a, b, `inst_${randomText()}`], '2026-11-24');
  expect([...today].map(([id, { apiCalls }]) => [id, apiCalls]).sort()).toEqual(
    [
      [a, 3],
      [b, 4],
    ].sort(),
  );
});

it('keeps days for 400 days and hours for 8', async () => {
  let nowMs = NOW_MS;
  const { stats } = embedded.adapters(() => nowMs);
  const tenantId = newId('sub');
  await stats.addApiCalls(tenantId, Date.UTC(2026, 10, 24, 9), 1, new Map());
  const seen = async () => [
    (await stats.hours({ tenantId }, NOW_MS, NOW_MS)).length,
    (await stats.days({ tenantId }, '2026-11-24', '2026-11-24')).length,
  ];
  nowMs += 7 * 86_400_000;
  expect(await seen()).toEqual([1, 1]);
  nowMs += 2 * 86_400_000;
  expect(await seen()).toEqual([0, 1]);
  nowMs += 400 * 86_400_000;
  expect(await seen()).toEqual([0, 0]);
});
