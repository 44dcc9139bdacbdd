import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SimPhone } from '../../sandbox/index.ts';
import { Bench, type Client, jid, shown } from './support.ts';

let bench: Bench;
let alice: { client: Client; phone: SimPhone };
let bob: { client: Client; phone: SimPhone };

beforeAll(async () => {
  bench = await Bench.start();
  [alice, bob] = await Promise.all([bench.linked(), bench.linked()]);
});
afterAll(() => bench.close());

const clean = (phone: SimPhone) => {
  expect(phone.status()).toMatchObject({ decryptErrors: [], retryRequests: 0, duplicates: 0 });
};

test('client to client: text, delivery, read', async () => {
  const sent = await alice.client.send(jid(bob.phone.number), { text: 'hello bob' });
  const received = await bob.client.text('hello bob');
  expect(received.key).toMatchObject({ remoteJid: alice.phone.jid, remoteJidAlt: alice.phone.lid, fromMe: false });
  await shown(bob.phone, 'hello bob');
  const copy = await alice.phone.messages();
  expect(copy.find((message) => message.text === 'hello bob')).toMatchObject({ own: true, chat: bob.phone.jid });
  await alice.client.status(sent.key.id ?? '', 3);
  await bob.client.sock.readMessages([received.key]);
  await alice.client.status(sent.key.id ?? '', 4);
});

test('many messages both ways at once arrive in order, once', async () => {
  const texts = Array.from({ length: 30 }, (_, index) => String(index));
  for (const text of texts) {
    void alice.client.send(jid(bob.phone.number), { text: `a${text}` });
    void bob.client.send(jid(alice.phone.number), { text: `b${text}` });
  }
  await Promise.all([bob.client.text('a29'), alice.client.text('b29'), shown(bob.phone, 'a29')]);
  const at = (client: Client, prefix: string) =>
    client.upserts.flatMap(({ message }) => {
      const text = message?.extendedTextMessage?.text ?? '';
      return new RegExp(`^${prefix}\\d+$`).test(text) ? [text] : [];
    });
  expect(at(bob.client, 'a')).toEqual(texts.map((text) => `a${text}`));
  expect(at(alice.client, 'b')).toEqual(texts.map((text) => `b${text}`));
  clean(alice.phone);
  clean(bob.phone);
});

test('the server ack comes for every message', async () => {
  const { key } = await alice.client.send(jid(bob.phone.number), { text: 'acknowledge me' });
  expect(await alice.client.ack(key.id ?? '')).toMatchObject({ class: 'message', from: bob.phone.jid });
});

test('client and contact, by number', async () => {
  const carol = bench.phone();
  const id = await carol.send(alice.phone.number, 'hi from carol');
  const received = await alice.client.text('hi from carol');
  expect(received.key).toMatchObject({ id, remoteJid: carol.jid, remoteJidAlt: carol.lid });
  const reply = await alice.client.send(jid(carol.number), { text: 'hi carol' });
  await shown(carol, 'hi carol');
  await alice.client.status(reply.key.id ?? '', 4);
  clean(carol);
});

test('client and contact, by LID', async () => {
  const carol = bench.phone();
  await carol.send(alice.phone.lid, 'by lid');
  const received = await alice.client.text('by lid');
  expect(received.key).toMatchObject({ remoteJid: carol.lid, remoteJidAlt: carol.jid });
  const reply = await alice.client.send(carol.lid, { text: 'back by lid' });
  await shown(carol, 'back by lid');
  expect((await carol.messages()).at(-1)).toMatchObject({ from: alice.phone.lid, chat: alice.phone.jid, own: false });
  const read = await alice.client.status(reply.key.id ?? '', 4);
  expect(read.key.remoteJid).toBe(carol.lid);
});

test('a contact learns that its message was delivered and read', async () => {
  const carol = bench.phone();
  const id = await carol.send(alice.phone.number, 'read me');
  const received = await alice.client.text('read me');
  const read = bench.event('receipt', (_, { attrs }) => attrs.type === 'read' && attrs.id === id);
  await alice.client.sock.readMessages([received.key]);
  await read;
  expect(carol.sent(id)?.receipts.map((receipt) => receipt.type)).toEqual(['delivery', 'read']);
});

test("the phone of a linked account never reads in its person's name", async () => {
  const carol = bench.phone();
  const dave = bench.phone();
  const id = await carol.send(alice.phone.number, 'unread');
  await shown(alice.phone, 'unread');
  // Dave's read comes after the same delay: by then Alice's phone would have read too.
  const other = await carol.send(dave.number, 'read');
  await expect.poll(() => carol.sent(other)?.receipts.map((receipt) => receipt.type)).toContain('read');
  expect(carol.sent(id)?.receipts.map((receipt) => receipt.type)).not.toContain('read');
  const read = bench.event('receipt', (_, { attrs }) => attrs.type === 'read' && attrs.id === id);
  alice.phone.read(id);
  await read;
});

