import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLocalMediaStore, type LocalMediaStore } from '../../lib/core/adapters/local/media-files.ts';
import type { Command, Outcome } from '../../lib/core/model/command.ts';
import { type Account, ApiRig, errorBody, ISO, LINKED, REQUEST_ID } from '../support/api-rig.ts';
import { opus, pdf, png } from '../support/sample-files.ts';

let rig: ApiRig;
let bare: ApiRig;
let folder: string;
let media: LocalMediaStore;
let account: Account;
let instanceId: string;
let key: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchboard-media-test-'));
  media = createLocalMediaStore(folder);
  rig = await ApiRig.start({ media });
  account = await rig.register();
  instanceId = await rig.instance(account, 'customer-service', LINKED);
  key = (await rig.key(account, 'customer-service')).text;
  const sent = (command: Command): Outcome => ({
    state: 'done',
    output: { messageId: `msg_${command.messageId}`, to: '', timestampMs: command.acceptedAtMs + 5 },
  });
  for (const kind of ['Image', 'Document', 'Audio', 'Video', 'Location', 'Contact']) {
    rig.runner.behave(instanceId, `message.send${kind}`, sent);
  }
});
afterAll(async () => {
  media.close();
  await rig.stop();
  await bare?.stop();
  await rm(folder, { recursive: true, force: true });
});

const meta = { request_id: REQUEST_ID, instanceName: 'customer-service' };
const MESSAGE_ID = expect.stringMatching(/^msg_3EB0[0-9A-F]{18}$/);
const to = '6281234567890';
const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  rig.call('POST', path, body, { as: key, headers });
const lastCommand = () => rig.runner.seen.at(-1) as Command;
const stored = async () =>
  (await readdir(join(folder, instanceId)).catch(() => [])).filter((name) => !name.endsWith('.json'));

describe('POST /api/messages/…', () => {
  it.each([
    ['image', { image: 'https://mystore.com/products/image123.jpg', caption: "Here's the product!" }],
    ['document', { document: 'https://mystore.com/invoice/12345.pdf', filename: 'Invoice_12345.pdf' }],
    ['audio', { audio: 'https://mystore.com/a.ogg' }],
    ['video', { video: 'https://mystore.com/a.mp4', caption: 'look', mimetype: 'video/mp4' }],
  ])('%s by URL: the command carries the URL', async (kind, body) => {
    const answer = await post(`/api/messages/${kind}`, { to, ...body });
    const said = { messageId: MESSAGE_ID, to, status: 'SENT', timestamp: ISO };
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({ success: true, data: said, meta });
    const { [kind]: url, ...fields } = body as Record<string, string>;
    expect(lastCommand().input).toEqual({ to: `${to}@s.whatsapp.net`, ...fields, media: { url } });
    const listed = await rig.call('GET', `/api/messages/${answer.body.data.messageId}`, undefined, { as: key });
    expect(listed.body.data).toMatchObject({
      type: kind,
      text: fields.caption ?? null,
      direction: 'sent',
      sentAt: ISO,
    });
  });

  it('image by base64: the file is stored beside the command, readable for its owner only', async () => {
    const bytes = png(50_000);
    const answer = await post('/api/messages/image', { to, image: bytes.toString('base64'), isAutoReply: true });
    expect([answer.status, answer.body.isAutoReply, answer.body.instanceName]).toEqual([201, true, 'customer-service']);
    const input = lastCommand().input as { media: { id: string }; mimetype: string };
    expect(JSON.stringify(input).length).toBeLessThan(300);
    expect(input.mimetype).toBe('image/png');
    const path = join(folder, instanceId, input.media.id);
    expect(await readFile(path)).toEqual(bytes);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('keeps no file of what it does not accept', async () => {
    const before = await stored();
    const off = await rig.instance(account, 'not-linked');
    const offKey = (await rig.key(account, 'not-linked')).text;
    const image = png().toString('base64');
    const refused = await rig.call('POST', '/api/messages/image', { to, image }, { as: offKey });
    expect([refused.status, refused.body.error]).toEqual([409, 'INSTANCE_NOT_CONNECTED']);
    expect(await readdir(join(folder, off)).catch(() => [])).toEqual([]);
    expect((await post('/api/messages/image', { to, image: pdf().toString('base64') })).status).toBe(400);
    expect((await post('/api/messages/image', { to: '12', image })).body.error).toBe('INVALID_PHONE_NUMBER');
    const headers = { 'idempotency-key': 'one-file' };
    const first = await post('/api/messages/image', { to, image }, headers);
    const again = await post('/api/messages/image', { to, image }, headers);
    expect(again.body.data.messageId).toBe(first.body.data.messageId);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect((await post('/api/messages/image', { to, image: png().toString('base64') }, headers)).status).toBe(422);
    expect(await stored()).toHaveLength(before.length + 1);
  });

  it('says that base64 is not possible on a gateway without a place for files', async () => {
    bare = await ApiRig.start();
    const owner = await bare.register();
    await bare.instance(owner, 'bare', LINKED);
    const as = (await bare.key(owner, 'bare')).text;
    const answer = await bare.call('POST', '/api/messages/audio', { to, audio: opus().toString('base64') }, { as });
    expect(answer.status).toBe(501);
    expect(answer.body).toEqual(errorBody('NOT_IMPLEMENTED', { instanceName: 'bare' }, { instanceName: 'bare' }));
  });

  it('judges a URL before anything is stored', async () => {
    const seen = rig.runner.seen.length;
    for (const image of ['https://10.0.0.1/a.png', 'http://localhost/a.png', 'https://example.com:22/a.png']) {
      const answer = await post('/api/messages/image', { to, image });
      expect(answer.status).toBe(400);
      expect(answer.body).toMatchObject({ error: 'VALIDATION_ERROR', details: [{ path: 'image' }] });
    }
    expect(rig.runner.seen).toHaveLength(seen);
  });

  it('location and contact', async () => {
    const place = { latitude: -6.2088, longitude: 106.8456, name: 'Our Store Location', address: 'Jl. Sudirman No.1' };
    expect((await post('/api/messages/location', { to, ...place, extra: 1 })).status).toBe(201);
    expect(lastCommand().input).toEqual({ to: `${to}@s.whatsapp.net`, ...place });
    const contact = { name: 'Jane', phone: '+62 812 3456 7890' };
    expect((await post('/api/messages/contact', { to, contact })).status).toBe(201);
    expect(lastCommand().input).toMatchObject({ contact: { name: 'Jane', phone: '6281234567890' } });
  });
});

describe('contacts', () => {
  it('lists what the runner has stored', async () => {
    await rig.runner.write(account.tenantId, instanceId, [
      { kind: 'contact', id: 'lid:1', set: { phone: '6281300000001', lid: '1', name: 'Jane Doe', pushName: 'JD' } },
      { kind: 'contact', id: 'lid:2', set: { phone: null, lid: '2', pushName: 'Élodie' } },
    ]);
    const answer = await rig.call('GET', '/api/contacts', undefined, { as: key });
    const jane = {
      ...{ jid: '6281300000001@s.whatsapp.net', phone: '6281300000001', lid: '1' },
      ...{ name: 'Jane Doe', pushName: 'JD', blocked: false },
    };
    const elodie = { jid: '2@lid', phone: null, lid: '2', name: 'Élodie', pushName: 'Élodie', blocked: false };
    expect(answer.body).toEqual({
      success: true,
      data: { contacts: [jane, elodie] },
      meta: { ...meta, pagination: { page: 1, per_page: 20, next_cursor: null, has_more: false } },
    });
    const found = await rig.call('GET', '/api/contacts?search=elod', undefined, { as: key });
    expect(found.body.data.contacts).toEqual([elodie]);
    const byName = await rig.call('GET', '/api/contacts?search=62813&per_page=1', undefined, { as: key });
    expect(byName.body.data.contacts).toEqual([jane]);
  });

  it.each(['block', 'unblock'])('%s', async (action) => {
    const output = { jid: `${to}@s.whatsapp.net`, blocked: action === 'block' };
    rig.runner.behave(instanceId, `contact.${action}`, () => ({ state: 'done', output }));
    const answer = await post(`/api/contacts/${action}`, { jid: to });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ success: true, data: output, meta });
    expect(lastCommand().input).toEqual({ jid: `${to}@s.whatsapp.net` });
    expect((await post(`/api/contacts/${action}`, { jid: '1203@g.us' })).body.error).toBe('VALIDATION_ERROR');
  });

  it('profile', async () => {
    const business = {
      ...{ description: 'We sell', category: 'Shop', email: 'a@example.com' },
      ...{ websites: ['https://example.com'], address: null },
    };
    const output = {
      ...{ jid: `${to}@s.whatsapp.net`, phone: to, lid: '1', name: 'Jane' },
      ...{ about: 'Hi', picture: 'https://pps.example/x', business },
    };
    rig.runner.behave(instanceId, 'contact.profile', () => ({ state: 'done', output }));
    const answer = await rig.call('GET', `/api/contacts/${to}@s.whatsapp.net/profile`, undefined, { as: key });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ success: true, data: output, meta });
    const gone = { code: 'RESOURCE_NOT_FOUND', message: 'There is no such contact.' } as const;
    rig.runner.behave(instanceId, 'contact.profile', () => ({ state: 'failed', error: gone }));
    expect((await rig.call('GET', `/api/contacts/${to}/profile`, undefined, { as: key })).status).toBe(404);
  });
});

