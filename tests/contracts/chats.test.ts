import { beforeAll, expect, it } from 'vitest';
import { newId } from '../../lib/core/model/ids.ts';
import type { Fence, SessionWrite } from '../../lib/core/ports/session-store.ts';
import { useEmbedded } from '../support/embedded.ts';

const embedded = useEmbedded();

async function aFence(): Promise<Fence> {
  return (await embedded.adapters().sessions.takeFence(newId('sub'), newId('inst'), 'runner_1')).fence;
}

async function commit(fence: Fence, writes: SessionWrite[]): Promise<void> {
  const { sessions } = embedded.adapters();
  for (let i = 0; i < writes.length; i += 48) await sessions.commit(fence, writes.slice(i, i + 48));
}

const jid = (i: number) => `62812000${String(i).padStart(4, '0')}@s.whatsapp.net`;
const chat = (id: string, fields: Partial<Extract<SessionWrite, { kind: 'chat' }>>): SessionWrite => ({
  ...{ kind: 'chat', id, set: {} },
  ...fields,
});

let fence: Fence;
beforeAll(async () => {
  fence = await aFence();
  await commit(
    fence,
    Array.from({ length: 120 }, (_, i) =>
      chat(jid(i), {
        set: { lastMessageAtMs: 1_000 + i, pushName: `Person ${i}`, ...(i % 40 === 0 ? { archived: true } : {}) },
        ...(i % 30 === 1 ? { unread: 1 } : {}),
      }),
    ),
  );
  await commit(fence, [
    chat('120363@g.us', { set: { lastMessageAtMs: 500, name: 'Tëam Blue', isGroup: true } }),
    chat('1203631@g.us', { set: { name: 'without a message' } }),
  ]);
});

it('lists chats with a message, latest first, page by page, each once', async () => {
  const { chats } = embedded.adapters();
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await chats.list(fence.instanceId, {}, 50, cursor);
    seen.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor ?? undefined;
  } while (cursor);
  expect(seen).toEqual([...Array.from({ length: 120 }, (_, i) => jid(119 - i)), '120363@g.us']);
});

it('filters by what is archived and unread, and by name and number', async () => {
  const { chats } = embedded.adapters();
  const ids = async (filter: Parameters<typeof chats.list>[1]) =>
    (await chats.list(fence.instanceId, filter, 100)).items.map(({ id }) => id);
  expect(await ids({ archived: true })).toEqual([80, 40, 0].map(jid));
  expect(await ids({ unreadOnly: true })).toEqual([91, 61, 31, 1].map(jid));
  expect(await ids({ archived: true, unreadOnly: true })).toEqual([]);
  expect(await ids({ isGroup: true })).toEqual(['120363@g.us']);
  expect(await ids({ search: 'team' })).toEqual(['120363@g.us']);
  expect(await ids({ search: 'person 77' })).toEqual([jid(77)]);
  expect(await ids({ search: '+62 812 0000 11' })).toEqual([119, 118, 117, 116, 115, 114, 113, 112, 111, 110].map(jid));
  expect(await ids({ search: 'erson' })).toEqual([]);
});

it('gives a page of a filter that goes on where it ended', async () => {
  const { chats } = embedded.adapters();
  const first = await chats.list(fence.instanceId, { unreadOnly: true }, 3);
  expect(first.items.map(({ id }) => id)).toEqual([91, 61, 31].map(jid));
  const second = await chats.list(fence.instanceId, { unreadOnly: true }, 3, first.nextCursor as string);
  expect(second).toMatchObject({ items: [{ id: jid(1) }], nextCursor: null });
  await expect(chats.list(fence.instanceId, {}, 3, 'nonsense')).rejects.toThrow('cursor');
});

it('moves up with a new message, and leaves the list with its last one', async () => {
  const { chats } = embedded.adapters();
  const own = await aFence();
  await commit(
    own,
    [1, 2].map((i) => chat(jid(i), { set: { lastMessageAtMs: i } })),
  );
  const ids = async () => (await chats.list(own.instanceId, {}, 10)).items.map(({ id }) => id);
  expect(await ids()).toEqual([jid(2), jid(1)]);
  await commit(own, [chat(jid(1), { set: { lastMessageAtMs: 3 } })]);
  expect(await ids()).toEqual([jid(1), jid(2)]);
  await commit(own, [chat(jid(1), { set: { lastMessageAtMs: null, lastMessage: null } })]);
  expect(await ids()).toEqual([jid(2)]);
  expect((await chats.getMany(own.instanceId, [jid(1), jid(2), jid(3)])).map(({ id }) => id).sort()).toEqual(
    [jid(1), jid(2)].sort(),
  );
});

