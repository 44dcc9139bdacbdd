import { describe, expect, it } from 'vitest';
import { createEventsHandler } from '../../functions/events/lambda.ts';
import type { EventBell, EventQueue, EventStore, OutboxEntry } from '../../lib/core/ports/events.ts';
import { createLogger } from '../../runner/log.ts';
import { Outbox } from '../../runner/outbox.ts';
import { OutboxSweeper } from '../../runner/outbox-sweeper.ts';

const bell = (instanceId: string, seq: number): EventBell => ({ v: 1, tenantId: 'sub_1', instanceId, seq });
const log = createLogger('silent');

class Queue implements EventQueue {
  readonly published: EventBell[] = [];
  broken = false;
  async publish(bells: readonly EventBell[]): Promise<void> {
    if (this.broken) throw new Error('the queue is gone');
    this.published.push(...bells);
  }
  async receive(): Promise<[]> {
    return [];
  }
  async acknowledge(): Promise<void> {}
  async greet(): Promise<void> {}
}

describe('the outbox', () => {
  it('rings once for what gathered of a stream, with its highest number', async () => {
    const queue = new Queue();
    const outbox = new Outbox(queue, log);
    for (const [id, seq] of [
      ['a', 1],
      ['a', 3],
      ['a', 2],
      ['b', 1],
    ] as const)
      outbox.announce(bell(id, seq));
    expect(queue.published).toEqual([]);
    await outbox.flush();
    expect(queue.published).toEqual([bell('a', 3), bell('b', 1)]);
  });

  it('forgets what the queue did not take, and goes on', async () => {
    const queue = new Queue();
    const outbox = new Outbox(queue, log);
    queue.broken = true;
    outbox.announce(bell('a', 1));
    await outbox.flush();
    queue.broken = false;
    outbox.announce(bell('a', 2));
    await outbox.flush();
    expect(queue.published).toEqual([bell('a', 2)]);
  });
});

describe('the sweeper of an outbox', () => {
  function aSweeper(entries: OutboxEntry[]) {
    const queue = new Queue();
    const outbox = new Outbox(queue, log);
    const world = { nowMs: 100_000, entries, cleared: [] as EventBell[] };
    const events = {
      listOutbox: async () => world.entries,
      clearOutbox: async (_: number, leftovers: readonly EventBell[]) => void world.cleared.push(...leftovers),
    } as unknown as EventStore;
    const sweeper = new OutboxSweeper(0, events, outbox, () => world.nowMs, log);
    const rung = async () => {
      queue.published.length = 0;
      await sweeper.sweep();
      await outbox.flush();
      return queue.published.map(({ instanceId, seq }) => `${instanceId} ${seq}`);
    };
    return { world, rung };
  }
  const entry = (id: string, seq: number, recordedAtMs: number): OutboxEntry => ({ ...bell(id, seq), recordedAtMs });

  it('rings for what is older than five seconds, once a stream', async () => {
    const { rung } = aSweeper([entry('a', 1, 90_000), entry('a', 2, 91_000), entry('b', 7, 99_000)]);
    expect(await rung()).toEqual(['a 1']);
  });

  it('rings less and less for one that stays, and at once for the next', async () => {
    const { world, rung } = aSweeper([entry('a', 1, 90_000)]);
    const times: number[] = [];
    for (let s = 0; s < 200; s += 5) {
      world.nowMs = 100_000 + s * 1_000;
      if ((await rung()).length > 0) times.push(s);
    }
    expect(times).toEqual([0, 5, 15, 35, 75, 155]);
    expect(world.cleared.length).toBeGreaterThan(0);
    world.entries = [entry('a', 2, 90_000)];
    expect(await rung()).toEqual(['a 2']);
  });
});

describe('the Lambda of events', () => {
  it('reports what it could not read and what failed, and nothing else', async () => {
    const settled: string[] = [];
    const events = {
      async unsettled(streamId: string) {
        if (streamId === 'broken') throw new Error('throttled');
        settled.push(streamId);
        return { cursor: 0, events: [] };
      },
    } as unknown as EventStore;
    const quiet = { debug() {}, info() {}, warn() {}, error() {} };
    const handler = createEventsHandler(() => ({
      events,
      instances: { get: async () => undefined } as never,
      subscribers: [],
      watchLimits: async () => undefined,
      log: quiet,
    }));
    const record = (messageId: string, body: string) => ({ messageId, body });
    const answer = await handler({
      Records: [
        record('1', JSON.stringify(bell('fine', 1))),
        record('2', JSON.stringify(bell('fine', 2))),
        record('3', JSON.stringify(bell('broken', 1))),
        record('4', 'not a bell'),
        record('5', JSON.stringify({ ...bell('fine', 1), v: 2 })),
      ],
    });
    expect(answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier).sort()).toEqual(['3', '4', '5']);
    expect(settled).toEqual(['fine']);
  });
});
