import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sessionNumber } from '../../lib/core/model/instance.ts';
import { type Account, ApiRig, LINKED } from '../support/api-rig.ts';

let rig: ApiRig;
let account: Account;
let instanceId: string;
let id: string;
beforeAll(async () => {
  rig = await ApiRig.start();
  account = await rig.register();
  instanceId = await rig.instance(account, 'support', LINKED);
  id = sessionNumber(instanceId);
});
afterAll(() => rig.stop());

const call = (method: string, path: string, body?: unknown, as = account.token) => rig.call(method, path, body, { as });
const shown = (fields: object = {}) => ({
  ...{ id, phone: '6281234567890', actual_phone: '6281234567890@s.whatsapp.net', name: 'support', position: 0 },
  ...{ webhook_url: '', connected: true, logged_in: true, enabled: true, status: 'CONNECTED', ...fields },
});
const lastInput = () => rig.runner.seen.at(-1)?.input;

it('logs in by user name or e-mail, and says a wrong password in its form', async () => {
  for (const name of ['username', 'email']) {
    const { status, body } = await rig.call('POST', '/api/login', {
      [name]: account.email,
      password: account.password,
    });
    expect([status, body]).toEqual([
      200,
      {
        success: true,
        token: expect.any(String),
        user: { id: account.userId, username: account.email, role: 'admin' },
      },
    ]);
    expect((await call('GET', '/api/sessions', undefined, body.token)).status).toBe(200);
  }
  const wrong = await rig.call('POST', '/api/login', { username: account.email, password: 'wrong' });
  expect([wrong.status, wrong.body]).toMatchObject([401, { error: 'Unauthorized', message: expect.any(String) }]);
});

describe('sessions', () => {
  it('have ids of digits that never change, and are found by them, by name and by phone number', async () => {
    expect(id).toMatch(/^\d{10,15}$/);
    const listed = await call('GET', '/api/sessions');
    const data = [shown()];
    expect([listed.status, listed.body]).toEqual([200, { success: true, data, sessions: data, count: 1 }]);
    for (const name of [id, instanceId, 'support', '6281234567890', '+6281234567890']) {
      const one = await call('GET', `/api/sessions/${encodeURIComponent(name)}`);
      expect([name, one.status, one.body]).toEqual([name, 200, { success: true, data: shown() }]);
    }
    const absent = await call('GET', '/api/sessions/1234567890');
    expect([absent.status, absent.body]).toEqual([
      404,
      { success: false, error: 'Not Found', message: 'There is no such session.', code: 'RESOURCE_NOT_FOUND' },
    ]);
  });

  it('are created, renamed, given a webhook, and deleted', async () => {
    const own = await rig.register();
    const as = own.token;
    const body = { name: 'Business Support', webhook_url: 'https://myapp.com/webhook/business' };
    const made = await call('POST', '/api/sessions', body, as);
    expect([made.status, made.body]).toMatchObject([
      201,
      {
        ...{ success: true, name: 'Business Support', connected: false, logged_in: false },
        data: { webhook_url: body.webhook_url, webhook_secret: expect.stringMatching(/^whsec_/) },
      },
    ]);
    const path = `/api/sessions/${made.body.id}`;
    const renamed = await call('PUT', `${path}/name`, { name: 'Büro' }, as);
    expect([renamed.status, renamed.body]).toEqual([
      200,
      { success: true, message: 'Session name updated successfully', name: 'Büro' },
    ]);
    const changed = await call('PUT', `${path}/webhook`, { webhook_url: 'https://myapp.com/other' }, as);
    expect(changed.body).toMatchObject({ success: true, webhook_url: 'https://myapp.com/other' });
    expect((await call('GET', `${path}/webhook`, undefined, as)).body.data).toEqual({
      ...{ webhook_url: 'https://myapp.com/other', is_active: true },
    });
    const hooks = await call('GET', '/api/webhooks', undefined, as);
    expect(hooks.body.data.webhooks).toMatchObject([{ format: 'sessions', url: 'https://myapp.com/other' }]);
    expect((await call('PUT', `${path}/webhook`, { webhook_url: '' }, as)).status).toBe(200);
    expect((await call('GET', `${path}/webhook`, undefined, as)).status).toBe(404);
    expect((await call('GET', path, undefined, as)).body.data).toMatchObject({ name: 'Büro', webhook_url: '' });
    const gone = await call('DELETE', path, undefined, as);
    expect([gone.status, gone.body]).toEqual([200, { success: true, message: 'Session deleted successfully' }]);
    expect((await call('GET', path, undefined, as)).status).toBe(404);
  });

  it('are connected, disconnected without logging out, and logged out', async () => {
    for (const [action, message, operation] of [
      ['connect', 'Already connected', 'instance.connect'],
      ['login', 'Already connected', 'instance.connect'],
      ['disconnect', 'Session disconnected', 'instance.disconnect'],
      ['logout', 'Session logged out successfully', 'instance.logout'],
    ]) {
      const answer = await call('POST', `/api/sessions/${id}/${action}`);
      expect([action, answer.status, answer.body]).toEqual([action, 200, { success: true, message }]);
      await expect.poll(() => rig.runner.seen.at(-1)?.operation, { timeout: 20_000 }).toBe(operation);
    }
  });

  it('show their QR code', async () => {
    const own = await rig.register();
    const qr = { text: '2@x', expiresAt: new Date(Date.now() + 60_000).toISOString() };
    await rig.instance(own, 'new', { status: 'WAITING_FOR_SCAN', qr });
    const { status, body } = await call('GET', '/api/sessions/new/qr', undefined, own.token);
    const picture = expect.stringMatching(/^data:image\/png;base64,/);
    expect([status, body]).toEqual([
      200,
      { success: true, qr_code: picture, data: { qr: '2@x', qr_code: picture, timeout: expect.any(Number) } },
    ]);
  });
});

