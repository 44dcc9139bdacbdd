import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WebhookLoop } from '../../functions/webhooks/loop.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { ApiRig, ISO, id } from '../support/api-rig.ts';
import { GatewayClient } from '../support/gateway-face.ts';
import { GoldenPairs, rowsOf } from '../support/golden.ts';
import { aDelivery, startStubWebhooks } from '../support/webhooks.ts';

const golden = new GoldenPairs(rowsOf('gateway', 'gateway-management'));
let rig: ApiRig;
let client: GatewayClient;
let webhooks: WebhookLoop;
let answerOfHooks = 200;
beforeAll(async () => {
  rig = await ApiRig.start();
  webhooks = startStubWebhooks(rig, () => ({ status: answerOfHooks }));
  client = await GatewayClient.start(rig);
});
afterAll(async () => {
  await webhooks.stop();
  await rig.stop();
});

const shown = () => ({
  ...{ id: client.instanceId, name: 'my-instance', instanceName: 'my-instance', phoneNumber: '6281234567890' },
  ...{ status: 'connected', detail: 'CONNECTED', isActive: true, createdAt: ISO, updatedAt: ISO },
});

describe('authentication', () => {
  it('generates a key for a signed-in administrator, and for nobody else', async () => {
    const { token } = client.account;
    const made = await rig.call('POST', '/api/auth/generate-key', { name: 'My API Key' }, { as: token });
    golden.check(made, 201, {
      success: true,
      data: {
        name: 'My API Key',
        apiKey: expect.stringMatching(/^account_[0-9A-Za-z]{40}$/),
        ...{ permissions: ['read', 'write'], createdAt: ISO },
      },
      message: expect.any(String),
    });
    const member = await rig.member(client.account);
    const refused = await rig.call('POST', '/api/auth/generate-key', { name: 'x' }, { as: member.token });
    expect([refused.status, refused.body.code]).toEqual([403, 'PERMISSION_DENIED']);
    const nobody = await rig.call('POST', '/api/auth/generate-key', { name: 'x' });
    expect([nobody.status, nobody.body.success]).toEqual([401, false]);
  });

  it('lets a key that may only read do nothing else', async () => {
    const { token } = client.account;
    const made = await rig.call('POST', '/api/auth/generate-key', { name: 'r', permissions: ['read'] }, { as: token });
    const headers = { 'x-api-key': made.body.data.apiKey };
    expect((await rig.call('GET', '/api/instance', undefined, { headers })).status).toBe(200);
    const body = { instanceId: 'my-instance', to: '6281234567890', message: 'x' };
    for (const [method, path, given] of [
      ['POST', '/api/message/send/text', body],
      ['POST', '/api/instance/create', { name: 'x' }],
      ['DELETE', '/api/instance/my-instance', undefined],
    ] as const) {
      expect([path, (await rig.call(method, path, given, { headers })).status]).toEqual([path, 403]);
    }
  });

  it('says what is missing in the words of the document', async () => {
    const none = await rig.call('GET', '/api/instance');
    golden.check(none, 401, { success: false, error: 'API key is required', code: 'AUTHENTICATION_ERROR' });
    const wrong = await client.call('GET', '/api/instance', undefined, { 'x-api-key': 'wrong' });
    expect([wrong.status, wrong.body.error]).toEqual([401, 'Invalid API key']);
  });

  it('says how much of the quota is left, and refuses what is more in the words of the document', async () => {
    const { token } = client.account;
    const made = await rig.call(
      'POST',
      '/api/keys',
      { name: 's', permissions: ['instance:read'], rateLimit: 1 },
      { as: token },
    );
    const headers = { 'x-api-key': made.body.data.key };
    const first = await rig.call('GET', '/api/instance', undefined, { headers });
    expect(first.status).toBe(200);
    expect(first.headers.get('ratelimit-limit')).toBe('1');
    expect(first.headers.get('ratelimit-remaining')).toBe('0');
    expect(Number(first.headers.get('ratelimit-reset'))).toBeGreaterThan(0);
    const second = await rig.call('GET', '/api/instance', undefined, { headers });
    expect([second.status, second.body.error]).toEqual([429, 'Too many requests, please try again later']);
    expect(second.headers.get('ratelimit-remaining')).toBe('0');
  });
});