test('messages for an absent client wait and come as offline messages', async () => {
  const { client, phone } = await bench.linked();
  const carol = bench.phone();
  const gone = bench.event('disconnected', (device) => device.account === phone.account);
  await client.kill();
  await gone;
  await carol.send(phone.number, 'while away 1');
  await alice.client.send(jid(phone.number), { text: 'while away 2' });
  await shown(phone, 'while away 2');
  const back = bench.client({ creds: client.creds, keys: client.keys }).start();
  const first = await back.text('while away 1');
  await back.text('while away 2');
  expect(first.upsertType).toBe('append');
  await back.until('the queue to drain', () => phone.account.companions[0]?.queue.size === 0);
});

test('a client that lost its sessions asks a client again', async () => {
  await alice.client.send(jid(bob.phone.number), { text: 'before the loss' });
  await bob.client.text('before the loss');
  await bob.client.send(jid(alice.phone.number), { text: 'established' });
  await alice.client.text('established');
  bob.client.keys.forget('session');
  await alice.client.send(jid(bob.phone.number), { text: 'lost and found' });
  await bob.client.text('lost and found');
});

test('a client that lost its sessions asks a phone again', async () => {
  const { client, phone } = await bench.linked();
  const carol = bench.phone();
  await carol.send(phone.number, 'first');
  await client.text('first');
  await client.send(carol.jid, { text: 'established with carol' });
  await shown(carol, 'established with carol');
  client.keys.forget('session');
  await carol.send(phone.number, 'again please');
  await client.text('again please');
  expect(carol.status().retryRequests).toBe(1);
});

test('a phone that cannot decrypt asks a client again and shows the message once', async () => {
  const carol = bench.phone();
  carol.fakeDecryptFailures(1);
  const sent = await alice.client.send(carol.jid, { text: 'unreadable at first' });
  await shown(carol, 'unreadable at first');
  expect(carol.status().decryptErrors).toMatchObject([{ id: sent.key.id, reason: 'faked decryption failure' }]);
  expect((await carol.messages()).filter((message) => message.id === sent.key.id)).toHaveLength(1);
});

test('a phone that forgot its sessions and a client find together again', async () => {
  const { client, phone } = await bench.linked();
  const carol = bench.phone();
  await client.send(carol.jid, { text: 'one' });
  await shown(carol, 'one');
  await carol.send(phone.number, 'two');
  await client.text('two');
  await client.send(carol.jid, { text: 'three' });
  await shown(carol, 'three');
  await carol.signal.forgetSessions();
  await client.send(carol.jid, { text: 'four' });
  await shown(carol, 'four');
  await carol.send(phone.number, 'five');
  await client.text('five');
});

test('the same message id twice is shown once, counted, and receipted twice', async () => {
  const carol = bench.phone();
  const messageId = '3EB0BBBBBBBBBBBBBBBBBB';
  await alice.client.sock.sendMessage(carol.jid, { text: 'once' }, { messageId });
  await shown(carol, 'once');
  const receipt = bench.event('receipt', (_, { attrs }) => attrs.id === messageId && attrs.type === undefined);
  await alice.client.sock.sendMessage(carol.jid, { text: 'once' }, { messageId });
  await receipt;
  expect((await carol.messages()).filter((message) => message.id === messageId)).toHaveLength(1);
  expect(carol.status()).toMatchObject({ duplicates: 1, decryptErrors: [] });
});

test('a client whose pre-keys run out uploads more', async () => {
  const { phone } = await bench.linked();
  const device = phone.account.companions[0];
  if (!device) throw new Error('no device');
  while (device.preKeyCount > 5) device.takePreKey();
  const replenished = bench.event('preKeys', (which, remaining) => which === device && remaining > 5);
  await bench.phone().send(phone.number, 'takes one');
  const [, remaining] = await replenished;
  expect(remaining).toBeGreaterThan(5);
});

test('reactions, edits and deletions reach the contact', async () => {
  const carol = bench.phone();
  const { key } = await alice.client.send(carol.jid, { text: 'draft' });
  await alice.client.send(carol.jid, { text: 'final', edit: key });
  await alice.client.send(carol.jid, { react: { text: '👍', key } });
  await alice.client.send(carol.jid, { delete: key });
  await alice.client.send(carol.jid, { text: 'done' });
  await shown(carol, 'done');
  const types = (await carol.messages()).map((message) => message.type);
  expect(types).toEqual(['text', 'protocol', 'reaction', 'protocol', 'text']);
});
