import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publicMessageId } from '../../lib/core/model/ids.ts';
import { sessionNumber } from '../../lib/core/model/instance.ts';
import { type Account, ApiRig, ISO, JWT, LINKED } from '../support/api-rig.ts';
import { GoldenPairs, rowsOf } from '../support/golden.ts';

const golden = new GoldenPairs(rowsOf('sessions'));
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
const NUMBER = '6281381393739';
const JID = `${NUMBER}@s.whatsapp.net`;
const WHATSAPP_ID = '3EB0C767D71D8A2B5F3E19';
const MESSAGE = publicMessageId(WHATSAPP_ID);
const DIGITS = expect.stringMatching(/^\d{10,15}$/);
const SECRET = expect.stringMatching(/^whsec_/);
const lastInput = () => rig.runner.seen.at(-1)?.input;

describe('accounts', () => {
  const signedIn = (user: object) => ({ success: true, token: JWT, user: { id: expect.any(String), ...user } });

  it('are entered by e-mail address, and a wrong password is said in its form', async () => {
    for (const name of ['username', 'email']) {
      const answer = await rig.call('POST', '/api/login', { [name]: account.email, password: account.password });
      golden.check(answer, 200, signedIn({ id: account.userId, username: account.email, role: 'admin' }));
      expect((await call('GET', '/api/sessions', undefined, answer.body.token)).status).toBe(200);
    }
    const wrong = await rig.call('POST', '/api/login', { username: account.email, password: 'wrong' });
    golden.check(wrong, 401, {
      ...{ success: false, error: 'Unauthorized', message: expect.any(String), code: 'AUTHENTICATION_ERROR' },
    });
  });

  it('have user names that are no e-mail addresses, each one once', async () => {
    const password = 'a-long-password';
    const body = { username: 'Admin', email: 'admin@example.com', password };
    const user = { username: 'admin', role: 'admin' };
    const made = await rig.call('POST', '/api/register', body);
    golden.check(made, 201, { ...signedIn(user), message: 'User registered successfully' });
    golden.check(await rig.call('POST', '/api/login', { username: 'ADMIN', password }), 200, signedIn(user));
    const native = await rig.call('POST', '/api/auth/login', { username: 'admin', password });
    expect([native.status, native.body.data.user.username]).toEqual([200, 'admin']);

    const again = await rig.call('POST', '/api/register', { ...body, email: 'other@example.com' });
    expect([again.status, again.body.error]).toEqual([409, 'Conflict']);
    expect((await rig.call('POST', '/api/login', { username: 'other@example.com', password })).status).toBe(401);
    const alone = await rig.call('POST', '/api/register', { username: 'nobody', password });
    expect([alone.status, alone.body.details]).toMatchObject([400, [{ path: 'email' }]]);

    const as = made.body.token as string;
    const taken = await rig.call('PUT', '/api/profile', { username: 'admin' }, { as: account.token });
    expect([taken.status, taken.body.error]).toEqual([409, 'RESOURCE_ALREADY_EXISTS']);
    for (const username of ['a@b.example', 'ab', '-ab', 'a b c']) {
      expect([username, (await rig.call('PUT', '/api/profile', { username }, { as })).status]).toEqual([username, 400]);
    }
    expect((await rig.call('PUT', '/api/profile', { username: 'root' }, { as })).body.data.username).toBe('root');
    expect((await rig.call('POST', '/api/login', { username: 'admin', password })).status).toBe(401);
    expect((await rig.call('POST', '/api/login', { username: 'root', password })).status).toBe(200);
    expect((await rig.call('PUT', '/api/profile', { username: 'admin' }, { as: account.token })).status).toBe(200);
    expect((await rig.call('PUT', '/api/profile', { username: null }, { as })).body.data.username).toBeUndefined();
    expect((await rig.call('POST', '/api/login', { username: 'root', password })).status).toBe(401);
  });
});

