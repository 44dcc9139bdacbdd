import { beforeAll, expect, it } from 'vitest';
import { newId } from '../../lib/core/model/ids.ts';
import { type Message, OUT_SCOPE, receivedScope } from '../../lib/core/model/message.ts';
import type { Fence, SessionWrite } from '../../lib/core/ports/session-store.ts';
import { aMessage, useEmbedded } from '../support/embedded.ts';

const embedded = useEmbedded();
const BASE_MS = 1_700_000_000_000;

function writeOf(message: Message, scope: string): SessionWrite {
  const { instanceId: _, id, sentAtMs, deliveredAtMs, readAtMs, failedAtMs, unknownAtMs, ...set } = message;
  return { kind: 'message', id, scope, set, once: { sentAtMs, deliveredAtMs, readAtMs, failedAtMs, unknownAtMs } };
}

async function aFence(): Promise<Fence> {
  return (await embedded.adapters().sessions.takeFence(newId('sub'), newId('inst'), 'runner_1')).fence;
}

async function store(fence: Fence, messages: readonly Message[]): Promise<void> {
  const { sessions } = embedded.adapters();
  for (let i = 0; i < messages.length; i += 40) {
    const writes = messages
      .slice(i, i + 40)
      .map((m) => writeOf(m, m.direction === 'sent' ? OUT_SCOPE : receivedScope(m.chat)));
    await sessions.commit(fence, writes);
  }
}

/** 250 messages, of which every fifth is sent: newest first, as the list gives them. */
let instanceId: string;
let newestFirst: Message[];
beforeAll(async () => {
  const fence = await aFence();
  instanceId = fence.instanceId;
  const messages = Array.from({ length: 250 }, (_, i) =>
    aMessage(instanceId, {
      id: `M${String(i).padStart(4, '0')}`,
      direction: i % 5 === 0 ? 'sent' : 'received',
      timestampMs: BASE_MS + i * 10,
    }),
  );
  await store(fence, messages);
  newestFirst = messages.toReversed();
});

async function readAll(filter: Parameters<ReturnType<typeof embedded.adapters>['messages']['list']>[1], limit: number) {
  const { messages } = embedded.adapters();
  const pages: Message[][] = [];
  let cursor: string | null | undefined;
  do {
    const page = await messages.list(instanceId, filter, limit, cursor ?? undefined);
    pages.push(page.items);
    cursor = page.nextCursor;
  } while (cursor);
  return pages;
}

it.each([undefined, 'sent', 'received'] as const)(
  'pages through all, newest first (direction: %s)',
  async (direction) => {
    const expected = newestFirst.filter((message) => !direction || message.direction === direction);
    for (const limit of [7, 25, 50, 1000]) {
      const pages = await readAll(direction ? { direction } : {}, limit);
      expect(pages.flat()).toEqual(expected);
      expect(pages.slice(0, -1).every((page) => page.length === limit)).toBe(true);
      expect(pages.at(-1)).not.toEqual([]);
    }
  },
);

it('takes both bounds of time in, with and without a direction', async () => {
  const [fromMs, toMs] = [BASE_MS + 1000, BASE_MS + 1500];
  const within = newestFirst.filter(({ timestampMs }) => timestampMs >= fromMs && timestampMs <= toMs);
  expect(within).toHaveLength(51);
  expect((await readAll({ fromMs, toMs }, 20)).flat()).toEqual(within);
  const sent = within.filter(({ direction }) => direction === 'sent');
  expect((await readAll({ fromMs, toMs, direction: 'sent' }, 5)).flat()).toEqual(sent);
  expect(await readAll({ fromMs: toMs, toMs: fromMs }, 5)).toEqual([[]]);
  expect((await readAll({ fromMs: BASE_MS + 2490 }, 5)).flat()).toHaveLength(1);
});