describe('instances', () => {
  it('creates one of any name, with its webhook', async () => {
    const own = await GatewayClient.start(rig);
    const body = { name: 'My First Instance', webhookUrl: 'https://your-webhook.com/webhook' };
    const made = await own.call('POST', '/api/instance/create', body);
    golden.check(made, 201, {
      success: true,
      data: {
        ...{ id: id('inst'), name: 'My First Instance', instanceName: 'my-first-instance', phoneNumber: null },
        ...{ status: 'disconnected', detail: 'DISCONNECTED', isActive: false, createdAt: ISO, updatedAt: null },
        ...{ webhookUrl: body.webhookUrl, webhookSecret: expect.stringMatching(/^whsec_/) },
      },
      message: 'Instance created successfully. Please scan the QR code.',
    });
    const again = await own.call('POST', '/api/instance/create', { name: 'My First Instance' });
    expect(again.body.data.instanceName).toMatch(/^my-first-instance-[0-9a-z]{5}$/);
    for (const path of [made.body.data.id, 'my-first-instance', 'My-First-Instance']) {
      const found = await own.call('GET', `/api/instance/${path}/status`);
      expect([found.status, found.body.data.id]).toEqual([200, made.body.data.id]);
    }
    const hooks = await rig.call('GET', '/api/webhooks', undefined, { as: own.account.token });
    expect(hooks.body.data.webhooks).toMatchObject([{ url: body.webhookUrl, format: 'gateway', events: ['*'] }]);
  });

  it('creates one under the id that the client gives, once', async () => {
    const own = await GatewayClient.start(rig);
    await rig.call('DELETE', '/api/instances/my-instance', undefined, { as: own.account.token });
    const body = { id: 'shop_1', name: 'Our shop', phoneNumber: '6281234567890' };
    const made = await own.call('POST', '/api/instance/create', body);
    expect([made.status, made.body.data]).toMatchObject([201, { name: 'Our shop', instanceName: 'shop_1' }]);
    const again = await own.call('POST', '/api/instance/create', body);
    expect([409, 403]).toContain(again.status);
    expect((await own.call('GET', '/api/instance/shop_1/status')).body.data.id).toBe(made.body.data.id);
    expect((await own.call('POST', '/api/instance/create', { id: 'a/b', name: 'x' })).status).toBe(400);
  });

  it('gives one another webhook, and takes it away', async () => {
    const own = await GatewayClient.start(rig);
    const put = (body: object) => own.call('PUT', '/api/instance/my-instance', body);
    const hooks = async () =>
      (await rig.call('GET', '/api/webhooks', undefined, { as: own.account.token })).body.data.webhooks;
    const made = await put({ webhookUrl: 'https://your-webhook.com/one' });
    expect(made.body.data.webhookSecret).toMatch(/^whsec_/);
    expect(await hooks()).toMatchObject([{ url: 'https://your-webhook.com/one', format: 'gateway', events: ['*'] }]);
    const moved = await put({ name: 'Moved', webhookUrl: 'https://your-webhook.com/two' });
    expect(moved.body.data).toMatchObject({ name: 'Moved', instanceName: 'my-instance' });
    expect(moved.body.data).not.toHaveProperty('webhookSecret');
    expect(await hooks()).toMatchObject([{ url: 'https://your-webhook.com/two' }]);
    const refused = await put({ name: 'Not this', webhookUrl: 'http://169.254.169.254/' });
    expect([refused.status, refused.body.code]).toEqual([400, 'VALIDATION_ERROR']);
    expect((await own.call('GET', '/api/instance/my-instance/info')).body.data.name).toBe('Moved');
    await put({ webhookUrl: null });
    expect(await hooks()).toEqual([]);
    expect((await put({})).status).toBe(400);
  });

  it('makes none when the address of its webhook is refused', async () => {
    const own = await GatewayClient.start(rig);
    const refused = await own.call('POST', '/api/instance/create', {
      name: 'x',
      webhookUrl: 'http://169.254.169.254/',
    });
    expect([refused.status, refused.body.code]).toEqual([400, 'VALIDATION_ERROR']);
    expect((await own.call('GET', '/api/instance')).body.count).toBe(1);
  });

  it('lists them, and says how one does', async () => {
    const listed = await client.call('GET', '/api/instance');
    golden.check(listed, 200, { success: true, data: [shown()], count: 1 });
    for (const what of ['status', 'info']) {
      const one = await client.call('GET', `/api/instance/my-instance/${what}`);
      golden.check(one, 200, { success: true, data: shown() });
    }
  });

  it.each([
    ['CONNECTED', 'connected'],
    ['CONNECTING', 'connecting'],
    ['RECONNECTING', 'connecting'],
    ['WAITING_FOR_SCAN', 'qr'],
    ['DISCONNECTED', 'disconnected'],
    ['LOGGED_OUT', 'disconnected'],
    ['CONFLICT', 'disconnected'],
    ['BANNED', 'disconnected'],
    ['ERROR', 'disconnected'],
  ] as const)('calls %s %s', async (status, word) => {
    const own = await GatewayClient.start(rig, { status });
    const { body } = await own.call('GET', '/api/instance/my-instance/status');
    expect(body.data).toMatchObject({ status: word, detail: status });
  });

  it('shows the QR code and the pairing code', async () => {
    const expiresAt = new Date(Date.now() + 60_000).toISOString();
    const [qr, pairingCode] = [
      { text: '2@x', expiresAt },
      { code: 'ABCD1234', phone: '6281234567890', expiresAt },
    ];
    const own = await GatewayClient.start(rig, { status: 'WAITING_FOR_SCAN', qr, pairingCode });
    const code = await own.call('GET', '/api/instance/my-instance/qr');
    golden.check(code, 200, {
      success: true,
      data: {
        qrCode: expect.stringMatching(/^data:image\/png;base64,/),
        qr: '2@x',
        expiresAt,
        message: expect.any(String),
      },
    });
    const paired = await own.call('POST', '/api/instance/my-instance/pairing-code', { phoneNumber: '6281234567890' });
    const message = 'Enter this code on the phone: Linked devices.';
    const data = { pairingCode: 'ABCD1234', code: 'ABCD1234', expiresAt, message };
    golden.check(paired, 200, { success: true, data });
    const linked = await client.call('GET', '/api/instance/my-instance/qr');
    expect([linked.status, linked.body.code]).toEqual([409, 'INVALID_STATE']);
  });

  it('renames, restarts, logs out and deletes one', async () => {
    const own = await GatewayClient.start(rig);
    const renamed = await own.call('PUT', '/api/instance/my-instance', { name: 'Büro No. 1' });
    golden.check(renamed, 200, {
      ...{ success: true, message: 'Instance updated successfully' },
      data: { ...shown(), id: own.instanceId, name: 'Büro No. 1' },
    });
    const restarted = await own.call('POST', '/api/instance/my-instance/restart');
    golden.check(restarted, 200, { success: true, message: 'Instance restart initiated' });
    const ended = await own.call('POST', '/api/instance/my-instance/logout');
    golden.check(ended, 200, { success: true, message: 'Instance logged out successfully' });
    const message = 'Instance deleted successfully';
    const gone = await own.call('DELETE', '/api/instance/my-instance');
    golden.check(gone, 200, { success: true, data: { success: true, message }, message });
    const absent = await own.call('GET', '/api/instance/my-instance/status');
    const error = 'There is no such instance.';
    golden.check(absent, 404, { success: false, error, code: 'RESOURCE_NOT_FOUND' });
    const log = await rig.call('GET', '/api/audit/logs', undefined, { as: own.account.token });
    const byKey = log.body.data.logs.filter((entry: { actor: { kind: string } }) => entry.actor.kind === 'key');
    expect(byKey.map((entry: { action: string }) => entry.action)).toEqual([
      ...['DELETE_INSTANCE', 'LOGOUT_INSTANCE', 'RESTART_INSTANCE', 'UPDATE_INSTANCE'],
    ]);
  });
});

