import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Adapters } from '../../lib/core/adapters/index.ts';
import type { SimPhone } from '../../sandbox/index.ts';
import {
  type ApiClient,
  createKey,
  freshNumber,
  type LinkedInstance,
  linkInstance,
  register,
} from '../support/client.ts';
import { adaptersOf, eventsOf } from '../support/event-log.ts';
import { TestGateway } from '../support/gateway.ts';
import { control } from '../support/person.ts';

let gateway: TestGateway;
let adapters: Adapters;
let instance: LinkedInstance;
let instanceId: string;
let key: ApiClient;

beforeAll(async () => {
  gateway = await TestGateway.start();
  adapters = adaptersOf(gateway.dataDir);
  instance = await linkInstance(await register(gateway.url), 'chatty');
  instanceId = (await instance.user.must('GET', '/api/instances/chatty')).body.data.id as string;
  key = await createKey(instance.user, 'chatty', ['chat:read', 'chat:write', 'message:send', 'message:read']);
});
afterAll(async () => {
  adapters?.close();
  await gateway?.stop();
});

const sandbox = () => gateway.gateway.sandbox as NonNullable<typeof gateway.gateway.sandbox>;
const own = (): SimPhone => sandbox().phone(instance.phone);
const at = (chat: string, rest = '') => `/api/instances/chatty/chats/${chat}${rest}`;
const row = async (chat: string) => (await key.get(at(chat))).body.data;
const jids = async (query = '') =>
  (await key.get(`/api/instances/chatty/chats${query}`)).body.data.chats.map((chat: { phone: string }) => chat.phone);

/** Somebody who has written so many texts, all of them here. */
async function writer(count = 1, name?: string): Promise<SimPhone> {
  const phone = sandbox().phone(freshNumber());
  if (name) phone.account.record.name = name;
  for (let i = 1; i <= count; i += 1) await phone.send(instance.phone, `text ${i}`);
  await key.until(at(phone.number), ({ body }) => body.data?.unread === count);
  return phone;
}

async function until<T>(what: string, look: () => Promise<T | undefined | false> | T | undefined | false): Promise<T> {
  const endMs = performance.now() + 45_000;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (performance.now() > endMs) throw new Error(`${what} did not happen`);
    await new Promise((wake) => setTimeout(wake, 20));
  }
}

const told = (chat: string, likes: (data: Record<string, unknown>) => boolean) =>
  until('the event', async () => {
    const { events } = await eventsOf(adapters, instanceId);
    return events.find(({ type, data }) => {
      const about = data as unknown as Record<string, unknown>;
      return type === 'chat.updated' && about.chat === chat && likes(about);
    });
  });