it('counts what is unread, within one group and over several', async () => {
  const { chats } = embedded.adapters();
  const own = await aFence();
  const unread = async () => (await chats.get(own.instanceId, jid(1)))?.unread;
  await commit(own, [chat(jid(1), { unread: 1 }), chat(jid(1), { unread: 1 })]);
  await commit(own, [chat(jid(1), { unread: 1 })]);
  expect(await unread()).toBe(3);
  await commit(own, [chat(jid(1), { unread: 1 }), chat(jid(1), { set: { unread: 0 } }), chat(jid(1), { unread: 2 })]);
  expect(await unread()).toBe(2);
  await commit(own, [chat(jid(1), { set: { unread: 0 } })]);
  expect(await unread()).toBe(0);
});

it('keeps labels on chats and messages, by both', async () => {
  const { chats } = embedded.adapters();
  const own = await aFence();
  const { instanceId } = own;
  const on = (labelId: string, id: string, messageId: string | null, isOn = true): SessionWrite => ({
    ...{ kind: 'labelled', on: isOn, association: { labelId, chat: id, messageId } },
  });
  await commit(own, [
    { kind: 'label', label: { id: '1', name: 'New', color: 3, deleted: false } },
    { kind: 'label', label: { id: '10', name: 'Paid', color: 4, deleted: true } },
    chat(jid(1), { labels: { 1: true, 10: true } }),
    chat(jid(1), { labels: { 10: false } }),
    ...[on('1', jid(1), null), on('1', jid(2), null), on('1', jid(1), 'M1'), on('10', jid(1), 'M1')],
  ]);
  expect(await chats.listLabels(instanceId)).toEqual([
    { id: '1', name: 'New', color: 3, deleted: false },
    { id: '10', name: 'Paid', color: 4, deleted: true },
  ]);
  expect((await chats.get(instanceId, jid(1)))?.labels).toEqual(['1']);
  const first = await chats.listLabelled(instanceId, '1', 2);
  const second = await chats.listLabelled(instanceId, '1', 2, first.nextCursor as string);
  expect([...first.items, ...second.items]).toEqual([
    { labelId: '1', chat: jid(1), messageId: null },
    { labelId: '1', chat: jid(1), messageId: 'M1' },
    { labelId: '1', chat: jid(2), messageId: null },
  ]);
  await expect(chats.listLabelled(instanceId, '10', 2, first.nextCursor as string)).rejects.toThrow('cursor');
  const onMessage = await chats.labelsOfMessage(instanceId, jid(1), 'M1', ['1', '10', '11']);
  expect(onMessage.map(({ labelId }) => labelId).sort()).toEqual(['1', '10']);
  await commit(own, [on('1', jid(1), 'M1', false)]);
  expect((await chats.labelsOfMessage(instanceId, jid(1), 'M1', ['1'])).length).toBe(0);
});

it('knows people by either name, and what they were last seen doing, for a day', async () => {
  const { people, messages } = embedded.adapters();
  const own = await aFence();
  const { instanceId } = own;
  const nowMs = Date.now();
  const seen = (phone: string, atMs: number): SessionWrite => ({
    kind: 'presence',
    seen: { chat: jid(1), phone, lid: null, presence: 'available', lastSeenMs: null, atMs },
  });
  await commit(own, [
    ...['1', '2', '3'].map((i): SessionWrite => ({ kind: 'pair', pair: { lid: `90${i}`, phone: `62${i}` } })),
    ...[seen('621', nowMs), seen('622', nowMs - 90_000_000)],
    { kind: 'contact', id: 'pn:621', set: { phone: '621', name: 'Old' } },
    { kind: 'contact', id: 'lid:901', set: { phone: '621', lid: '901' }, once: { name: 'Old', pushName: 'O' } },
    { kind: 'merged', row: 'contact', id: 'pn:621' },
  ]);
  expect(await people.pairOfLid(instanceId, '902')).toEqual({ lid: '902', phone: '622' });
  expect(await people.pairOfPhone(instanceId, '622')).toEqual({ lid: '902', phone: '622' });
  expect(await people.pairOfPhone(instanceId, '629')).toBeUndefined();
  expect(await people.countPairs(instanceId)).toBe(3);
  const first = await people.listPairs(instanceId, 2);
  expect(first.items.map(({ lid }) => lid)).toEqual(['901', '902']);
  expect(await people.listPairs(instanceId, 2, first.nextCursor as string)).toEqual({
    items: [{ lid: '903', phone: '623' }],
    nextCursor: null,
  });
  expect((await people.listPresence(instanceId, undefined, 10)).items).toMatchObject([{ phone: '621', atMs: nowMs }]);
  expect((await people.listPresence(instanceId, jid(2), 10)).items).toEqual([]);
  const { items } = await messages.listContacts(instanceId, {}, 10);
  expect(items).toMatchObject([{ id: 'lid:901', phone: '621', lid: '901', name: 'Old', pushName: 'O' }]);
});
