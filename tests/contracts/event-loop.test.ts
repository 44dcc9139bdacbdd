import { expect, it } from 'vitest';
import { startEventLoop } from '../../functions/events/loop.ts';
import type { InstanceEvent } from '../../lib/core/catalogue/events.ts';
import { newId } from '../../lib/core/model/ids.ts';
import type { EventQueue, EventSubscriber, RecordedEvent } from '../../lib/core/ports/events.ts';
import { useEmbedded } from '../support/embedded.ts';

const embedded = useEmbedded();
const NOW_MS = Date.UTC(2026, 10, 24, 9, 30);
const log = { debug() {}, info() {}, warn() {}, error() {} };

/** Counts what goes through the queue. */
function counted(queue: EventQueue) {
  const sent: number[] = [];
  const publish: EventQueue['publish'] = async (bells) => {
    sent.push(...bells.map(({ seq }) => seq));
    await queue.publish(bells);
  };
  return { sent, queue: { ...queue, publish } };
}

type Ring = () => Promise<{ v: 1; tenantId: string; instanceId: string; seq: number }>;

/** Told by a loop of its own; `on` is what happens in a call, and may throw. */
async function aLoop(on: (call: number) => unknown = () => undefined) {
  const adapters = embedded.adapters(() => NOW_MS);
  const told: RecordedEvent[] = [];
  const waiting: { count: number; done: () => void }[] = [];
  let calls = 0;
  const listener: EventSubscriber = {
    name: 'listener',
    async tell(event) {
      calls += 1;
      await on(calls);
      told.push(event);
      for (const { done } of waiting.filter(({ count }) => told.length >= count)) done();
    },
  };
  const { sent, queue } = counted(adapters.eventQueue);
  const begun: string[] = [];
  const events = {
    ...adapters.events,
    unsettled: (streamId: string, limit: number) => {
      begun.push(streamId);
      return adapters.events.unsettled(streamId, limit);
    },
  };
  const subscribers = [listener];
  const ports = { ...adapters, events, eventQueue: queue, subscribers, watchLimits: async () => undefined, log };
  const loop = startEventLoop(ports);
  const stream = async () => {
    const { fence } = await adapters.sessions.takeFence(newId('sub'), newId('inst'), 'runner_1');
    let lastSeq = 0;
    return async () => {
      const data = {
        messageId: `m${lastSeq}`,
        chat: 'x@s.whatsapp.net',
        to: { phone: null, lid: null },
        timestampMs: 1,
      };
      const event: InstanceEvent = {
        ...{ type: 'message.delivered' as const, timestampMs: NOW_MS, data },
        instanceId: fence.instanceId,
      };
      lastSeq = await adapters.sessions.commit(fence, [{ kind: 'event', event, once: data.messageId }], {
        ...{ shard: 0, lastSeq },
      });
      return { v: 1 as const, tenantId: fence.tenantId, instanceId: fence.instanceId, seq: lastSeq };
    };
  };
  const until = (count: number) =>
    told.length >= count ? undefined : new Promise<void>((done) => waiting.push({ count, done }));
  return { loop, sent, told, begun, stream, until, queue };
}

it('settles what is rung for in this process without the queue, however fast it comes', async () => {
  const { loop, sent, told, stream, until } = await aLoop();
  const streams = await Promise.all([stream(), stream()]);
  const ringing = streams.map(async (record) => {
    for (let n = 0; n < 25; n += 1) await loop.bells.publish([await record()]);
  });
  await Promise.all(ringing);
  await until(50);
  await loop.stop();
  expect(sent).toEqual([]);
  for (const ofStream of Map.groupBy(told, ({ instanceId }) => instanceId).values()) {
    expect(ofStream.map(({ seq }) => seq)).toEqual(Array.from({ length: 25 }, (_, n) => n + 1));
  }
});

it('looks again when it is rung for while it settles', async () => {
  let meanwhile: (() => Promise<void>) | undefined;
  const { loop, sent, told, stream, until } = await aLoop((call) => (call === 1 ? meanwhile?.() : undefined));
  const record = await stream();
  meanwhile = async () => loop.bells.publish([await record()]);
  await loop.bells.publish([await record()]);
  await until(2);
  await loop.stop();
  expect([sent, told.map(({ seq }) => seq)]).toEqual([[], [1, 2]]);
});

it('settles two streams at a time: what comes to a third meanwhile costs no settlement of its own', async () => {
  const [held, both] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const { loop, told, begun, stream, until } = await aLoop((call) => {
    if (call === 2) both.resolve();
    return call <= 2 ? held.promise : undefined;
  });
  const [one, two, three] = (await Promise.all([stream(), stream(), stream()])) as [Ring, Ring, Ring];
  const bells = [await one(), await two(), await three(), await three()];
  for (const bell of bells) await loop.bells.publish([bell]);
  await both.promise;
  expect(begun).toEqual(bells.slice(0, 2).map(({ instanceId }) => instanceId));
  held.resolve();
  await until(4);
  await loop.stop();
  expect([begun.length, told.slice(2).map(({ seq }) => seq)]).toEqual([3, [1, 2]]);
});

it('rings through the queue for a stream that failed, and tells it then', async () => {
  const { loop, sent, told, stream, until } = await aLoop((call) => {
    if (call === 1) throw new Error('not now');
  });
  const bell = await (await stream())();
  await loop.bells.publish([bell]);
  await until(1);
  await loop.stop();
  expect(sent).toEqual([bell.seq]);
  expect(told.map(({ seq }) => seq)).toEqual([1]);
});

it('hears the bells of other processes, and those rung after its end go to the queue', async () => {
  const { loop, sent, stream, until, queue } = await aLoop();
  const record = await stream();
  await queue.publish([await record()]);
  await until(1);
  await loop.stop();
  await loop.bells.publish([await record()]);
  expect(sent).toEqual([1, 2]);
});