it('refuses a cursor that it did not make for this list', async () => {
  const { messages } = embedded.adapters();
  const { nextCursor } = await messages.list(instanceId, {}, 3);
  const forged = (parts: unknown) => Buffer.from(JSON.stringify(parts)).toString('base64url');
  const bad = [
    '',
    'x',
    '%%%',
    `${nextCursor}=`,
    forged(['1']),
    forged({ pk: 'T#sub' }),
    forged(['1700000000000#M', 'SUB']),
    forged(['17#M', 'MSG#M#out']),
    forged([1, 2]),
    'A'.repeat(5000),
  ];
  for (const cursor of bad) {
    await expect(messages.list(instanceId, {}, 3, cursor), cursor).rejects.toMatchObject({ code: 'VALIDATION_ERROR' });
  }
  await expect(messages.list(instanceId, { toMs: BASE_MS }, 3, nextCursor as string)).rejects.toMatchObject({
    code: 'VALIDATION_ERROR',
  });
  await expect(messages.listContacts(instanceId, {}, 3, nextCursor as string)).rejects.toMatchObject({
    code: 'VALIDATION_ERROR',
  });
});

it('shows only the own instance, also with the cursor of another', async () => {
  const { messages } = embedded.adapters();
  const { nextCursor } = await messages.list(instanceId, {}, 3);
  const other = await aFence();
  const own = aMessage(other.instanceId, { id: 'OWN', timestampMs: BASE_MS });
  await store(other, [own]);
  expect((await messages.list(other.instanceId, {}, 10, nextCursor as string)).items).toEqual([own]);
  expect(await messages.get(other.instanceId, 'M0001')).toBeUndefined();
});

it('gets a message by its id alone, ours before one that bears the same id', async () => {
  const { messages } = embedded.adapters();
  const fence = await aFence();
  const ours = aMessage(fence.instanceId, { id: 'SAME', sentAtMs: 5 });
  const theirs = aMessage(fence.instanceId, {
    id: 'SAME',
    direction: 'received',
    chat: '1@lid',
    address: { remoteJid: '1@lid', participant: '2@lid' },
    party: { phone: null, lid: '2' },
    authorName: 'Two',
  });
  await store(fence, [theirs]);
  expect(await messages.get(fence.instanceId, 'SAME')).toEqual(theirs);
  await store(fence, [ours]);
  expect(await messages.get(fence.instanceId, 'SAME')).toEqual(ours);
  expect((await messages.list(fence.instanceId, {}, 10)).items).toHaveLength(2);
  expect(await messages.get(fence.instanceId, 'SAM')).toBeUndefined();
});

it('forgets messages after 90 days', async () => {
  const fence = await aFence();
  const message = aMessage(fence.instanceId);
  await store(fence, [message]);
  const at = (days: number) => embedded.adapters(() => Date.now() + days * 86_400_000).messages;
  expect(await at(89).get(fence.instanceId, message.id)).toEqual(message);
  expect(await at(91).get(fence.instanceId, message.id)).toBeUndefined();
  expect(await at(91).list(fence.instanceId, {}, 10)).toEqual({ items: [], nextCursor: null });
});

it('lists contacts page by page', async () => {
  const { messages, sessions } = embedded.adapters();
  const fence = await aFence();
  const { instanceId: own } = fence;
  await sessions.commit(fence, [
    ...['a', 'b', 'c', 'd'].map((id): SessionWrite => ({ kind: 'contact', id, set: { pushName: id, phone: null } })),
  ]);
  const contact = (id: string) => ({
    instanceId: own,
    id,
    phone: null,
    lid: null,
    name: null,
    pushName: id,
    blocked: false,
  });
  const first = await messages.listContacts(own, {}, 2);
  expect(first.items).toEqual([contact('a'), contact('b')]);
  expect(await messages.listContacts(own, {}, 2, first.nextCursor as string)).toEqual({
    items: [contact('c'), contact('d')],
    nextCursor: null,
  });
});
