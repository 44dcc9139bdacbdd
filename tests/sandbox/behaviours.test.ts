import { afterAll, beforeAll, expect, test } from 'vitest';
import { Bench, type Client, jid, shown } from './support.ts';

let bench: Bench;
let client: Client;

beforeAll(async () => {
  bench = await Bench.start();
  ({ client } = await bench.linked());
});
afterAll(() => bench.close());

const receiptTypes = (id: string, count: number) =>
  client.until(`${count} updates of ${id}`, () => {
    const own = client.updates.filter(({ key }) => key.id === id).map(({ update }) => update.status);
    return own.length >= count && own;
  });

/** Everything sent before has had its effect once this has been read. */
async function laterReadByAnOrdinaryContact(): Promise<void> {
  const { key } = await client.send(bench.phone().jid, { text: 'marker' });
  await client.status(key.id ?? '', 4);
}

test('an ordinary contact exists, delivers at once and reads after a moment', async () => {
  const { key } = await client.send(jid('491700000001'), { text: 'hello' });
  await client.status(key.id ?? '', 4);
  const own = client.updates.filter((each) => each.key.id === key.id).map(({ update }) => update.status);
  expect(own.indexOf(3)).toBeGreaterThanOrEqual(0);
  expect(own.indexOf(3)).toBeLessThan(own.indexOf(4));
});

test('9001 answers with an echo', async () => {
  await client.send(jid('491700009001'), { text: 'ping' });
  const echo = await client.text('Echo: ping');
  expect(echo.key).toMatchObject({ remoteJid: jid('491700009001'), fromMe: false });
});

test('9002 is acknowledged by the server and never delivered', async () => {
  const { key } = await client.send(jid('491700009002'), { text: 'anybody?' });
  await laterReadByAnOrdinaryContact();
  expect(await receiptTypes(key.id ?? '', 1)).toEqual([2]);
  expect(await bench.sandbox.phone('491700009002').messages()).toEqual([]);
});

test('9003 delivers and never reads', async () => {
  const { key } = await client.send(jid('491700009003'), { text: 'seen?' });
  await client.status(key.id ?? '', 3);
  await laterReadByAnOrdinaryContact();
  expect(client.updates.filter((each) => each.key.id === key.id && each.update.status === 4)).toEqual([]);
  await shown(bench.sandbox.phone('491700009003'), 'seen?');
});

test('9004 is not on WhatsApp', async () => {
  expect(await client.sock.onWhatsApp('491700009004', '491700000002')).toEqual([
    { jid: jid('491700000002'), exists: true },
  ]);
  expect(() => bench.sandbox.phone('491700009004')).toThrow(/not a number/);
  const { key } = await client.send(jid('491700009004'), { text: 'nobody' });
  expect((await client.status(key.id ?? '', 0)).update.messageStubParameters).toEqual(['404']);
});

test('9005 is refused with error 463', async () => {
  const { key } = await client.send(jid('491700009005'), { text: 'not allowed' });
  expect((await client.status(key.id ?? '', 0)).update.messageStubParameters?.[0]).toBe('463');
});

test('9009 receipts without decrypting', async () => {
  const { key } = await client.send(jid('491700009009'), { text: 'swallowed' });
  await client.status(key.id ?? '', 3);
  expect(await bench.sandbox.phone('491700009009').messages()).toEqual([]);
});