describe('the list of chats', () => {
  it('shows who wrote last, what, and how much of it is unread, the latest first', async () => {
    const [ann, bob] = [await writer(2, 'Ann Chatter'), await writer(1, 'Bob')];
    expect((await jids()).slice(0, 2)).toEqual([bob.number, ann.number]);
    expect(await row(ann.number)).toMatchObject({
      ...{ jid: ann.jid, name: 'Ann Chatter', isGroup: false, unread: 2, isArchived: false, isMuted: false },
      lastMessage: { direction: 'received', type: 'text', text: 'text 2', messageId: expect.stringMatching(/^msg_/) },
    });
    await key.must('POST', '/api/messages/text', { to: ann.number, text: 'mine' });
    const moved = await key.until(at(ann.number), ({ body }) => body.data.lastMessage?.direction === 'sent');
    expect(moved.body.data).toMatchObject({ unread: 2, lastMessage: { text: 'mine' } });
    expect((await jids())[0]).toBe(ann.number);
    expect(await jids('?search=ann%20ch')).toEqual([ann.number]);
    expect(await jids('?unreadOnly=true')).toEqual(expect.arrayContaining([ann.number, bob.number]));
    // By LID it is the same chat.
    expect((await row(ann.lid)).jid).toBe(ann.jid);
  });

  it('is paged by cursors, and refuses what it does not know', async () => {
    await Promise.all([writer(), writer(), writer()]);
    const all = await jids('?per_page=100');
    const seen: string[] = [];
    let cursor = '';
    do {
      const { body } = await key.get(`/api/instances/chatty/chats?per_page=2${cursor && `&cursor=${cursor}`}`);
      seen.push(...body.data.chats.map(({ phone }: { phone: string }) => phone));
      cursor = body.meta.pagination.next_cursor ?? '';
    } while (cursor);
    expect(seen).toEqual(all);
    expect((await key.get('/api/instances/chatty/chats?cursor=x')).status).toBe(400);
    expect((await key.get('/api/instances/chatty/chats?archived=perhaps')).status).toBe(400);
    expect((await key.get(at(freshNumber()))).body.error).toBe('RESOURCE_NOT_FOUND');
    const blind = await createKey(instance.user, 'chatty', ['message:read']);
    expect((await blind.get('/api/instances/chatty/chats')).body.error).toBe('PERMISSION_DENIED');
  });

  it('has groups, by subject, and the messages of one chat only', async () => {
    const ann = await writer();
    const body = { phone: ann.number, subject: 'Garden club', participants: [instance.phone] };
    const group = (await control(gateway.controlUrl, 'POST', '/control/groups', body)).id as string;
    await ann.send(group, 'in the group');
    const found = await key.until(at(group), ({ body: { data } }) => data?.lastMessage?.text === 'in the group');
    expect(found.body.data).toMatchObject({ name: 'Garden club', isGroup: true, unread: 1, phone: null });
    const texts = async (chat: string, query = '') =>
      (await key.get(at(chat, `/messages${query}`))).body.data.messages.map(({ text }: { text: string }) => text);
    expect(await texts(group)).toEqual(['in the group']);
    expect(await texts(ann.number)).toEqual(['text 1']);
    expect(await texts(ann.lid)).toEqual(['text 1']);
    expect(await texts(ann.number, '?direction=sent')).toEqual([]);
    expect(await texts(freshNumber())).toEqual([]);
  });

  it('is read while the session is away, and counts nothing twice after a restart', async () => {
    const ann = await writer(3);
    await gateway.restart();
    const again = (client: ApiClient) => Object.assign(Object.create(client) as ApiClient, { url: gateway.url });
    [key, instance] = [again(key), { ...instance, user: again(instance.user) }];
    adapters.close();
    adapters = adaptersOf(gateway.dataDir);
    expect(await row(ann.number)).toMatchObject({ unread: 3 });
    await instance.user.until('/api/instances/chatty/status', ({ body }) => body.data.status === 'CONNECTED');
    await sandbox().phone(ann.number).send(instance.phone, 'text 4');
    await key.until(at(ann.number), ({ body }) => body.data.lastMessage.text === 'text 4');
    expect(await row(ann.number)).toMatchObject({ unread: 4 });
  });
});