describe('sessions', () => {
  it('have ids of digits that never change, and are found by them, by name and by phone number', async () => {
    expect(id).toMatch(/^\d{10,15}$/);
    const listed = await call('GET', '/api/sessions');
    const data = [shown()];
    golden.check(listed, 200, { success: true, data, sessions: data, count: 1 });
    for (const name of [id, instanceId, 'support', '6281234567890', '+6281234567890']) {
      const one = await call('GET', `/api/sessions/${encodeURIComponent(name)}`);
      golden.check(one, 200, { success: true, data: shown() });
    }
    const absent = await call('GET', '/api/sessions/1234567890');
    golden.check(absent, 404, {
      success: false,
      error: 'Not Found',
      message: 'There is no such session.',
      code: 'RESOURCE_NOT_FOUND',
    });
  });

  it('are created, renamed, given a webhook, and deleted', async () => {
    const own = await rig.register();
    const as = own.token;
    const body = { name: 'Business Support', webhook_url: 'https://myapp.com/webhook/business' };
    const made = await call('POST', '/api/sessions', body, as);
    const newSession = {
      ...shown({
        name: 'Business Support',
        webhook_url: body.webhook_url,
        actual_phone: '',
        status: expect.any(String),
      }),
      ...{ id: DIGITS, phone: DIGITS, connected: false, logged_in: false },
    };
    golden.check(made, 201, {
      ...{ success: true, message: 'Session created successfully', ...newSession },
      data: { ...newSession, webhook_secret: SECRET },
    });
    const path = `/api/sessions/${made.body.id}`;
    const renamed = await call('PUT', `${path}/name`, { name: 'Büro' }, as);
    golden.check(renamed, 200, { success: true, message: 'Session name updated successfully', name: 'Büro' });
    const changed = await call('PUT', `${path}/webhook`, { webhook_url: 'https://myapp.com/other' }, as);
    const url = { webhook_url: 'https://myapp.com/other' };
    golden.check(changed, 200, { success: true, message: 'Webhook updated successfully', ...url });
    const hook = await call('GET', `${path}/webhook`, undefined, as);
    golden.check(hook, 200, { success: true, data: { ...url, is_active: true } });
    const hooks = await call('GET', '/api/webhooks', undefined, as);
    expect(hooks.body.data.webhooks).toMatchObject([{ format: 'sessions', url: 'https://myapp.com/other' }]);
    expect((await call('PUT', `${path}/webhook`, { webhook_url: '' }, as)).status).toBe(200);
    const renewed = await call('PUT', `${path}/webhook`, url, as);
    golden.check(renewed, 200, {
      ...{ success: true, message: 'Webhook updated successfully', ...url, webhook_secret: SECRET },
    });
    const unhooked = await call('DELETE', `${path}/webhook`, undefined, as);
    golden.check(unhooked, 200, { success: true, message: 'Webhook deleted successfully' });
    expect((await call('GET', `${path}/webhook`, undefined, as)).status).toBe(404);
    expect((await call('GET', path, undefined, as)).body.data).toMatchObject({ name: 'Büro', webhook_url: '' });
    const gone = await call('DELETE', path, undefined, as);
    golden.check(gone, 200, { success: true, message: 'Session deleted successfully' });
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
      golden.check(answer, 200, { success: true, message });
      await expect.poll(() => rig.runner.seen.at(-1)?.operation).toBe(operation);
    }
  });

  it('show their QR code', async () => {
    const own = await rig.register();
    const qr = { text: '2@x', expiresAt: new Date(Date.now() + 60_000).toISOString() };
    await rig.instance(own, 'new', { status: 'WAITING_FOR_SCAN', qr });
    const answer = await call('GET', '/api/sessions/new/qr', undefined, own.token);
    const picture = expect.stringMatching(/^data:image\/png;base64,/);
    const data = { qr: '2@x', qr_code: picture, timeout: expect.any(Number) };
    golden.check(answer, 200, { success: true, qr_code: picture, data });
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
    ['reply', { message: 'Yes', quoted_message_id: MESSAGE }, 'Reply', { text: 'Yes', quotedMessageId: WHATSAPP_ID }],
  ])('%s %j', async (action, body, what, input) => {
    const answer = await call('POST', `/api/sessions/${id}/${action}`, { to: '6281381393739', ...body });
    golden.check(answer, 200, sent(`${what} sent successfully`));
    expect(lastInput()).toMatchObject({ to: '6281381393739@s.whatsapp.net', ...input });
  });

  it.each([
    [
      'send-image',
      { image_url: 'https://x.example/a.png', caption: '' },
      { media: { url: 'https://x.example/a.png' } },
    ],
    [
      'send-document',
      { document_url: 'https://x.example/a.pdf', filename: '' },
      { media: { url: 'https://x.example/a.pdf' } },
    ],
    ['send-location', { latitude: 1, longitude: 2, name: '' }, { latitude: 1, longitude: 2 }],
  ])('%s without what the n8n node leaves empty', async (action, body, input) => {
    const answer = await call('POST', `/api/sessions/${id}/${action}`, { to: '6281381393739', ...body });
    expect([answer.status, lastInput()]).toEqual([200, { to: '6281381393739@s.whatsapp.net', ...input }]);
  });

  it('are forwarded', async () => {
    const first = await call('POST', `/api/sessions/${id}/send`, { to: '6281381393739', message: 'First' });
    const body = { to: '6281381393740', message_id: first.body.id, text: 'First' };
    const answer = await call('POST', `/api/sessions/${id}/forward`, body);
    golden.check(answer, 200, sent('Message forwarded successfully'));
    const messageId = first.body.id.replace('msg_', '');
    expect(lastInput()).toEqual({ to: '6281381393740@s.whatsapp.net', messageId });
  });

  it.each([
    ['read', { message_id: 'here' }, { message: 'Message marked as read' }, { messageId: 'here' }],
    ['typing', { to: NUMBER }, { message: 'Typing indicator sent' }, { chat: JID, state: 'typing', seconds: 60 }],
    ['typing', { to: NUMBER, typing: true }, { message: 'Typing indicator sent' }, { chat: JID, state: 'typing' }],
    ['typing', { to: NUMBER, typing: false }, { message: 'Typing indicator stopped' }, { chat: JID, state: 'stopped' }],
    ['stop-typing', { recipient: NUMBER }, { message: 'Typing indicator stopped' }, { chat: JID, state: 'stopped' }],
    [
      'presence',
      { status: 'unavailable' },
      { message: 'Presence updated successfully', data: { status: 'unavailable' } },
      { presence: 'unavailable' },
    ],
    ['set-online', undefined, { message: 'Session set to online' }, { presence: 'available' }],
  ])('%s %j', async (action, body, said, input) => {
    rig.runner.behave(instanceId, 'presence.set', ({ input: output }) => ({ state: 'done', output }));
    rig.runner.behave(instanceId, 'message.markRead', () => ({
      state: 'done',
      output: { messageId: 'here', readAtMs: 1 },
    }));
    golden.check(await call('POST', `/api/sessions/${id}/${action}`, body), 200, { success: true, ...said });
    expect(lastInput()).toMatchObject(input);
  });

  it('are sent to groups, and from the session of a phone number', async () => {
    const group = '120363302171476233@g.us';
    const toGroup = await call('POST', `/api/sessions/${id}/send`, { recipient: group, message: 'x' });
    expect([toGroup.status, lastInput()]).toMatchObject([200, { to: group }]);
    for (const from of [{ phone: '6281234567890' }, { phone: id }, { session_id: id }]) {
      const answer = await call('POST', '/api/send', { ...from, recipient: '6281381393739', message: 'Hello' });
      golden.check(answer, 200, sent('Message sent successfully'));
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
  const found = { number: NUMBER, exists: true, jid: JID, name: 'Business Name', profilePicture: null };
  rig.runner.behave(instanceId, 'contact.check', () => ({ state: 'done', output: { results: [found] } }));
  for (const [action, body] of [
    ['check-number', { number: NUMBER }],
    ['check-phone', { to: NUMBER }],
  ] as const) {
    golden.check(await call('POST', `/api/sessions/${id}/${action}`, body), 200, {
      ...{ success: true, number: NUMBER, on_whatsapp: true, exists: true, jid: JID },
      ...{ verified: true, verified_name: 'Business Name' },
    });
  }
  const group = {
    ...{ groupId: '120363302171476233@g.us', subject: 'Family Group', owner: { phone: NUMBER, lid: null } },
    description: 'Family chat group',
    ...{ createdAt: null, size: 8, role: 'admin', announcement: false, locked: false, ephemeralSeconds: 0 },
    ...{ membersMayAdd: true, joinApproval: false, communityId: null, kind: 'group' },
  };
  const output = { groups: [group], total: 1, hasMore: false };
  rig.runner.behave(instanceId, 'group.list', () => ({ state: 'done', output }));
  const listed = await call('GET', `/api/sessions/${id}/groups`);
  golden.check(listed, 200, {
    ...{ success: true, count: 1 },
    groups: [
      {
        ...{ jid: group.groupId, name: 'Family Group', topic: 'Family chat group' },
        ...{ description: 'Family chat group', owner: JID },
        ...{ participant_count: 8, is_admin: true, is_super_admin: false },
      },
    ],
  });
});

it('shows conversations and contacts', async () => {
  const own = await rig.register();
  const itsId = await rig.instance(own, 'chatty', LINKED);
  const last = {
    id: WHATSAPP_ID,
    fromMe: false,
    address: { remoteJid: JID },
    type: 'text',
    text: 'Hi',
    timestampMs: 1,
  };
  await rig.runner.write(own.tenantId, itsId, [
    { kind: 'contact', id: `pn:${NUMBER}`, set: { phone: NUMBER, lid: null, name: 'Jane Doe' } },
    { kind: 'chat', id: JID, set: { name: 'Jane Doe', lastMessageAtMs: 1_700_000_000_000, lastMessage: last } },
  ]);
  const contact = { jid: JID, name: 'Jane Doe', phone: NUMBER };
  const contacts = await call('GET', '/api/sessions/chatty/contacts', undefined, own.token);
  golden.check(contacts, 200, { success: true, data: [contact], contacts: [contact], count: 1 });
  const chat = {
    ...{ jid: JID, name: 'Jane Doe', is_group: false, unread_count: 0, last_message_id: MESSAGE, last_message: 'Hi' },
    ...{ last_message_time: ISO, is_pinned: false, is_archived: false, is_muted: false },
  };
  const conversations = await call('GET', '/api/sessions/chatty/conversations', undefined, own.token);
  golden.check(conversations, 200, { success: true, data: [chat], count: 1 });
});

it('has a golden pair for every row', () => expect(golden.missing).toEqual([]));

it('answers the health check by which the n8n node tests its key, and is open to who shows none', async () => {
  const { text } = await rig.key(account, 'support', ['message:send']);
  const health = async (headers: Record<string, string>) => {
    const { status, body } = await rig.call('GET', '/api/health', undefined, { headers });
    return [status, body.data?.status ?? body.error];
  };
  expect(await health({})).toEqual([200, 'OK']);
  for (const good of [text, account.token])
    expect(await health({ authorization: `Bearer ${good}` })).toEqual([200, 'OK']);
  expect(await health({ 'x-api-key': text })).toEqual([200, 'OK']);
  for (const bad of ['wrong', `${text}x`, `${account.token}x`]) {
    expect(await health({ authorization: `Bearer ${bad}` })).toEqual([401, 'AUTHENTICATION_ERROR']);
    expect(await health({ 'x-api-key': bad })).toEqual([401, 'AUTHENTICATION_ERROR']);
  }
});
