import { afterAll, beforeAll, expect, it } from 'vitest';
import { DEFAULT_SETTINGS, INITIAL_STATE } from '../../lib/core/model/instance.ts';
import { OUT_SCOPE } from '../../lib/core/model/message.ts';
import type { SessionWrite } from '../../lib/core/ports/session-store.ts';
import { outcomeEvents } from '../../runner/events/tell.ts';
import { createLogger } from '../../runner/log.ts';
import { Session } from '../../runner/session/session.ts';
import { quiet, type Rig, startRig, until } from './signal-rig.ts';

const OWN = '15550700001';
const CONTACT = '15550700002';
const JID = `${CONTACT}@s.whatsapp.net`;
const INSTANCE = 'inst_events';

let rig: Rig;
let session: Session;
const recorded: number[] = [];

beforeAll(async () => {
  rig = await startRig();
  session = await Session.load({
    tenantId: 'ten_1',
    instanceId: INSTANCE,
    environment: 'test',
    settings: DEFAULT_SETTINGS,
    state: INITIAL_STATE,
    owner: 'runner-a',
    store: rig.store,
    wrapper: rig.wrapper,
    rows: {
      messages: { getContacts: async () => [] },
      chats: { getMany: async () => [] },
      people: { listNumbersOnly: async () => ({ items: [], nextCursor: null }) },
    },
    network: async () => ({ url: rig.sandbox.url, version: undefined }),
    connectSlot: async () => () => undefined,
    logger: createLogger('silent'),
    clock: Date.now,
    random: Math.random,
    events: { shard: 0, onRecorded: (seq) => recorded.push(seq) },
    onDead: () => undefined,
  });
  await session.connect();
  const states = () => rig.store.commits.flat().filter((write) => write.kind === 'state');
  await until(() => states().some(({ set }) => set.qr), 'the code');
  await rig.sandbox.phone(OWN).scan(states().findLast(({ set }) => set.qr)?.set.qr?.text as string);
  await until(() => session.isOpen, 'the open session');
});
afterAll(async () => {
  await session?.stop();
  await rig?.stop();
});

const eventsIn = (writes: readonly SessionWrite[]) => writes.filter((write) => write.kind === 'event');

it('costs a received message no transaction beside the one with its ratchet', async () => {
  const friend = rig.sandbox.phone(CONTACT);
  await friend.send(OWN, 'warm-up');
  await until(() => rig.store.commits.flat().some((write) => write.kind === 'message'), 'the first message');
  await quiet(rig.store);
  rig.store.commits.length = 0;
  rig.requests.length = 0;
  for (let n = 1; n <= 4; n += 1) {
    await friend.send(OWN, `paced ${n}`);
    await until(() => rig.store.commits.length >= n, 'its commit');
  }
  await quiet(rig.store, 100);
  // A group names a row as often as it was changed; the store merges them. sentProto: the message itself, to be quoted.
  const rows = rig.store.shapes().map((shape) => [...new Set(shape.split(' '))].join(' '));
  expect(rows).toEqual(Array(4).fill('chat contact event inbuf message sentProto session'));
  expect(rig.store.commits.map((writes) => eventsIn(writes).length)).toEqual([1, 1, 1, 1]);
  expect(rig.requests).toEqual(Array(4).fill('TransactWriteItemsCommand'));
});

it('costs a sent message no transaction beside those of its keys and its end', async () => {
  const send = async (id: string) => {
    const { ackedAtMs } = await session.send(JID, { text: id }, id);
    const outcome = { state: 'done', output: { timestampMs: ackedAtMs } } as const;
    const telling = { instanceId: INSTANCE, nowMs: ackedAtMs };
    session.enqueue([
      { kind: 'message', id, scope: OUT_SCOPE, once: { sentAtMs: ackedAtMs } },
      { kind: 'finish', commandId: `cmd_${id}`, shard: 0, outcome, finishedAtMs: ackedAtMs },
      ...outcomeEvents(telling, { messageId: id, input: { to: JID } }, outcome, session.nameBook),
    ]);
    await session.flushed();
  };
  await send('WARM');
  await quiet(rig.store);
  rig.store.commits.length = 0;
  for (let n = 0; n < 3; n += 1) await send(`PACED${n}`);
  await quiet(rig.store);
  const ends = rig.store.commits.filter((writes) => writes.some((write) => write.kind === 'finish'));
  expect(ends).toHaveLength(3);
  // Nothing is told alone: each event rides with the row that it is about.
  for (const writes of rig.store.commits.filter((group) => eventsIn(group).length > 0)) {
    expect(writes.some((write) => write.kind === 'message')).toBe(true);
  }
  const told = rig.store.commits.flatMap((writes) => eventsIn(writes).map(({ event }) => event.type));
  const each = (type: string) => told.filter((its) => its === type).length;
  expect([each('message.sent'), each('message.delivered'), each('message.read')]).toEqual([3, 3, 3]);
  // Keys, end, delivered, read.
  expect(rig.store.commits.length).toBeLessThanOrEqual(12);
});

it('announces what was stored, in order', () => {
  expect(recorded.length).toBeGreaterThan(5);
  expect(recorded).toEqual([...new Set(recorded)].sort((a, b) => a - b));
});
