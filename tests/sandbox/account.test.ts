import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BaileysEventMap } from '../../lib/baileys/index.ts';
import type { SimPhone } from '../../sandbox/index.ts';
import { Bench, type Client, jid } from './support.ts';

let bench: Bench;
let client: Client;
let phone: SimPhone;

beforeAll(async () => {
  bench = await Bench.start();
  ({ client, phone } = await bench.linked());
});
afterAll(() => bench.close());

test('onWhatsApp knows who exists', async () => {
  const answers = await client.sock.onWhatsApp('491700000010', '491700009004', '12');
  expect(answers).toEqual([{ jid: jid('491700000010'), exists: true }]);
});

test('a LID is known for every number', async () => {
  const number = '491700000011';
  const lid = await client.sock.signalRepository.lidMapping.getLIDForPN(jid(number));
  expect(lid).toBe(bench.sandbox.phone(number).lid);
});

test('presence of a contact: subscribed, online, offline', async () => {
  const carol = bench.phone();
  const seen = (presence: string) =>
    client.event<BaileysEventMap['presence.update']>('presence.update', ({ id, presences }) => {
      return id === carol.jid && presences[carol.jid]?.lastKnownPresence === presence;
    });
  await client.sock.presenceSubscribe(carol.jid);
  await seen('unavailable');
  carol.presence('available');
  await seen('available');
});

test('typing and recording of a contact', async () => {
  const carol = bench.phone();
  carol.typing(phone.number, 'composing');
  carol.typing(phone.number, 'recording');
  carol.typing(phone.number, 'paused');
  const states = await client.until('three states', () => {
    const own = client.events.flatMap(({ name, payload }) => {
      const update = payload as BaileysEventMap['presence.update'];
      return name === 'presence.update' && update.id === carol.jid ? Object.values(update.presences) : [];
    });
    return own.length >= 3 && own.map((each) => each.lastKnownPresence);
  });
  expect(states).toEqual(['composing', 'recording', 'available']);
});

test('typing of the client reaches the contact', async () => {
  const carol = bench.phone();
  const typed = bench.event('stanza', (_, { tag, attrs }) => tag === 'chatstate' && attrs.to === carol.jid);
  await client.sock.sendPresenceUpdate('composing', carol.jid);
  expect((await typed)[1].content).toMatchObject([{ tag: 'composing' }]);
});

test('a change of app state is stored and the other device is told', async () => {
  const second = await bench.client().link(phone);
  const carol = bench.phone();
  await carol.send(phone.number, 'archive me');
  const received = await client.text('archive me');
  await second.text('archive me');
  const lastMessages = [{ key: received.key, messageTimestamp: received.messageTimestamp }];
  await client.sock.chatModify({ archive: true, lastMessages }, carol.jid);
  await second.event<BaileysEventMap['chats.update']>('chats.update', (chats) =>
    chats.some((chat) => chat.id === carol.jid && chat.archived === true),
  );
});

test('a device linked later pulls the app state from the start', async () => {
  const { client: early, phone: owner } = await bench.linked();
  const carol = bench.phone();
  await carol.send(owner.number, 'mute me');
  await early.text('mute me');
  await early.sock.chatModify({ mute: 8 * 3600 * 1000 }, carol.jid);
  const late = await bench.client().link(owner);
  await late.sock.resyncAppState(['regular_high'], true);
  expect(late.keys.items.get('app-state-sync-version:regular_high')).toMatchObject({ version: 1 });
});

test('a blocked contact is listed and its messages reach nobody', async () => {
  const carol = bench.phone();
  await client.sock.onWhatsApp(carol.number);
  await client.sock.updateBlockStatus(carol.jid, 'block');
  expect(await client.sock.fetchBlocklist()).toContain(carol.lid);
  await carol.send(phone.number, 'let me in');
  await client.sock.updateBlockStatus(carol.jid, 'unblock');
  expect(await client.sock.fetchBlocklist()).not.toContain(carol.lid);
  await carol.send(phone.number, 'in again');
  await client.text('in again');
  expect(client.upserts.some(({ message }) => message?.conversation === 'let me in')).toBe(false);
});

test('about text, privacy settings and profile picture', async () => {
  const { client: friend } = await bench.linked();
  await client.sock.updateProfileStatus('busy testing');
  const [about] = (await friend.sock.fetchStatus(phone.jid)) ?? [];
  expect(about).toMatchObject({ status: { status: 'busy testing' } });
  await client.sock.updateLastSeenPrivacy('none');
  expect(await client.sock.fetchPrivacySettings(true)).toMatchObject({ last: 'none', profile: 'all' });
  await expect(friend.sock.profilePictureUrl(phone.jid)).rejects.toThrow('item-not-found');
  const picture = { tag: 'picture', attrs: { type: 'image' }, content: Buffer.from('jpeg') };
  const attrs = { to: 's.whatsapp.net', type: 'set', xmlns: 'w:profile:picture' };
  await client.sock.query({ tag: 'iq', attrs, content: [picture] });
  expect(await friend.sock.profilePictureUrl(phone.jid)).toMatch(/^https:\/\//);
});

test('a call rings, and the client can reject it', async () => {
  const carol = bench.phone();
  const callId = carol.call(phone.number, { video: true });
  const [call] = await client.event<BaileysEventMap['call']>('call', ([each]) => each?.id === callId);
  expect(call).toMatchObject({ status: 'offer', isVideo: true, callerPn: carol.jid });
  const rejected = bench.event('stanza', (_, stanza) => stanza.tag === 'call');
  await client.sock.rejectCall(callId, call?.from ?? '');
  expect((await rejected)[1].content).toMatchObject([{ tag: 'reject', attrs: { 'call-id': callId } }]);
});