describe('what a caller does with a chat', () => {
  it.each([
    ['archive', 'archive', { isArchived: true }, { archiveChatAction: { archived: true } }],
    ['unarchive', 'archive', { isArchived: false }, { archiveChatAction: { archived: false } }],
    ['pin', 'pin_v1', { isPinned: true }, { pinAction: { pinned: true } }],
    ['unpin', 'pin_v1', { isPinned: false }, { pinAction: { pinned: false } }],
    ['mute', 'mute', { isMuted: true, mutedUntil: null }, { muteAction: { muted: true } }],
    ['unmute', 'mute', { isMuted: false, mutedUntil: null }, { muteAction: { muted: false } }],
    ['unread', 'markChatAsRead', { isMarkedUnread: true }, { markChatAsReadAction: { read: false } }],
  ])('%s reaches the phone, the list and the listeners', async (action, index, shown, agreed) => {
    const ann = await writer();
    const answer = await key.post(at(ann.number, `/${action}`));
    expect([answer.status, answer.body.data?.chat]).toEqual([200, ann.jid]);
    expect(await own().appState.get(index, ann.jid)).toMatchObject(agreed);
    await key.until(at(ann.number), ({ body }) =>
      Object.entries(shown).every(([name, value]) => body.data[name] === value),
    );
    await told(ann.jid, (data) => Object.values(data).some((value) => typeof value === 'boolean' || value === -1));
  });

  it('mutes for a time', async () => {
    const ann = await writer();
    const beforeMs = Date.now();
    const { body } = await key.post(at(ann.number, '/mute'), { seconds: 3600 });
    expect(body.data.mutedUntilMs).toBeGreaterThanOrEqual(beforeMs + 3_599_000);
    const agreed = await own().appState.get('mute', ann.jid);
    expect(Number(agreed?.muteAction?.muteEndTimestamp)).toBe(body.data.mutedUntilMs);
    await key.until(at(ann.number), ({ body: now }) => now.data.mutedUntil !== null && now.data.isMuted);
    expect((await key.post(at(ann.number, '/mute'), { seconds: 0 })).status).toBe(400);
  });

  it('reads it: the sender sees that, and nothing is unread', async () => {
    const ann = await writer(3);
    const { body } = await key.post(at(ann.number, '/read'));
    expect(body.data).toEqual({ chat: ann.jid, messages: 3 });
    expect(await own().appState.get('markChatAsRead', ann.jid)).toMatchObject({ markChatAsReadAction: { read: true } });
    await key.until(at(ann.number), ({ body: now }) => now.data.unread === 0);
    const { messages } = (await key.get(at(ann.number, '/messages'))).body.data;
    expect(messages.map(({ status }: { status: string }) => status)).toEqual(['READ', 'READ', 'READ']);
    const first = (await key.get(at(ann.number, '/messages?per_page=2'))).body;
    const cursor = first.meta.pagination.next_cursor;
    const rest = (await key.get(at(ann.number, `/messages?per_page=2&cursor=${cursor}`))).body;
    const ids = (listed: { messageId: string }[]) => listed.map(({ messageId }) => messageId);
    expect([...ids(first.data.messages), ...ids(rest.data.messages)]).toEqual(ids(messages));
    expect([first.data.messages.length, rest.meta.pagination.next_cursor]).toEqual([2, null]);
    await until('the receipts', () =>
      messages.every(({ messageId }: { messageId: string }) =>
        ann.sent(messageId.slice(4))?.receipts.some(({ type }) => type === 'read'),
      ),
    );
    expect((await key.post(at(ann.number, '/read'))).body.data.messages).toBe(0);
  });

  it('clears and deletes it, and it comes back with the next message', async () => {
    const ann = await writer();
    const lastMs = Date.parse((await row(ann.number)).lastMessageAt);
    await key.must('POST', at(ann.number, '/clear'));
    expect(await own().appState.get('clearChat', ann.jid, '1', '0')).toHaveProperty('clearChatAction');
    await key.until(at(ann.number, '/messages'), ({ body }) => body.data.messages.length === 0);
    expect(await row(ann.number)).toMatchObject({ lastMessage: null, unread: 0 });
    await key.must('DELETE', at(ann.number));
    const { deleteChatAction } = (await own().appState.get('deleteChat', ann.jid, '1')) ?? {};
    expect(deleteChatAction).toBeTruthy();
    await until('the end of the chat', async () => !(await jids('?per_page=100')).includes(ann.number));
    await told(ann.jid, ({ isDeleted }) => isDeleted === true);
    // WhatsApp's times are whole seconds: what comes in the second of the last message cleared away is gone with it.
    await until('a later second', () => Date.now() >= lastMs + 1000);
    await ann.send(instance.phone, 'again');
    await until('its return', async () => (await jids())[0] === ann.number);
    expect(await row(ann.number)).toMatchObject({ unread: 1, lastMessage: { text: 'again' } });
    const { messages } = (await key.get(at(ann.number, '/messages'))).body.data;
    expect(messages.map(({ text }: { text: string }) => text)).toEqual(['again']);
  });

  it('refuses strangers to WhatsApp, and keys without the permission', async () => {
    expect((await key.post(at(freshNumber('9004'), '/pin'))).body.error).toBe('RESOURCE_NOT_FOUND');
    expect((await key.post(at('12', '/pin'))).status).toBe(400);
    const reader = await createKey(instance.user, 'chatty', ['chat:read']);
    expect((await reader.post(at(freshNumber(), '/pin'))).body.error).toBe('PERMISSION_DENIED');
  });
});

describe('what the person does on the phone', () => {
  it('shows in the list, and is told', async () => {
    const ann = await writer(2);
    await own().appState.change({ pin: true }, ann.jid);
    await key.until(at(ann.number), ({ body }) => body.data.isPinned === true);
    await told(ann.jid, ({ isPinned }) => isPinned === true);
    await own().appState.change({ mute: -1 }, ann.jid);
    await key.until(at(ann.number), ({ body }) => body.data.isMuted === true);
    const lastMessages = { lastMessageTimestamp: Math.floor(Date.now() / 1000) };
    await own().appState.change({ markRead: true, lastMessages }, ann.jid);
    await key.until(at(ann.number), ({ body }) => body.data.unread === 0);
    await own().appState.change({ markRead: false, lastMessages }, ann.jid);
    await key.until(at(ann.number), ({ body }) => body.data.isMarkedUnread === true);
    await own().appState.change({ delete: true, lastMessages }, ann.jid);
    await until('the end of the chat', async () => !(await jids('?per_page=100')).includes(ann.number));
  });

  it('reading a message there makes it read here', async () => {
    const ann = await writer();
    const seen = await until('the message on the phone', () =>
      own()
        .inbox.after(0)
        .find(({ from, text }) => from.startsWith(ann.number) && text === 'text 1'),
    );
    own().read(seen.id);
    await key.until(at(ann.number), ({ body }) => body.data.unread === 0);
    await told(ann.jid, ({ isUnread }) => isUnread === false);
  });
});
