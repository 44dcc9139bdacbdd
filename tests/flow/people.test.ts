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

let gateway: TestGateway;
let adapters: Adapters;
let instance: LinkedInstance;
let instanceId: string;
let key: ApiClient;

const PERMISSIONS = ['contact:read', 'contact:write', 'contact:check', 'chat:read', 'chat:write', 'message:send'];

beforeAll(async () => {
  gateway = await TestGateway.start();
  adapters = adaptersOf(gateway.dataDir);
  instance = await linkInstance(await register(gateway.url), 'people');
  instanceId = (await instance.user.must('GET', '/api/instances/people')).body.data.id as string;
  const all = [...PERMISSIONS, 'presence:read', 'presence:write', 'label:read', 'label:write', 'message:read'];
  key = await createKey(instance.user, 'people', all);
});
afterAll(async () => {
  adapters?.close();
  await gateway?.stop();
});

const sandbox = () => gateway.gateway.sandbox as NonNullable<typeof gateway.gateway.sandbox>;
const own = (): SimPhone => sandbox().phone(instance.phone);
const at = (path: string) => `/api/instances/people/${path}`;
const lidOf = (phone: SimPhone) => phone.lid.split('@')[0] as string;

/** Somebody who has written. */
async function writer(name?: string): Promise<SimPhone> {
  const phone = sandbox().phone(freshNumber());
  if (name) phone.account.record.name = name;
  await phone.send(instance.phone, 'hello');
  await key.until(at(`chats/${phone.number}`), ({ body }) => body.data?.unread === 1);
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

const told = (type: string, likes: (data: Record<string, unknown>) => boolean) =>
  until(type, async () => {
    const { events } = await eventsOf(adapters, instanceId);
    return events.find((event) => event.type === type && likes(event.data as unknown as Record<string, unknown>));
  });

describe('people', () => {
  it('are one contact, by number and by LID', async () => {
    const ann = await writer('Ann Person');
    const expected = { jid: ann.jid, phone: ann.number, lid: lidOf(ann), name: 'Ann Person', blocked: false };
    expect((await key.get(at(`contacts/${ann.number}`))).body.data).toMatchObject(expected);
    expect((await key.get(at(`contacts/${ann.lid}`))).body.data).toMatchObject(expected);
    expect((await key.get(at('contacts?search=ann%20p'))).body.data.contacts).toHaveLength(1);
    expect((await key.get(at(`contacts/${freshNumber()}`))).body.error).toBe('RESOURCE_NOT_FOUND');
  });

  it('have two names that are looked up, listed and counted', async () => {
    const ann = await writer();
    const pair = { lid: lidOf(ann), phone: ann.number };
    expect((await key.get(at(`lids/${pair.lid}`))).body.data).toEqual(pair);
    expect((await key.get(at(`lids/${ann.lid}`))).body.data).toEqual(pair);
    expect((await key.get(at(`lids/phone/${pair.phone}`))).body.data).toEqual(pair);
    const { count } = (await key.get(at('lids/count'))).body.data;
    const listed = (await key.get(at('lids?per_page=100'))).body.data.lids;
    expect(listed).toHaveLength(count);
    expect(listed).toContainEqual(pair);
    expect((await key.get(at('lids/999999999'))).status).toBe(404);
    expect((await key.get(at(`lids/phone/${freshNumber()}`))).status).toBe(404);
    // Asking WhatsApp about a number teaches its LID.
    const stranger = sandbox().phone(freshNumber());
    await key.must('POST', at('contacts/check'), { numbers: [stranger.number] });
    await key.must('POST', '/api/messages/text', { to: stranger.number, text: 'hi' });
    await key.until(at(`lids/phone/${stranger.number}`), ({ body }) => body.data?.lid === lidOf(stranger));
  });

  it('first known by number alone become one with their LID, and lose nothing', async () => {
    const [phone, stranger] = [freshNumber(), sandbox().phone(freshNumber())];
    // As an address book brings them: a number, a name, no LID.
    await own().appState.change({ contact: { fullName: 'Otto Old', firstName: 'Otto' } }, `${phone}@s.whatsapp.net`);
    await key.until(at('contacts?search=otto'), ({ body }) => body.data.contacts[0]?.lid === null);
    await sandbox().phone(phone).send(instance.phone, 'it is me');
    const merged = await key.until(at('contacts?search=otto'), ({ body }) => body.data.contacts[0]?.lid !== null);
    const lid = lidOf(sandbox().phone(phone));
    expect(merged.body.data.contacts).toMatchObject([{ phone, lid, name: 'Otto Old' }]);
    expect((await adapters.messages.getContacts(instanceId, [`pn:${phone}`])).length).toBe(0);
    expect((await key.get(at(`chats/${lid}@lid`))).body.data).toMatchObject({ phone, name: 'Otto Old', unread: 1 });
    expect(stranger.number).not.toBe(phone);
  });

  it('are saved and forgotten in the address book of the phone', async () => {
    const ann = await writer('Ann Online');
    const { body } = await key.must('PUT', at(`contacts/${ann.number}`), { name: 'Ann Booked' });
    expect(body.data).toEqual({ jid: ann.jid, name: 'Ann Booked' });
    expect((await own().appState.get('contact', ann.jid))?.contactAction).toMatchObject({
      ...{ fullName: 'Ann Booked', firstName: 'Ann', saveOnPrimaryAddressbook: true, lidJid: ann.lid },
    });
    await key.until(at(`contacts/${ann.number}`), ({ body: { data } }) => data.name === 'Ann Booked');
    await key.until(at(`chats/${ann.number}`), ({ body: { data } }) => data.name === 'Ann Booked');
    await told('contact.updated', ({ phone, name }) => phone === ann.number && name === 'Ann Booked');
    await key.must('DELETE', at(`contacts/${ann.number}`));
    await key.until(at(`contacts/${ann.number}`), ({ body: { data } }) => data.name === 'Ann Online');
    await key.until(at(`chats/${ann.number}`), ({ body: { data } }) => data.name === 'Ann Online');
    expect((await key.call('PUT', at(`contacts/${freshNumber('9004')}`), { name: 'Nobody' })).status).toBe(404);
  });

  it('are blocked here and seen as blocked when the phone did it', async () => {
    const ann = await writer();
    expect((await key.post(at(`contacts/${ann.number}/block`))).body.data).toEqual({ jid: ann.jid, blocked: true });
    expect([...own().account.record.blocked]).toContain(ann.lid);
    const blocked = (await key.get(at('contacts/blocked'))).body.data.contacts;
    expect(blocked).toContainEqual({ jid: ann.jid, phone: ann.number, lid: lidOf(ann) });
    await key.must('POST', at(`contacts/${ann.number}/unblock`));
    expect([...own().account.record.blocked]).not.toContain(ann.lid);
    await key.until(at(`contacts/${ann.number}`), ({ body }) => body.data.blocked === false);
  });
});

describe('presence', () => {
  it('of a contact is told and kept once it is subscribed to, also after a new connection', async () => {
    const ann = await writer();
    expect((await key.post(at(`presence/${ann.number}/subscribe`))).body.data).toEqual({ chat: ann.jid });
    ann.presence('available');
    const seen = (presence: string) =>
      key.until(at(`presence/${ann.number}`), ({ body }) => body.data.presence[0]?.presence === presence);
    expect((await seen('available')).body.data.presence).toMatchObject([
      { chat: ann.jid, phone: ann.number, lid: lidOf(ann), seenAt: expect.any(String) },
    ]);
    ann.typing(instance.phone, 'composing');
    await seen('composing');
    ann.presence('unavailable');
    expect((await seen('unavailable')).body.data.presence[0].lastSeen).toEqual(expect.any(String));
    const all = (await key.get(at('presence?per_page=100'))).body.data.presence;
    expect(all.map(({ phone }: { phone: string }) => phone)).toContain(ann.number);
    await instance.user.must('POST', '/api/instances/people/restart');
    await instance.user.until('/api/instances/people/status', ({ body }) => body.data.status === 'CONNECTED');
    await until('the renewed subscription', () =>
      [...ann.account.presenceSubscribers].some(({ connection }) => connection?.active),
    );
    ann.presence('available');
    await seen('available');
    expect((await key.get(at(`presence/${freshNumber()}`))).body.data.presence).toEqual([]);
    expect((await key.post(at(`presence/${freshNumber('9004')}/subscribe`))).status).toBe(404);
  });

  it('of the instance is seen by those who asked', async () => {
    const device = () => own().account.companions.find(({ connection }) => connection?.active);
    await key.must('PUT', at('presence'), { presence: 'available' });
    await until('to be online', () => device()?.online === true);
    await key.must('PUT', at('presence'), { presence: 'unavailable' });
    await until('to be offline', () => device()?.online === false);
    expect((await key.call('PUT', at('presence'), { presence: 'dancing' })).status).toBe(400);
  });
});

describe('labels', () => {
  const list = async () => (await key.get(at('labels'))).body.data.labels;

  it('are made, changed and deleted on all devices', async () => {
    const made = await key.must('POST', at('labels'), { name: 'Important', color: 3 });
    expect([made.status, made.body.data]).toMatchObject([201, { name: 'Important', color: 3 }]);
    const { labelId } = made.body.data;
    const agreed = async () => (await own().appState.get('label_edit', labelId))?.labelEditAction;
    expect(await agreed()).toMatchObject({ name: 'Important', color: 3 });
    await until('the label', async () => (await list()).some((one: { labelId: string }) => one.labelId === labelId));
    expect((await key.post(at('labels'), { name: 'Important' })).body.error).toBe('RESOURCE_ALREADY_EXISTS');
    await key.must('PUT', at(`labels/${labelId}`), { color: 5 });
    expect(await agreed()).toMatchObject({ name: 'Important', color: 5 });
    await told('label.updated', (data) => data.labelId === labelId && data.color === 5);
    await key.must('DELETE', at(`labels/${labelId}`));
    expect(await agreed()).toMatchObject({ deleted: true });
    await until('its end', async () => !(await list()).some((one: { labelId: string }) => one.labelId === labelId));
    expect((await key.call('DELETE', at(`labels/${labelId}`))).status).toBe(404);
    const next = await key.must('POST', at('labels'), { name: 'Next' });
    expect(Number(next.body.data.labelId)).toBeGreaterThan(Number(labelId));
    expect((await key.post(at('labels'), { name: 'x', color: 20 })).status).toBe(400);
  });

  it('are put on chats and messages, and found by them', async () => {
    const [ann, bob] = [await writer(), await writer()];
    const ids: string[] = [];
    for (const name of ['One', 'Two']) ids.push((await key.must('POST', at('labels'), { name })).body.data.labelId);
    const [one, two] = ids as [string, string];
    await until('both labels', async () => (await list()).length >= 2);
    await key.must('PUT', at(`chats/${ann.number}/labels`), { labelIds: [one, two] });
    await key.must('PUT', at(`chats/${bob.number}/labels`), { labelIds: [one] });
    const on = async (label: string) =>
      (await own().appState.get('label_jid', label, ann.jid))?.labelAssociationAction?.labeled;
    expect([await on(one), await on(two)]).toEqual([true, true]);
    await told('label.association', (data) => data.chat === ann.jid && data.labelId === two && data.action === 'add');
    const chatsOf = async (label: string) =>
      (await key.get(at(`labels/${label}/chats`))).body.data.chats.map(({ jid }: { jid: string }) => jid).sort();
    await until('both chats', async () => (await chatsOf(one)).length === 2);
    expect(await chatsOf(one)).toEqual([ann.jid, bob.jid].sort());
    await key.must('PUT', at(`chats/${ann.number}/labels`), { labelIds: [two] });
    expect([await on(one), await on(two)]).toEqual([false, true]);
    await until('one chat', async () => (await chatsOf(one)).length === 1);
    const ofChat = (await key.get(at(`chats/${ann.lid}/labels`))).body.data.labels;
    expect(ofChat).toMatchObject([{ labelId: two, name: 'Two' }]);
    expect((await key.get(at(`chats/${ann.number}`))).body.data.labels).toEqual([two]);

    const [message] = (await key.get(at(`chats/${ann.number}/messages`))).body.data.messages;
    const path = at(`chats/${ann.number}/messages/${message.messageId}/labels`);
    await key.must('PUT', path, { labelIds: [one] });
    const id = message.messageId.slice(4);
    expect(await own().appState.get('label_message', one, ann.jid, id, '0', '0')).toMatchObject({
      labelAssociationAction: { labeled: true },
    });
    await key.until(path, ({ body }) => body.data.labels[0]?.labelId === one);
    expect((await key.call('PUT', at(`chats/${ann.number}/labels`), { labelIds: ['999'] })).status).toBe(404);
  });

  it('made and put on by the phone are heard of', async () => {
    const ann = await writer();
    await own().appState.change({ addLabel: { id: '77', name: 'From the phone', color: 2 } }, '');
    await until('the label', async () => (await list()).some(({ labelId }: { labelId: string }) => labelId === '77'));
    await own().appState.change({ addChatLabel: { labelId: '77' } }, ann.jid);
    await key.until(at(`chats/${ann.number}/labels`), ({ body }) => body.data.labels[0]?.name === 'From the phone');
    await own().appState.change({ removeChatLabel: { labelId: '77' } }, ann.jid);
    await key.until(at(`chats/${ann.number}/labels`), ({ body }) => body.data.labels.length === 0);
  });
});
