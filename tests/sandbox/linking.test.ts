import { afterAll, beforeAll, expect, test } from 'vitest';
import { Bench, jid } from './support.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.start({ qrReferences: 2 });
});
afterAll(() => bench.close());

test('a QR links a client: 515, login, pre-keys, own numbers', async () => {
  const { client, phone } = await bench.linked();
  expect(client.closes).toEqual([515]);
  expect(client.creds.me).toMatchObject({ id: `${phone.number}:1@s.whatsapp.net`, lid: phone.lid.replace('@', ':1@') });
  expect(phone.account.companions).toHaveLength(1);
  expect(phone.account.companions[0]?.preKeyCount).toBe(812);
  expect(phone.status()).toMatchObject({ linkedDevices: [`${phone.number}:1@s.whatsapp.net`], online: true });
});

test('a pairing code links a client', async () => {
  const phone = bench.phone();
  const client = bench.client().start();
  await client.qr();
  const requested = bench.event('pairingCodeRequested', (number) => number === phone.number);
  const code = await client.sock.requestPairingCode(phone.number);
  await requested;
  await phone.enterPairingCode(`${code.slice(0, 4)}-${code.slice(4)}`);
  await client.open();
  expect(client.creds.registered).toBe(true);
  expect(client.closes).toEqual([515]);
});

test('a wrong pairing code is refused and the right one still works', async () => {
  const phone = bench.phone();
  const client = bench.client().start();
  await client.qr();
  const requested = bench.event('pairingCodeRequested', (number) => number === phone.number);
  const code = await client.sock.requestPairingCode(phone.number);
  await requested;
  await expect(phone.enterPairingCode('AAAAAAAA')).rejects.toMatchObject({
    status: 409,
    message: 'wrong pairing code',
  });
  expect(phone.account.companions).toHaveLength(0);
  await phone.enterPairingCode(code);
  await client.open();
});

test('a number that no client asked a code for has nothing to type', async () => {
  await expect(bench.phone().enterPairingCode('ABCD1234')).rejects.toMatchObject({ status: 404 });
});

test('a QR is of no use once the client is linked or gone, and nonsense is no QR', async () => {
  const client = bench.client().start();
  const qr = await client.qr();
  await bench.phone().scan(qr);
  await client.open();
  await expect(bench.phone().scan(qr)).rejects.toMatchObject({ status: 404 });
  await expect(bench.phone().scan('hello')).rejects.toMatchObject({ status: 400 });
});

test('a client that runs out of QR codes gives up with 408', async () => {
  const client = bench.client({ socket: { qrTimeout: 50 } }).start();
  expect(await client.closed()).toBe(408);
});

test('logging out removes the device; its credentials are refused with 401 from then on', async () => {
  const { client, phone } = await bench.linked();
  const closed = client.closed();
  await client.sock.logout();
  expect(await closed).toBe(401);
  expect(phone.account.companions).toHaveLength(0);
  const again = bench.client({ creds: client.creds, keys: client.keys }).start();
  expect(await again.closed()).toBe(401);
});

test('the person unlinks the device: 401', async () => {
  const { client, phone } = await bench.linked();
  const closed = client.closed();
  phone.unlink();
  expect(await closed).toBe(401);
  expect(phone.status().linkedDevices).toEqual([]);
});

test('a second login with the same credentials replaces the first: 440', async () => {
  const { client } = await bench.linked();
  const closed = client.closed();
  const second = bench.client({ creds: client.creds, keys: client.keys }).start();
  expect(await closed).toBe(440);
  await second.open();
});

test('a second device of the account gets what the first one sends, and contacts write to both', async () => {
  const { client: first, phone } = await bench.linked();
  const { client: friend, phone: friendPhone } = await bench.linked();
  await friend.send(jid(phone.number), { text: 'before the second device' });
  await first.text('before the second device');
  const second = await bench.client().link(phone);
  await friend.event('messages.upsert');
  await friend.send(jid(phone.number), { text: 'to both' });
  await Promise.all([first.text('to both'), second.text('to both')]);
  await first.send(jid(friendPhone.number), { text: 'from the first' });
  const copy = await second.text('from the first');
  expect(copy.key).toMatchObject({ fromMe: true, remoteJid: jid(friendPhone.number) });
});
