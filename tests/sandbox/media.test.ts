import { readFileSync } from 'node:fs';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { downloadMediaMessage } from '../../lib/baileys/index.ts';
import type { SimPhone } from '../../sandbox/index.ts';
import { Bench, type Client, jid } from './support.ts';

let bench: Bench;
let alice: { client: Client; phone: SimPhone };
let bob: { client: Client; phone: SimPhone };

beforeAll(async () => {
  bench = await Bench.start({ media: true });
  const certificate = readFileSync(bench.sandbox.mediaCaFile ?? '', 'utf8');
  setDefaultCACertificates([...getCACertificates('default'), certificate]);
  [alice, bob] = await Promise.all([bench.linked(), bench.linked()]);
});
afterAll(() => bench.close());

test('an image with a caption arrives as it was', async () => {
  const image = Buffer.from('not really a jpeg, and nobody looks');
  await alice.client.send(bob.phone.jid, { image, caption: 'look', jpegThumbnail: '', mimetype: 'image/jpeg' });
  const received = await bob.client.until('the image', () =>
    bob.client.upserts.find(({ message }) => message?.imageMessage?.caption === 'look'),
  );
  expect(await downloadMediaMessage(received, 'buffer', {})).toEqual(image);
});

test('a document of 5 MB arrives as it was', async () => {
  const document = Buffer.alloc(5_000_000, 'switchboard');
  await alice.client.send(bob.phone.jid, { document, mimetype: 'application/octet-stream', fileName: 'big.bin' });
  const received = await bob.client.until('the document', () =>
    bob.client.upserts.find(({ message }) => message?.documentMessage?.fileName === 'big.bin'),
  );
  expect(received.message?.documentMessage?.fileLength?.toString()).toBe('5000000');
  expect(document.equals(await downloadMediaMessage(received, 'buffer', {}))).toBe(true);
});

test('a contact sends an image that the client can open', async () => {
  const carol = bench.phone();
  const image = Buffer.from('carol was here');
  await carol.sendMedia(alice.phone.number, {
    kind: 'image',
    bytes: image,
    mimetype: 'image/png',
    caption: 'from carol',
  });
  const received = await alice.client.until('the image', () =>
    alice.client.upserts.find(({ message }) => message?.imageMessage?.caption === 'from carol'),
  );
  expect(await downloadMediaMessage(received, 'buffer', {})).toEqual(image);
});

test('what a contact receives can be opened by its phone', async () => {
  const carol = bench.phone();
  const audio = Buffer.from('a voice note');
  await alice.client.send(carol.jid, { audio, mimetype: 'audio/ogg; codecs=opus', ptt: true, seconds: 1 });
  const [message] = await carol.messages(0, 45_000);
  expect(message).toMatchObject({ type: 'audio' });
  expect(carol.openMedia(message!)).toEqual(audio);
});

test('a profile picture can be fetched from the URL', async () => {
  const picture = { tag: 'picture', attrs: { type: 'image' }, content: Buffer.from('a portrait') };
  const attrs = { to: 's.whatsapp.net', type: 'set', xmlns: 'w:profile:picture' };
  await alice.client.sock.query({ tag: 'iq', attrs, content: [picture] });
  const url = (await bob.client.sock.profilePictureUrl(jid(alice.phone.number))) ?? '';
  expect(await (await fetch(url)).text()).toBe('a portrait');
  expect((await fetch(`${new URL(url).origin}/v/nothing`)).status).toBe(404);
});