describe('POST /api/contacts/check', () => {
  it('says who has an account', async () => {
    const results = [
      {
        number: '6281234567890',
        exists: true,
        jid: '6281234567890@s.whatsapp.net',
        name: 'John',
        profilePicture: null,
      },
      { number: '6281234567891', exists: false, jid: null, name: null, profilePicture: null },
    ];
    rig.runner.behave(instanceId, 'contact.check', () => ({ state: 'done', output: { results } }));
    const body = { numbers: ['+62 812-3456-7890', '6281234567891'] };
    const answer = await rig.call('POST', '/api/contacts/check', body, { as: key });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      success: true,
      instanceName: 'customer-service',
      results,
      data: { results },
      meta,
    });
    expect(rig.runner.seen.at(-1)?.input).toEqual({ numbers: ['6281234567890', '6281234567891'] });
  });

  it.each([
    [{ numbers: [] }, 'VALIDATION_ERROR'],
    [{ numbers: Array.from({ length: 51 }, () => '6281234567890') }, 'VALIDATION_ERROR'],
    [{ numbers: '6281234567890' }, 'VALIDATION_ERROR'],
    [{ numbers: ['6281234567890', 'x'] }, 'INVALID_PHONE_NUMBER'],
  ])('refuses %j', async (body, code) => {
    const answer = await rig.call('POST', '/api/contacts/check', body, { as: key });
    expect([answer.status, answer.body.error]).toEqual([400, code]);
  });

  it('times out when the session does not answer', async () => {
    const go = Promise.withResolvers<void>();
    rig.runner.behave(instanceId, 'contact.check', async () => {
      await go.promise;
      return { state: 'done', output: { results: [] } };
    });
    const headers = { prefer: 'wait=0' };
    const answer = await rig.call('POST', '/api/contacts/check', { numbers: ['6281234567890'] }, { as: key, headers });
    go.resolve();
    expect([answer.status, answer.body.error]).toEqual([504, 'COMMAND_TIMEOUT']);
  });
});