describe('webhooks', () => {
  const url = 'https://your-webhook.com/webhook';
  let own: GatewayClient;
  let webhookId: string;
  const logged = { event: 'message.received', url, attempts: 1, createdAt: ISO, nextRetryAt: null };
  beforeAll(async () => {
    own = await GatewayClient.start(rig);
    const made = await own.call('POST', '/api/instance/create', { name: 'Hooked', webhookUrl: url });
    const hooks = await rig.call('GET', '/api/webhooks', undefined, { as: own.account.token });
    webhookId = hooks.body.data.webhooks[0].id;
    for (const [state, status] of [
      ['delivered', 200],
      ['failed', 500],
      ['failed', 500],
    ] as const) {
      const instanceId = made.body.data.id as string;
      const delivery = aDelivery(own.account.tenantId, webhookId, { instanceId, streamId: instanceId });
      await rig.ports.deliveries.enqueue(delivery, 'event');
      const [due] = await rig.ports.deliveries.due(webhookId, Date.now(), 1);
      if (due?.kind !== 'event') throw new Error('nothing is due');
      const error = state === 'failed' ? 'The endpoint answered 500.' : null;
      const attempt = { atMs: Date.now(), status, durationMs: 5, error, answer: 'x' };
      await rig.ports.deliveries.finish(due, attempt, error ? { state: 'failed', error } : { state: 'delivered' });
    }
  });

  it('shows the log', async () => {
    const entry = {
      ...logged,
      id: expect.stringMatching(/^dlv_[0-9A-Z]{26}\.webhook_/),
      ...{ webhookId, instanceId: expect.stringMatching(/^inst_/), response: 'x' },
    };
    const good = { ...entry, status: 'success', statusCode: 200, error: null };
    const bad = { ...entry, status: 'failed', statusCode: 500, error: 'The endpoint answered 500.' };
    golden.check(await own.call('GET', '/api/webhook/logs'), 200, { success: true, count: 3, data: [bad, bad, good] });
    const failed = await own.call('GET', '/api/webhook/logs?status=failed&instanceId=hooked&limit=1');
    expect(failed.body).toMatchObject({ count: 1, data: [{ status: 'failed', error: 'The endpoint answered 500.' }] });
    expect((await own.call('GET', '/api/webhook/logs?instanceId=my-instance')).body.count).toBe(0);
  });

  it('counts', async () => {
    const counted = await own.call('GET', '/api/webhook/stats?days=1');
    golden.check(counted, 200, {
      success: true,
      data: {
        ...{ period: '1 days', total: 3, success: 1, failed: 2, pending: 0, successRate: '33.3%' },
        ...{ topEvents: [{ event: 'message.received', count: 3 }], instanceId: null, isComplete: true },
      },
    });
  });

  it('tries one again', async () => {
    const failed = await own.call('GET', '/api/webhook/logs?status=failed');
    const { id: name } = failed.body.data[0];
    const again = await own.call('POST', `/api/webhook/retry/${name}`);
    golden.check(again, 200, {
      success: true,
      data: { id: name, status: 'pending' },
      message: 'Webhook retry initiated',
    });
    const stranger = await GatewayClient.start(rig);
    const theirs = await stranger.call('POST', `/api/webhook/retry/${name}`);
    expect([theirs.status, theirs.body.code]).toEqual([404, 'RESOURCE_NOT_FOUND']);
  });

  it('tests an address, known or not', async () => {
    const good = await own.call('POST', '/api/webhook/test', { url, event: 'message.received', data: { test: true } });
    golden.check(good, 200, {
      success: true,
      message: 'Webhook test sent successfully',
      delivered: true,
      statusCode: 200,
      response: 'ok',
    });
    answerOfHooks = 503;
    const bad = await own.call('POST', '/api/webhook/test', { url: 'https://elsewhere.example/x' });
    answerOfHooks = 200;
    expect(bad.body).toMatchObject({ delivered: false, statusCode: 503, message: expect.stringContaining('503') });
    const hooks = await rig.call('GET', '/api/webhooks', undefined, { as: own.account.token });
    expect(hooks.body.data.webhooks).toHaveLength(1);
    const refused = await own.call('POST', '/api/webhook/test', { url: 'http://169.254.169.254/' });
    expect([refused.status, refused.body.code]).toEqual([400, 'VALIDATION_ERROR']);
  });

  it('clears the log', async () => {
    const kept = await own.call('DELETE', '/api/webhook/logs', { days: 1 });
    expect([kept.status, kept.body.deletedCount]).toEqual([200, 0]);
    const cleared = await own.call('DELETE', '/api/webhook/logs');
    golden.check(cleared, 200, { success: true, message: 'Webhook logs cleared', deletedCount: expect.any(Number) });
    expect(cleared.body.deletedCount).toBeGreaterThanOrEqual(2);
    const left = await own.call('GET', '/api/webhook/logs?status=failed');
    expect(left.body.count).toBe(0);
  });
});

