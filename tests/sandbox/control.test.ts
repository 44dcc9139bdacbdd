import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Bench, jid } from './support.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.start();
});
beforeEach(() => bench.sandbox.network.faults.clear());
afterAll(() => bench.close());

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

async function call(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(`${bench.sandbox.controlUrl}/control/${path}`, {
    method,
    headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

test('scan links the client that shows the QR, to a new number unless told otherwise', async () => {
  const first = bench.client().start();
  const answer = await call('POST', 'scan', { qr: await first.qr() });
  await first.open();
  const [me, lid] = [first.creds.me?.id, first.creds.me?.lid];
  expect(answer).toEqual({ status: 200, body: { phone: '15550100000', jid: me, lid } });
  const second = bench.client().start();
  const named = await call('POST', 'scan', { qr: await second.qr(), phone: '+49 170 555-0001' });
  expect(named.body).toMatchObject({ phone: '491705550001', jid: '491705550001:1@s.whatsapp.net' });
  await second.open();
});

test('scan says what is wrong with a QR', async () => {
  expect(await call('POST', 'scan', { qr: '2@unknown,AA,BB,CC,1' })).toEqual({
    status: 404,
    body: { error: 'no client is showing this QR; it is unknown or has expired' },
  });
  expect((await call('POST', 'scan', { qr: 'no commas' })).status).toBe(400);
  expect((await call('POST', 'scan', {})).body).toEqual({ error: '"qr" must be a non-empty string' });
});

test('pair-code types the code, even when the client has only just asked for it', async () => {
  const number = bench.phone().number;
  const client = bench.client().start();
  await client.qr();
  const code = await client.sock.requestPairingCode(number);
  const answer = await call('POST', 'pair-code', { phone: number, code });
  expect(answer).toMatchObject({ status: 200, body: { phone: number, jid: `${number}:1@s.whatsapp.net` } });
  await client.open();
});

test('incoming makes a contact write, to accounts and to groups', async () => {
  const { client, phone } = await bench.linked();
  const carol = bench.phone();
  const id = '3EB0EEEEEEEEEEEEEEEEEE';
  const written = await call('POST', 'incoming', { to: phone.number, from: carol.number, text: 'hi', id });
  expect(written).toEqual({ status: 200, body: { id } });
  expect((await client.text('hi')).key).toMatchObject({ id, remoteJid: carol.jid });
  const made = await call('POST', 'groups', {
    phone: carol.number,
    subject: 'From outside',
    participants: [phone.number],
  });
  await client.event('groups.upsert');
  await call('POST', 'incoming', { to: made.body.id, from: carol.number, text: 'hi group' });
  expect((await client.text('hi group')).key.remoteJid).toBe(made.body.id);
  const removed = { phone: carol.number, group: made.body.id, action: 'remove', participants: [phone.number] };
  expect((await call('POST', 'group-members', removed)).body).toEqual({ results: [{ jid: phone.jid, status: '200' }] });
  expect((await call('POST', 'incoming', { to: phone.number, from: '491700009004', text: 'x' })).status).toBe(404);
});

test('messages are listed after an index, and waited for', async () => {
  const { client } = await bench.linked();
  const carol = bench.phone();
  const path = `phones/${carol.number}/messages`;
  expect((await call('GET', path)).body).toEqual({ messages: [], next: 0 });
  const waiting = call('GET', `${path}?after=0&waitMs=20000`);
  const sent = await client.send(carol.jid, { text: 'awaited' });
  expect((await waiting).body).toMatchObject({
    messages: [{ index: 1, id: sent.key.id, text: 'awaited', type: 'text', own: false }],
    next: 1,
  });
  expect((await call('GET', `${path}?after=1&waitMs=10`)).body).toEqual({ messages: [], next: 1 });
  expect((await call('GET', `${path}?after=x`)).status).toBe(400);
});

test('read and typing are seen by the client', async () => {
  const { client, phone } = await bench.linked();
  const reader = bench.sandbox.phone('491700009003');
  const { key } = await client.send(reader.jid, { text: 'please read' });
  await reader.messages(0, 45_000);
  expect((await call('POST', 'read', { phone: reader.number, id: key.id })).status).toBe(200);
  await client.status(key.id ?? '', 4);
  expect((await call('POST', 'read', { phone: reader.number, id: 'NEVER' })).status).toBe(404);
  await call('POST', 'typing', { phone: reader.number, to: phone.number, state: 'recording' });
  await client.event<{ id: string }>('presence.update', ({ id }) => id === reader.jid);
  expect((await call('POST', 'typing', { phone: reader.number, to: phone.number, state: 'singing' })).status).toBe(400);
});

test('disconnect and unlink end sessions', async () => {
  const { client, phone } = await bench.linked();
  const dropped = client.closed();
  expect((await call('POST', 'disconnect', { phone: phone.number, code: 503 })).body).toEqual({ closed: 1 });
  expect(await dropped).toBe(503);
  expect((await call('POST', 'disconnect', { phone: phone.number, code: 418 })).status).toBe(400);
  expect((await call('POST', 'unlink', { phone: phone.number })).body).toEqual({ unlinked: 1 });
  expect((await call('GET', `phones/${phone.number}`)).body).toEqual({
    number: phone.number,
    jid: phone.jid,
    lid: phone.lid,
    linkedDevices: [],
    online: false,
    duplicates: 0,
    decryptErrors: [],
    retryRequests: 0,
  });
});

test('faults are set, shown, checked and cleared', async () => {
  expect((await call('POST', 'faults', { dropAcks: 2, phones: ['1'] })).body).toEqual({ dropAcks: 2, phones: ['1'] });
  expect((await call('GET', 'faults')).body).toEqual({ dropAcks: 2, phones: ['1'] });
  expect(await call('POST', 'faults', { dropEverything: true })).toMatchObject({ status: 400 });
  expect(await call('POST', 'faults', { ackDelayMs: '5' })).toMatchObject({ status: 400 });
  expect((await call('DELETE', 'faults')).body).toEqual({});
  expect(bench.sandbox.network.faults.settings).toEqual({});
});

test('stats count', async () => {
  const { body } = await call('GET', 'stats');
  expect(body).toMatchObject({ accounts: expect.any(Number), connections: expect.any(Number) });
});

test('web pages are refused: an Origin, or a body that is not JSON by name', async () => {
  const { controlUrl } = bench.sandbox;
  const page = { origin: 'https://web.whatsapp.com' };
  expect(await call('GET', 'stats', undefined, page)).toEqual({
    status: 403,
    body: { error: 'requests from web pages are refused' },
  });
  expect((await call('POST', 'unlink', { phone: '491700000001' }, page)).status).toBe(403);
  const form = await fetch(`${controlUrl}/control/unlink`, { method: 'POST', body: '{"phone":"491700000001"}' });
  expect(form.status).toBe(415);
  expect((await call('POST', 'unlink', ['not', 'an', 'object'])).status).toBe(400);
  expect((await call('GET', 'nothing')).status).toBe(404);
  expect((await fetch(controlUrl)).status).toBe(404);
});

test('a host name that only pretends to be this machine is refused', async () => {
  const { get } = await import('node:http');
  const status = await new Promise((resolve, reject) => {
    const headers = { host: 'rebound.example' };
    get(`${bench.sandbox.controlUrl}/control/stats`, { headers }, (response) => resolve(response.statusCode)).on(
      'error',
      reject,
    );
  });
  expect(status).toBe(403);
});

test('sockets of other web pages are refused', async () => {
  const { WebSocket } = await import('ws');
  const refused = (url: string, origin?: string) =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(url, { origin });
      socket.on('unexpected-response', (_, response) => {
        resolve(response.statusCode);
        socket.terminate();
      });
      socket.on('open', () => reject(new Error('it opened')));
      socket.on('error', () => undefined);
    });
  expect(await refused(bench.sandbox.url, 'https://evil.example')).toBe(403);
  expect(await refused(bench.sandbox.url.replace('/ws/chat', '/other'))).toBe(404);
});

test('bytes that are no handshake only end their own connection', async () => {
  const { WebSocket } = await import('ws');
  const { client, phone } = await bench.linked();
  const fault = bench.event('fault');
  const socket = new WebSocket(bench.sandbox.url);
  socket.on('open', () => socket.send('GET / HTTP/1.1'));
  await new Promise((resolve) => socket.on('close', resolve));
  expect(String((await fault)[0])).toContain('not a WhatsApp prologue');
  bench.faults.length = 0;
  await bench.phone().send(phone.number, 'still here');
  expect((await client.text('still here')).key.remoteJid).toContain(jid('').slice(1));
});
