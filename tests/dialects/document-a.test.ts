import { afterAll, beforeAll, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { type Account, type Answer, ApiRig, ISO, id, JWT, LINKED, REQUEST_ID } from '../support/api-rig.ts';
import { DOCUMENT_A } from '../support/document-a.ts';
import { ROUTES } from '../support/faces.ts';
import { GoldenPairs } from '../support/golden.ts';
import { startStubWebhooks } from '../support/webhooks.ts';

/**
 * A golden pair for every row of document A: document A2's envelope, with document A1's names beside `data` where A1
 * shows the row. The rows are called in the order in which a customer comes upon them.
 */
const documented = new Set(DOCUMENT_A.map(([method, path]) => `${method} ${path}`));
const golden = new GoldenPairs(ROUTES.filter(({ name }) => documented.has(name)));

let rig: ApiRig;
let hooks: Awaited<ReturnType<typeof startStubWebhooks>>;
let account: Account;
let key: string;
let instanceId: string;
beforeAll(async () => {
  rig = await ApiRig.start();
  hooks = startStubWebhooks(rig, () => ({ status: 200 }));
  account = await rig.register();
});
afterAll(async () => {
  await hooks?.stop();
  await rig.stop();
});

const NAME = 'customer-service';
const PATH = `/api/instances/${NAME}`;
const TO = '6281234567890';
const JID = `${TO}@s.whatsapp.net`;
const MESSAGE = expect.stringMatching(/^msg_3EB0[0-9A-F]{18}$/);
const COUNT = expect.any(Number);

/** As the signed-in user; as the key of the instance; as nobody. */
const call = (method: string, path: string, body?: unknown) => rig.call(method, path, body, { as: account.token });
const byKey = (method: string, path: string, body?: unknown) => rig.call(method, path, body, { as: key });
const open = (method: string, path: string, body?: unknown) => rig.call(method, path, body);

/** The answer is `data`, with A1's `names` beside it, and `meta` beyond the id of the request. */
function shows(answer: Answer, status: number, data: unknown, names: object = {}, meta: object = {}): void {
  golden.check(answer, status, { success: true, ...names, data, meta: { request_id: REQUEST_ID, ...meta } });
}
/** The same of a row about the instance. */
const ofInstance = (answer: Answer, status: number, data: unknown, names: object = {}, meta: object = {}) =>
  shows(answer, status, data, names, { instanceName: NAME, ...meta });
const gone = (answer: Answer) => golden.check(answer, 204, undefined);

const person = (email: string, name: string, more: object = {}) => ({
  ...{ id: id('user'), email, name, role: 'ADMINISTRATOR', subscriptionId: id('sub') },
  ...{ mustChangePassword: false, createdAt: ISO, ...more },
});
const subscription = (currentInstances = 0) => ({
  ...{ id: id('sub'), name: "John Doe's Subscription", tier: 'BASIC', maxInstances: 5, currentInstances },
});
const REFRESH = { refreshToken: expect.stringMatching(/^[\w-]{43}$/), refreshTokenExpiresAt: ISO };
const TOKENS = { token: JWT, tokenExpiresAt: ISO, ...REFRESH };

it('authentication', async () => {
  const credentials = { email: 'john@company.com', password: 'securePassword123' };
  const john = { user: person(credentials.email, 'John Doe'), subscription: subscription() };
  const signedIn = { ...john, mustChangePassword: false };
  const registered = await open('POST', '/api/auth/register', { ...credentials, name: 'John Doe' });
  shows(registered, 201, { ...signedIn, ...TOKENS }, { ...john, token: JWT });
  const loggedIn = await open('POST', '/api/auth/login', credentials);
  shows(loggedIn, 200, { ...signedIn, ...TOKENS }, { ...signedIn, token: JWT });
  const { refreshToken } = loggedIn.body.data;
  const refreshed = await open('POST', '/api/auth/refresh', { refreshToken });
  shows(refreshed, 200, { user: john.user, ...TOKENS }, { user: john.user, token: JWT });
  const as = { as: refreshed.body.token };
  shows(await rig.call('GET', '/api/auth/me', undefined, as), 200, john, john);
  const change = { currentPassword: credentials.password, newPassword: 'anotherPassword456' };
  const changed = await rig.call('POST', '/api/auth/change-password', change, as);
  const message = 'Password changed';
  shows(changed, 200, { message, ...TOKENS }, { message, token: JWT });
  const out = await rig.call('POST', '/api/auth/logout', undefined, { as: changed.body.token });
  shows(out, 200, { message: 'Logged out' }, { message: 'Logged out' });
});

it('users, the profile and the subscription', async () => {
  const sarah = person('sarah@company.com', 'Sarah Smith', { role: 'USER', mustChangePassword: true });
  const made = await call('POST', '/api/users', { email: sarah.email, name: 'Sarah Smith', role: 'USER' });
  const temporaryPassword = expect.stringMatching(/^\w{16}$/);
  shows(made, 201, { ...sarah, temporaryPassword }, { user: sarah, temporaryPassword });
  const self = person(account.email, 'John Doe');
  const pagination = { page: 1, per_page: 20, total: 2, total_pages: 1 };
  const users = { users: [self, sarah] };
  shows(await call('GET', '/api/users'), 200, users, users, { pagination });
  const path = `/api/users/${made.body.data.id}`;
  shows(await call('GET', path), 200, sarah, { user: sarah });
  const renamed = { ...sarah, name: 'Sarah Jones' };
  shows(await call('PUT', path, { name: 'Sarah Jones' }), 200, renamed, { user: renamed });
  gone(await call('DELETE', path));

  shows(await call('GET', '/api/profile'), 200, self, { user: self });
  const johnny = { ...self, name: 'Johnny Doe' };
  shows(await call('PUT', '/api/profile', { name: 'Johnny Doe' }), 200, johnny, { user: johnny });

  const own = { ...subscription(), createdAt: ISO };
  shows(await call('GET', '/api/subscription'), 200, own, { subscription: own });
  const usage = { tier: 'BASIC', limits: { maxInstances: 5, currentInstances: 0, remaining: 5 }, instances: [] };
  shows(await call('GET', '/api/subscription/usage'), 200, usage, { subscription: usage });
  const limits = { tier: 'BASIC', maxInstances: 5, currentInstances: 0, remaining: 5 };
  shows(await call('GET', '/api/subscription/limits'), 200, limits, { limits });
});

const SETTINGS = {
  ...{ autoReconnect: true, messageDelay: 1000, pacing: null, newChatDelay: 30_000, markOnline: false },
  ...{ rejectCalls: false, rejectCallsReply: null, readReceipts: true, mediaDownload: true },
  ...{ mediaMaxBytes: 16_777_216, proxy: null },
};
const instance = (more: object = {}) => ({
  ...{ id: id('inst'), name: NAME, environment: 'live', status: 'CONNECTED', phone: `+${TO}` },
  ...{ displayName: 'Customer Service', lastConnectedAt: LINKED.lastConnectedAt, settings: SETTINGS },
  ...{ createdAt: ISO, createdById: id('user'), ...more },
});
const STATUS = {
  ...{ name: NAME, environment: 'live', status: 'CONNECTED', phone: `+${TO}`, displayName: 'Customer Service' },
  ...{ lastConnectedAt: LINKED.lastConnectedAt, connectionAttempts: 0, nextRetry: null, lastError: null },
  ...{ lastErrorAt: null, uptime: null, qrCodeExpiry: null },
  account: { mayBeginChats: true, timeLock: null, newChats: null, refusedAt: null },
};

it('an instance and its link', async () => {
  const never = { status: 'DISCONNECTED', phone: null, displayName: null, lastConnectedAt: null };
  const made = await call('POST', '/api/instances', { name: NAME, settings: { messageDelay: 1000 } });
  shows(made, 201, instance(never), { instance: instance(never) });
  instanceId = made.body.data.id;
  const qr = { text: '2@abc,def', expiresAt: new Date(Date.now() + 60_000).toISOString() };
  await rig.runner.setState(account.tenantId, instanceId, { status: 'WAITING_FOR_SCAN', qr });
  const code = { qrCode: expect.stringMatching(/^data:image\/png;base64,/), expiresAt: qr.expiresAt };
  const shown = { ...code, qr: qr.text, status: 'WAITING_FOR_SCAN' };
  ofInstance(await call('GET', `${PATH}/qr`), 200, shown, { ...code, status: 'CONNECTING' });

  await rig.runner.setState(account.tenantId, instanceId, { ...LINKED, qr: null });
  const pagination = { page: 1, per_page: 20, total: 1, total_pages: 1 };
  shows(await call('GET', '/api/instances'), 200, { instances: [instance()] }, {}, { pagination });
  ofInstance(await call('GET', PATH), 200, instance(), { instance: instance() });
  const slower = instance({ settings: { ...SETTINGS, messageDelay: 2000 } });
  ofInstance(await call('PUT', PATH, { settings: { messageDelay: 2000 } }), 200, slower, { instance: slower });
  ofInstance(await call('GET', `${PATH}/status`), 200, STATUS, { instance: STATUS });
  ofInstance(await call('GET', `${PATH}/health`), 200, {
    ...{ status: 'HEALTHY', uptime: null, lastError: null, connectionQuality: 'UNKNOWN', messageQueueSize: 0 },
    ...{ memoryUsage: null, history: [] },
  });
  const restarted = { message: 'Instance restart initiated', instance: { name: NAME, status: 'CONNECTING' } };
  ofInstance(await call('POST', `${PATH}/restart`), 202, restarted, restarted);
});

it('keys of an instance', async () => {
  const permissions = [
    'message:send',
    'message:read',
    'contact:check',
    'contact:read',
    'contact:write',
    'instance:read',
  ];
  const made = await call('POST', `${PATH}/keys`, { name: 'Production API Key', permissions });
  const shown = {
    ...{ id: id('key'), name: 'Production API Key', hint: expect.stringMatching(/^cs_\w{4}$/), permissions },
    ...{ rateLimit: 1000, ipAllowList: [], createdAt: ISO, createdById: id('user'), expiresAt: null },
    ...{ revokedAt: null, lastUsedAt: null, previous: null },
  };
  const secret = { ...shown, key: expect.stringMatching(/^cs_\w{40}$/) };
  ofInstance(made, 201, secret, { apiKey: secret });
  key = made.body.apiKey.key;
  ofInstance(await call('GET', `${PATH}/keys`), 200, { keys: [shown] });
  const path = `${PATH}/keys/${made.body.apiKey.id}`;
  ofInstance(await call('PUT', path, { name: 'Main' }), 200, { ...shown, name: 'Main' });
  gone(await call('DELETE', `${PATH}/keys/${(await rig.key(account, NAME)).id}`));
});

it('the webhook of an instance', async () => {
  const url = 'https://your-app.com/webhook';
  const shown = {
    ...{ id: id('webhook'), url, events: ['message', 'status'], isActive: true, disabledReason: null },
    ...{ instanceName: NAME, format: 'a1', chatTypes: null, description: null, headers: [], oldSecretUntil: null },
    createdAt: ISO,
  };
  const made = await call('POST', `${PATH}/webhook`, { url, events: ['message', 'status'] });
  const secret = { ...shown, secret: expect.stringMatching(/^whsec_/) };
  ofInstance(made, 201, secret, { webhook: secret });
  ofInstance(await call('GET', `${PATH}/webhook`), 200, shown, { webhook: shown });
  const fewer = { ...shown, events: ['message'] };
  ofInstance(await call('PUT', `${PATH}/webhook`, { events: ['message'] }), 200, fewer, { webhook: fewer });
  ofInstance(await call('POST', `${PATH}/webhook/test`), 200, {
    ...{ delivered: true, deliveryId: expect.stringMatching(/^dlv_[0-9A-Z]{26}$/), eventId: id('evt') },
    ...{ status: 200, latencyMs: COUNT, response: 'ok', error: null },
  });
  gone(await call('DELETE', `${PATH}/webhook`));
});

it('messages', async () => {
  const file = 'https://example.com/file';
  const bodies: Record<string, { body: object; inA1: boolean }> = {
    text: { body: { text: 'Hello!' }, inA1: true },
    image: { body: { image: file, caption: 'Look' }, inA1: true },
    document: { body: { document: file, filename: 'a.pdf' }, inA1: true },
    audio: { body: { audio: file }, inA1: false },
    video: { body: { video: file, caption: 'Look' }, inA1: false },
    contact: { body: { contact: { name: 'Support', phone: '6281234567891' } }, inA1: false },
    location: { body: { latitude: -6.2088, longitude: 106.8456, name: 'Jakarta', address: 'Jl. X' }, inA1: true },
  };
  let messageId = '';
  for (const [type, { body, inA1 }] of Object.entries(bodies)) {
    const sent = await byKey('POST', `/api/messages/${type}`, { to: TO, ...body });
    const data = { messageId: MESSAGE, status: 'SENT', timestamp: ISO };
    ofInstance(sent, 201, { ...data, to: TO }, inA1 ? { ...data, instanceName: NAME } : {});
    messageId = sent.body.data.messageId;
  }
  ofInstance(
    await byKey('GET', '/api/messages?type=location'),
    200,
    {
      messages: [
        {
          ...{
            messageId,
            direction: 'sent',
            status: 'SENT',
            type: 'location',
            from: null,
            to: TO,
            chat: TO,
            phone: TO,
          },
          ...{ lid: null, authorName: null, text: null, media: null, quoted: null, contacts: [], poll: null },
          location: { latitude: -6.2088, longitude: 106.8456, name: 'Jakarta', address: 'Jl. X', isLive: false },
          ...{ reactions: [], isAutoReply: false, timestamp: ISO, editedAt: null, revokedAt: null },
        },
      ],
    },
    {},
    { pagination: { page: 1, per_page: 20, next_cursor: null, has_more: false } },
  );
  const told = { messageId, status: 'SENT', timestamp: ISO };
  const moments = { createdAt: ISO, sentAt: ISO, deliveredAt: null, readAt: null, failedAt: null, error: null };
  const status = await byKey('GET', `/api/messages/${messageId}/status`);
  ofInstance(status, 200, { ...told, direction: 'sent', to: TO, ...moments }, told);
  const output = { messageId: 'msg_3EB0C767D71D8A2B5F3E19', readAtMs: Date.parse('2024-01-01T10:00:00.000Z') };
  rig.runner.behave(instanceId, 'message.markRead', () => ({ state: 'done', output }));
  const read = await byKey('POST', `/api/messages/${output.messageId}/read`);
  ofInstance(read, 200, { messageId: output.messageId, status: 'READ', readAt: '2024-01-01T10:00:00.000Z' });
});

it('contacts', async () => {
  const found = { number: TO, exists: true, jid: JID, name: 'Ann', profilePicture: null };
  rig.runner.behave(instanceId, 'contact.check', () => ({ state: 'done', output: { results: [found] } }));
  const results = { results: [found] };
  const checked = await byKey('POST', '/api/contacts/check', { numbers: [TO] });
  ofInstance(checked, 200, results, { instanceName: NAME, ...results });
  const set = { phone: TO, lid: '77', name: 'Ann', pushName: 'A' };
  await rig.runner.write(account.tenantId, instanceId, [{ kind: 'contact', id: 'lid:77', set }]);
  const pagination = { page: 1, per_page: 20, next_cursor: null, has_more: false };
  const ann = { jid: JID, phone: TO, lid: '77', name: 'Ann', pushName: 'A', blocked: false };
  ofInstance(await byKey('GET', '/api/contacts'), 200, { contacts: [ann] }, {}, { pagination });
  for (const [action, blocked] of [
    ['block', true],
    ['unblock', false],
  ] as const) {
    rig.runner.behave(instanceId, `contact.${action}`, () => ({ state: 'done', output: { jid: JID, blocked } }));
    ofInstance(await byKey('POST', `/api/contacts/${action}`, { jid: JID }), 200, { jid: JID, blocked });
  }
  const profile = { jid: JID, phone: TO, lid: '77', name: 'Ann', about: 'Hi', picture: 'https://x/p', business: null };
  rig.runner.behave(instanceId, 'contact.profile', () => ({ state: 'done', output: profile }));
  ofInstance(await byKey('GET', `/api/contacts/${JID}/profile`), 200, profile);
});

it('statistics, the dashboard and the audit log', async () => {
  const counts = { sent: 0, received: 0, failed: 0, delivered: 0, read: 0, autoReplies: 0, apiCalls: COUNT };
  const days = Array.from({ length: 7 }, () => ({ date: expect.stringMatching(/^\d{4}-\d\d-\d\d$/), ...counts }));
  const summary = {
    ...{ totalSent: 0, totalReceived: 0, totalFailed: 0, messagesSent: 0, messagesReceived: 0, messagesFailed: 0 },
    ...{ messagesDelivered: 0, messagesRead: 0, autoReplies: 0, successRate: null, avgPerDay: 0, apiCalls: COUNT },
  };
  const stats = { period: '7days', summary, daily: days };
  for (const answer of [await byKey('GET', '/api/stats'), await call('GET', `${PATH}/stats`)]) {
    ofInstance(answer, 200, stats, { stats: { instanceName: NAME, ...stats } });
  }
  const now = { todayStats: counts, currentHour: counts, status: 'CONNECTED', uptime: null };
  ofInstance(await byKey('GET', '/api/stats/real-time'), 200, now);

  const overview = {
    subscription: {
      ...{ name: "John Doe's Subscription", tier: 'BASIC' },
      usage: { instances: '1/5', monthlyMessages: '0', apiCalls: expect.stringMatching(/^\d+$/) },
    },
    instances: [
      {
        ...{ name: NAME, status: 'CONNECTED', phone: `+${TO}`, owner: 'Johnny Doe' },
        ...{ todayStats: { sent: 0, received: 0, failed: 0 }, uptime: null },
      },
    ],
    recentActivity: Array.from({ length: 10 }, () => ({
      ...{ action: expect.stringMatching(/^[A-Z_]+$/), instance: expect.toBeOneOf([null, NAME]), timestamp: ISO },
    })),
  };
  shows(await call('GET', '/api/dashboard/overview'), 200, overview, { dashboard: overview });
  const changed = {
    ...{ id: expect.stringMatching(/^aud_[0-9A-Z]{26}$/), action: 'UPDATE_INSTANCE', timestamp: ISO },
    ...{ actor: { id: account.userId, kind: 'user', name: 'Johnny Doe' }, userAgent: null, address: null },
    target: { id: instanceId, kind: 'instance', name: NAME },
    ...{ before: { settings: { messageDelay: 1000 } }, after: { settings: { messageDelay: 2000 } } },
  };
  const log = await call('GET', '/api/audit/logs?action=UPDATE_INSTANCE');
  const logs = { logs: [changed] };
  shows(log, 200, logs, logs, { pagination: { page: 1, per_page: 20, next_cursor: null, has_more: false } });
});

it('what a key may know, and the system', async () => {
  const info = await byKey('GET', '/api/instance/info');
  const apiKey = {
    ...{ name: 'Main', permissions: expect.arrayContaining(['message:send', 'instance:read']), rateLimit: 1000 },
    ...{ usageCount: COUNT, resetAt: ISO },
  };
  ofInstance(info, 200, { instance: STATUS, apiKey }, { instance: STATUS, apiKey });
  const quota = { limit: 1000, used: COUNT, remaining: COUNT, resetAt: ISO };
  ofInstance(await byKey('GET', '/api/instance/limits'), 200, {
    ...{ rateLimit: quota, reads: quota },
    subscription: { tier: 'BASIC', instancesUsed: 1, instancesLimit: 5, monthlyMessages: 0 },
  });
  const { version } = packageJson;
  shows(await open('GET', '/api/health'), 200, { status: 'OK', timestamp: ISO, version, uptime: '0h 0m' });
  shows(await open('GET', '/api/version'), 200, { name: 'switchboard', version });
});

it('the end of an instance', async () => {
  const out = { message: 'Instance logged out', instance: { name: NAME, status: 'CONNECTED' } };
  ofInstance(await call('POST', `${PATH}/logout`), 200, out, out);
  gone(await call('DELETE', PATH));
});

it('has a golden pair for every row', () => expect(golden.missing).toEqual([]));