describe('observability', () => {
  const uptime = { seconds: expect.any(Number), formatted: expect.stringMatching(/^\d+h \d+m \d+s$/) };
  const size = expect.stringMatching(/^\d+\.\d\d MB$/);
  const memory = { rss: size, heapTotal: size, heapUsed: size, external: size };

  it('answers a ping and the health without a key', async () => {
    const ping = await rig.call('GET', '/api/observability/ping');
    golden.check(ping, 200, { success: true, message: 'pong', timestamp: ISO });
    const health = await rig.later(60_000, () => rig.call('GET', '/api/observability/health'));
    const counts = { total: expect.any(Number), active: expect.any(Number) };
    golden.check(health, 200, {
      ...{ success: true },
      data: { status: 'healthy', uptime, memory, database: { status: 'connected' }, instances: counts },
    });
    const before = health.body.data.instances;
    await GatewayClient.start(rig);
    await GatewayClient.start(rig, { status: 'DISCONNECTED' });
    const after = await rig.later(120_000, () => rig.call('GET', '/api/observability/health'));
    expect(after.body.data.instances).toEqual({ total: before.total + 2, active: before.active + 1 });
  });

  it('says its version, what it runs on, and how it does', async () => {
    const version = packageJson.version;
    golden.check(await client.call('GET', '/api/observability/version'), 200, {
      success: true,
      data: { name: 'switchboard', version, nodeVersion: process.version },
    });
    const { platform, arch } = process;
    golden.check(await client.call('GET', '/api/observability/environment'), 200, {
      success: true,
      data: { nodeVersion: process.version, platform, arch, timezone: expect.stringMatching(/^[A-Z]\S+$/) },
    });
    const cpu = { userMs: expect.any(Number), systemMs: expect.any(Number) };
    golden.check(await client.call('GET', '/api/observability/status'), 200, {
      success: true,
      data: { status: 'running', version, uptime, memory, cpu, instances: { total: 1, active: 1 }, timestamp: ISO },
    });
  });

  it('stops and restarts the runners for administrators, where that is allowed', async () => {
    const done: string[] = [];
    const scaler = {
      restart: async () => void done.push('restart'),
      setDesired: async (count: number) => void done.push(`desired ${count}`),
    };
    const call = (action: string, as = client.account.token) =>
      rig.call('POST', `/api/observability/${action}`, undefined, { as });
    const closed = await call('stop');
    expect([closed.status, closed.body.code]).toEqual([403, 'PERMISSION_DENIED']);
    Object.assign(rig.ports, { scaler });
    Object.assign(rig.ports.policy, { fleetControl: true });
    const member = await rig.member(client.account);
    expect((await call('stop', member.token)).status).toBe(403);
    expect(done).toEqual([]);
    const stopped = await call('stop');
    golden.check(stopped, 200, { success: true, message: 'Server is stopping' });
    const restarted = await call('restart');
    golden.check(restarted, 200, { success: true, message: 'Server is restarting' });
    expect(done).toEqual(['desired 0', 'restart']);
  });
});

it('has a golden pair for every row that it claims', () => expect(golden.missing).toEqual([]));
