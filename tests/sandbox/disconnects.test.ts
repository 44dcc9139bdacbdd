import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type DisconnectCode, disconnect } from '../../sandbox/index.ts';
import { Bench, jid, shown } from './support.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.start();
});
beforeEach(() => bench.sandbox.network.faults.clear());
afterAll(() => bench.close());

const codes: DisconnectCode[] = [401, 402, 403, 405, 428, 440, 500, 503, 515];

test.each(codes)('%i is what Baileys reports', async (code) => {
  const { client, phone } = await bench.linked();
  const closed = client.closed();
  expect(disconnect(bench.sandbox.network, phone.number, code)).toBe(1);
  expect(await closed).toBe(code);
  expect(phone.account.companions).toHaveLength(code === 401 ? 0 : 1);
});

test('408: the server falls silent and the keep-alive notices', async () => {
  const { client, phone } = await bench.linked({ socket: { keepAliveIntervalMs: 300 } });
  const closed = client.closed();
  disconnect(bench.sandbox.network, phone.number, 408);
  expect(await closed).toBe(408);
});

test('what is sent to a silenced connection waits for the next login', async () => {
  const { client, phone } = await bench.linked();
  disconnect(bench.sandbox.network, phone.number, 408);
  await bench.phone().send(phone.number, 'into the silence');
  await client.kill();
  const back = bench.client({ creds: client.creds, keys: client.keys }).start();
  await back.text('into the silence');
});

test('429: the socket drops and the next upgrade is refused', async () => {
  const { client, phone } = await bench.linked();
  const closed = client.closed();
  disconnect(bench.sandbox.network, phone.number, 429);
  expect(await closed).toBe(428);
  expect(await upgradeStatus()).toBe(429);
  expect(await upgradeStatus()).toBe(101);
});

test('402 tells how long the ban lasts', async () => {
  const { client, phone } = await bench.linked();
  disconnect(bench.sandbox.network, phone.number, 402);
  await client.closed();
  const error = client.connections.at(-1)?.lastDisconnect?.error as { data?: unknown } | undefined;
  expect(error?.data).toMatchObject({ reason: '402', expire: '3600' });
});

test('a login can be refused so many times', async () => {
  const { client, phone } = await bench.linked();
  await client.kill();
  bench.sandbox.network.faults.set({ loginFailure: 503, loginFailureTimes: 1, phones: [phone.number] });
  const refused = bench.client({ creds: client.creds, keys: client.keys }).start();
  expect(await refused.closed()).toBe(503);
  await bench.client({ creds: client.creds, keys: client.keys }).start().open();
});

test('ack faults: an error for one message, then none', async () => {
  const { client, phone } = await bench.linked();
  const carol = bench.phone();
  bench.sandbox.network.faults.set({ ackError: 463, ackErrorTimes: 1, phones: [phone.number] });
  const refused = await client.send(carol.jid, { text: 'refused' });
  expect((await client.status(refused.key.id ?? '', 0)).update.messageStubParameters?.[0]).toBe('463');
  const taken = await client.send(carol.jid, { text: 'taken' });
  await client.status(taken.key.id ?? '', 3);
  expect((await carol.messages()).map((message) => message.text)).toEqual(['taken']);
});

test('ack faults: a dropped ack does not keep the message from arriving', async () => {
  const { client, phone } = await bench.linked();
  const carol = bench.phone();
  bench.sandbox.network.faults.set({ dropAcks: 1, phones: [phone.number] });
  const { key } = await client.send(carol.jid, { text: 'unacknowledged' });
  await shown(carol, 'unacknowledged');
  const next = await client.send(carol.jid, { text: 'acknowledged' });
  await client.ack(next.key.id ?? '');
  expect(client.acks.map((attrs) => attrs.id)).toEqual([next.key.id]);
  await client.status(key.id ?? '', 3);
});

test('ack faults: a delayed ack comes after the delivery', async () => {
  const { client, phone } = await bench.linked();
  const carol = bench.phone();
  bench.sandbox.network.faults.set({ ackDelayMs: 2_000, phones: [phone.number] });
  const { key } = await client.send(carol.jid, { text: 'slow ack' });
  await client.status(key.id ?? '', 3);
  expect(client.acks).toEqual([]);
  await client.ack(key.id ?? '');
});

test('inbound faults: a dropped message comes at the next login', async () => {
  const { client, phone } = await bench.linked();
  const carol = bench.phone();
  bench.sandbox.network.faults.set({ dropInbound: 1, phones: [phone.number] });
  await carol.send(phone.number, 'dropped');
  await carol.send(phone.number, 'not dropped');
  await client.text('not dropped');
  expect(client.upserts.some(({ message }) => message?.conversation === 'dropped')).toBe(false);
  await client.kill();
  const back = bench.client({ creds: client.creds, keys: client.keys }).start();
  await back.text('dropped');
});

test('inbound faults: reordered messages arrive swapped, a lone one arrives too', async () => {
  const { client, phone } = await bench.linked();
  const carol = bench.phone();
  bench.sandbox.network.faults.set({ reorder: 2, phones: [phone.number] });
  await carol.send(phone.number, 'first');
  await carol.send(phone.number, 'second');
  await Promise.all([client.text('first'), client.text('second')]);
  const texts = client.upserts.flatMap(({ message }) => message?.conversation || []);
  expect(texts).toEqual(['second', 'first']);
  await carol.send(phone.number, 'lone');
  await client.text('lone');
});

test('inbound faults: a duplicated ciphertext is refused by the client and nothing is lost', async () => {
  const { client, phone } = await bench.linked();
  const carol = bench.phone();
  bench.sandbox.network.faults.set({ duplicateInbound: 1, phones: [phone.number] });
  const refused = bench.event('nack', (device) => device.account === phone.account);
  const id = await carol.send(phone.number, 'twice');
  await client.text('twice');
  expect((await refused)[1].attrs).toMatchObject({ id, error: '487' });
  await client.send(jid(carol.number), { text: 'still talking' });
  await shown(carol, 'still talking');
});

async function upgradeStatus(): Promise<number> {
  const { get } = await import('node:http');
  return new Promise((resolve, reject) => {
    const request = get(bench.sandbox.url.replace('ws:', 'http:'), {
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': Buffer.alloc(16).toString('base64'),
        origin: 'https://web.whatsapp.com',
      },
    });
    request.on('response', (response) => resolve(response.statusCode ?? 0));
    request.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', reject);
  });
}