describe('messages', () => {
  const sent = (message: string) => {
    const messageId = expect.stringMatching(/^msg_3EB0[0-9A-F]{18}$/);
    const known = { id: messageId, message_id: messageId, timestamp: expect.any(Number), session: id };
    return { success: true, ...known, message, data: { ...known, status: 'sent' } };
  };
  const media = (url: string) => ({ media: { url } });

  it.each([
    ['send', { recipient: '6281381393739', message: 'Hello' }, 'Message', { text: 'Hello' }],
    ['send', { to: '6281381393739@s.whatsapp.net', message: 'Hello' }, 'Message', { text: 'Hello' }],
    [
      'send-image',
      { image_url: 'https://x.example/a.png', caption: 'c' },
      'Image',
      { caption: 'c', ...media('https://x.example/a.png') },
    ],
    ['send-image', { image: 'https://x.example/a.png' }, 'Image', media('https://x.example/a.png')],
    [
      'send-attachment',
      { file: 'https://x.example/a.pdf', filename: 'a.pdf' },
      'Attachment',
      { filename: 'a.pdf', ...media('https://x.example/a.pdf') },
    ],
    ['send-document', { document_url: 'https://x.example/a.pdf' }, 'Document', media('https://x.example/a.pdf')],
    ['send-file-url', { url: 'https://x.example/a.mp4', type: 'video' }, 'File', media('https://x.example/a.mp4')],
    ['send-location', { latitude: 1, longitude: 2, name: 'x' }, 'Location', { latitude: 1, longitude: 2, name: 'x' }],
  ])('%s %j', async (action, body, what, input) => {
    const answer = await call('POST', `/api/sessions/${id}/${action}`, { to: '6281381393739', ...body });
    expect([answer.status, answer.body]).toEqual([200, sent(`${what} sent successfully`)]);
    expect(lastInput()).toMatchObject({ to: '6281381393739@s.whatsapp.net', ...input });
  });

  it('are sent to groups, and from the session of a phone number', async () => {
    const group = '120363302171476233@g.us';
    const toGroup = await call('POST', `/api/sessions/${id}/send`, { recipient: group, message: 'x' });
    expect([toGroup.status, lastInput()]).toMatchObject([200, { to: group }]);
    for (const from of [{ phone: '6281234567890' }, { phone: id }, { session_id: id }]) {
      const answer = await call('POST', '/api/send', { ...from, recipient: '6281381393739', message: 'Hello' });
      expect([answer.status, answer.body]).toEqual([200, sent('Message sent successfully')]);
    }
    const absent = await call('POST', '/api/send', {
      phone: '6289999999999',
      recipient: '6281381393739',
      message: 'x',
    });
    expect([absent.status, absent.body.error]).toEqual([404, 'Not Found']);
  });

  it('say honestly what failed', async () => {
    const own = await rig.register();
    await rig.instance(own, 'off');
    const body = { recipient: '6281381393739', message: 'x' };
    const off = await call('POST', '/api/sessions/off/send', body, own.token);
    expect([off.status, off.body.error, off.body.code]).toEqual([409, 'Conflict', 'INSTANCE_NOT_CONNECTED']);
    const bad = await call('POST', `/api/sessions/${id}/send`, { message: 'x' });
    expect([bad.status, bad.body.error]).toEqual([400, 'Bad Request']);
  });
});

it('asks about numbers and lists groups', async () => {
  const number = '6281381393739';
  const found = { number, exists: true, jid: `${number}@s.whatsapp.net`, name: 'Business Name', profilePicture: null };
  rig.runner.behave(instanceId, 'contact.check', () => ({ state: 'done', output: { results: [found] } }));
  const checked = await call('POST', `/api/sessions/${id}/check-number`, { number });
  expect([checked.status, checked.body]).toEqual([
    200,
    {
      ...{ success: true, number, on_whatsapp: true, exists: true, jid: found.jid },
      ...{ verified: true, verified_name: 'Business Name' },
    },
  ]);
  const group = {
    ...{ groupId: '120363302171476233@g.us', subject: 'Family Group', owner: { phone: number, lid: null } },
    ...{ createdAt: null, size: 8, role: 'admin', announcement: false, locked: false, ephemeralSeconds: 0 },
    ...{ membersMayAdd: true, joinApproval: false, communityId: null, kind: 'group' },
  };
  const output = { groups: [group], total: 1, hasMore: false };
  rig.runner.behave(instanceId, 'group.list', () => ({ state: 'done', output }));
  const listed = await call('GET', `/api/sessions/${id}/groups`);
  expect([listed.status, listed.body]).toEqual([
    200,
    {
      ...{ success: true, count: 1 },
      groups: [
        {
          ...{ jid: group.groupId, name: 'Family Group', topic: '', description: '', owner: found.jid },
          ...{ participant_count: 8, is_admin: true, is_super_admin: false },
        },
      ],
    },
  ]);
});

it('shows conversations and contacts', async () => {
  const contact = { phone: '6281381393739', lid: null, name: 'Jane Doe' };
  await rig.runner.write(account.tenantId, instanceId, [{ kind: 'contact', id: 'pn:6281381393739', set: contact }]);
  const contacts = await call('GET', `/api/sessions/${id}/contacts`);
  expect(contacts.body.data).toContainEqual({
    ...{ jid: '6281381393739@s.whatsapp.net', name: 'Jane Doe', phone: '6281381393739' },
  });
  const conversations = await call('GET', `/api/sessions/${id}/conversations`);
  expect([conversations.status, conversations.body.success]).toEqual([200, true]);
});
