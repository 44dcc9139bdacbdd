import { createHash } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ReceivedMessage } from '../../sandbox/index.ts';
import { type Answer, freshNumber, type LinkedInstance, linkInstance, register } from '../support/client.ts';
import { TestGateway } from '../support/gateway.ts';
import { gif, mp4, opus, pdf, png } from '../support/sample-files.ts';

let gateway: TestGateway;
let instance: LinkedInstance;
let files: Server;
let base: string;
let serve: RequestListener;
let contact: string;

beforeAll(async () => {
  gateway = await TestGateway.start();
  instance = await linkInstance(await register(gateway.url));
  files = createServer((request, response) => serve(request, response));
  await new Promise<void>((listening) => files.listen(0, '127.0.0.1', listening));
  base = `http://127.0.0.1:${(files.address() as { port: number }).port}`;
});
afterAll(async () => {
  await gateway?.stop();
  files?.closeAllConnections();
  files?.close();
});
beforeEach(() => {
  contact = freshNumber();
});

const send = (kind: string, body: object): Promise<Answer> =>
  instance.key.post(`/api/messages/${kind}`, { to: contact, ...body });

/** The first message on the contact's phone, and the file it points to as the phone decrypts it. */
async function received(): Promise<{ message: ReceivedMessage; file: () => Buffer }> {
  const phone = gateway.gateway.sandbox?.phone(contact);
  const [message] = (await phone?.messages(0, 45_000)) ?? [];
  if (!phone || !message) throw new Error('nothing arrived');
  return { message, file: () => phone.openMedia(message) };
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

function sent(answer: Answer): string {
  expect([answer.status, answer.body.data?.status, answer.body.message]).toEqual([201, 'SENT', undefined]);
  return answer.body.data.messageId as string;
}

describe('a file in the request', () => {
  it.each([
    ['image', png(), 'image/png'],
    ['video', mp4(), 'video/mp4'],
    ['audio', opus(), 'audio/ogg; codecs=opus'],
    ['document', pdf(), 'application/pdf'],
  ] as const)('arrives as it was: %s', async (kind, bytes, mimetype) => {
    const id = sent(await send(kind, { [kind]: bytes.toString('base64'), caption: 'look', filename: 'Invoice_1.pdf' }));
    const { message, file } = await received();
    expect(message.id).toBe(id.slice(4));
    expect(sha256(file())).toBe(sha256(bytes));
    const content = message.message.documentWithCaptionMessage?.message ?? message.message;
    expect(content[`${kind}Message`]).toMatchObject({ mimetype });
    if (kind === 'document') expect(content.documentMessage?.fileName).toBe('Invoice_1.pdf');
    if (kind === 'image' || kind === 'video') expect(message.text).toBe('look');
    const stored = await instance.key.get(`/api/messages/${id}`);
    expect(stored.body.data).toMatchObject({ messageId: id, type: kind, direction: 'sent', to: contact });
  });

  it('may be a data URL, and as large as a request can be', async () => {
    const bytes = pdf(4_000_000);
    sent(await send('document', { document: `data:application/pdf;base64,${bytes.toString('base64')}` }));
    const { message, file } = await received();
    expect(sha256(file())).toBe(sha256(bytes));
    expect(message.message.documentMessage?.fileName).toBe('document.pdf');
  });

  it('is sent once for one Idempotency-Key', async () => {
    const body = { to: contact, image: png().toString('base64') };
    const headers = { 'idempotency-key': `once-${contact}` };
    const [first, second] = [
      await instance.key.post('/api/messages/image', body, headers),
      await instance.key.post('/api/messages/image', body, headers),
    ];
    expect(sent(first)).toBe(sent(second));
    await send('location', { latitude: 1, longitude: 2 });
    const phone = gateway.gateway.sandbox?.phone(contact);
    await gateway.person(contact).sees((message) => message.type === 'location');
    expect((await phone?.messages())?.map(({ type }) => type)).toEqual(['image', 'location']);
  });
});

describe('a file by URL', () => {
  it('is fetched by the runner, after redirects, and named after the URL', async () => {
    const bytes = pdf(300_000);
    serve = (request, response) =>
      request.url === '/go'
        ? response.writeHead(302, { location: '/files/R%C3%A9sum%C3%A9.pdf' }).end()
        : response.writeHead(200, { 'content-type': 'application/pdf' }).end(bytes);
    sent(await send('document', { document: `${base}/go`, caption: 'mine' }));
    const { message, file } = await received();
    expect(sha256(file())).toBe(sha256(bytes));
    expect(message.text).toBe('mine');
    const document = message.message.documentWithCaptionMessage?.message ?? message.message;
    expect(document.documentMessage?.fileName).toBe('Résumé.pdf');
  });

  it('takes its name from the URL, and its type from the answer when its bytes have none', async () => {
    serve = (_request, response) => response.writeHead(200, { 'content-type': 'text/csv' }).end('a,b\n1,2\n');
    sent(await send('document', { document: `${base}/reports/q1.csv?token=x` }));
    const { message, file } = await received();
    expect(file().toString()).toBe('a,b\n1,2\n');
    expect(message.message.documentMessage).toMatchObject({ fileName: 'q1.csv', mimetype: 'text/csv' });
  });

  it('fails with the reason when it is of another kind, too large, or not there', async () => {
    serve = (_request, response) => response.end(pdf());
    const kind = await send('image', { image: `${base}/x.png` });
    expect([kind.status, kind.body.error]).toEqual([400, 'VALIDATION_ERROR']);

    serve = (_request, response) => response.writeHead(200, { 'content-length': 17 * 1024 * 1024 }).write(png());
    const large = await send('image', { image: `${base}/x.png` });
    expect([large.status, large.body.error]).toEqual([400, 'VALIDATION_ERROR']);
    expect(large.body.message).toContain('larger');

    serve = (_request, response) => response.writeHead(404).end('gone');
    const missing = await send('image', { image: `${base}/x.png` });
    expect(missing.body).toMatchObject({
      error: 'MESSAGE_SEND_FAILED',
      details: { reason: 'MEDIA_NOT_FETCHED', status: 404 },
    });

    serve = (_request, response) => response.writeHead(302, { location: 'http://169.254.169.254/latest' }).end();
    const trap = await send('image', { image: `${base}/x.png` });
    expect([trap.status, trap.body.error]).toEqual([400, 'VALIDATION_ERROR']);
    expect(await gateway.gateway.sandbox?.phone(contact).messages()).toEqual([]);
  });
});

describe('bad input', () => {
  it.each([
    ['image', { image: gif().toString('base64') }],
    ['image', { image: pdf().toString('base64') }],
    ['image', { image: 'not base64!' }],
    ['image', { image: 'https://169.254.169.254/x.png' }],
    ['image', { image: 'http://example.com/x.png' }],
    ['image', { image: 'https://user:pw@example.com/x.png' }],
    ['image', { image: 'data:image/png,abc' }],
    ['image', { image: '' }],
    ['image', {}],
    ['image', { image: 5 }],
    ['video', { video: png().toString('base64') }],
    ['audio', { audio: png().toString('base64') }],
    ['document', { document: pdf().toString('base64'), mimetype: 'application/pdf\r\nX: y' }],
    ['document', { document: pdf().toString('base64'), filename: '' }],
    ['location', { latitude: 91, longitude: 0 }],
    ['location', { latitude: 0, longitude: -180.5 }],
    ['location', { latitude: '1', longitude: 2 }],
    ['location', { latitude: 1 }],
    ['contact', { contact: { name: ' ', phone: '6281234567890' } }],
    ['contact', { contact: { name: 'Jane' } }],
  ])('%s %o is refused at once', async (kind, body) => {
    const answer = await send(kind, body);
    expect([answer.status, answer.body.error]).toEqual([400, 'VALIDATION_ERROR']);
  });

  it('a contact card needs a phone number', async () => {
    const answer = await send('contact', { contact: { name: 'Jane', phone: '12' } });
    expect([answer.status, answer.body.error]).toEqual([400, 'INVALID_PHONE_NUMBER']);
  });
});

it('sends a place', async () => {
  const place = { latitude: -6.2088, longitude: 106.8456, name: 'Our Store', address: 'Jl. Sudirman No.1, Jakarta' };
  sent(await send('location', { ...place, isAutoReply: true }));
  const { message } = await received();
  expect(message.message.locationMessage).toMatchObject({
    ...{ degreesLatitude: -6.2088, degreesLongitude: 106.8456 },
    ...{ name: 'Our Store', address: 'Jl. Sudirman No.1, Jakarta' },
  });
});

it('sends a contact card, whatever is in the name', async () => {
  const name = 'Smith; Jane, \\ "JS"\nEND:VCARD';
  const id = sent(await send('contact', { contact: { name, phone: '+62 812-3456-7890' }, isAutoReply: true }));
  const { message } = await received();
  const card = message.message.contactMessage;
  expect(card?.displayName).toBe(name);
  expect(card?.vcard?.split('\n')).toEqual([
    'BEGIN:VCARD',
    'VERSION:3.0',
    'FN:Smith\\; Jane\\, \\\\ "JS" END:VCARD',
    'N:;Smith\\; Jane\\, \\\\ "JS" END:VCARD;;;',
    'TEL;type=CELL;type=VOICE;waid=6281234567890:+6281234567890',
    'END:VCARD',
  ]);
  const stored = await instance.key.get(`/api/messages/${id}`);
  expect(stored.body.data).toMatchObject({ type: 'contact', isAutoReply: true, status: expect.any(String) });
});
