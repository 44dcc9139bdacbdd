import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startReconcileLoop } from '../../functions/reconcile/loop.ts';
import { type Account, type ApiRig, ISO, id } from '../support/api-rig.ts';
import { GoldenPairs, rowsOf } from '../support/golden.ts';
import { PublicFace, V1 } from '../support/public-face.ts';
import { aDelivery } from '../support/webhooks.ts';

const KEY = expect.stringMatching(/^wf_live_[0-9a-f]{64}$/);
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const golden = new GoldenPairs(rowsOf('public'));
let face: PublicFace;
let rig: ApiRig;
let account: Account;
let live: string;
let sandbox: string;
let testKey: string;
beforeAll(async () => {
  face = await PublicFace.start();
  ({ rig, account, live, sandbox, testKey } = face);
});
afterAll(() => face?.stop());

/** Tokens of today are over by then. */
async function signIn({ email, password }: Account): Promise<{ as: string }> {
  return { as: (await rig.call('POST', '/api/login', { username: email, password })).body.token as string };
}

/** One round of the reconciler. */
async function announce(): Promise<void> {
  const scaler = { describe: async () => ({ desired: 0, running: 0 }), setDesired: async () => undefined };
  const ports = { ...rig.adapters, ...rig.ports, scaler: scaler as never };
  await startReconcileLoop(ports, { minRunners: 0, maxRunners: 0, sessionsPerRunner: 1 }).stop();
}

describe('messages', () => {
  it('sends one, and shows it by its id and in the list', async () => {
    const sent = await face.send();
    const messageId = expect.stringMatching(/^msg_3EB0[0-9A-F]{18}$/);
    golden.check(sent, 200, {
      success: true,
      data: {
        ...{ message_id: messageId, phone_number: '+94771234567', message: 'Hello from my app!' },
        ...{ device_id: live, status: 'sent', timestamp: ISO },
      },
    });
    const shown = {
      ...{ id: sent.body.data.message_id, device_id: live, contact_id: '94771234567', phone_number: '+94771234567' },
      ...{ contact_name: null, direction: 'outbound', message_type: 'text', content: 'Hello from my app!' },
      ...{ media_url: null, status: 'sent', created_at: ISO },
    };
    const one = await face.call('GET', `${V1}/messages/${sent.body.data.message_id}`);
    golden.check(one, 200, { success: true, data: shown });
    await face.send({ message: 'second' });
    const first = await face.call('GET', `${V1}/messages?limit=1`);
    const paging = { limit: 1, total: 2, pages: 2, totalPages: 2 };
    golden.check(first, 200, {
      success: true,
      data: [{ ...shown, id: expect.any(String), content: 'second' }],
      pagination: { ...paging, page: 1, has_more: true },
    });
    const second = await face.call('GET', `${V1}/messages?limit=1&page=2&contact_id=94771234567`);
    golden.check(second, 200, { success: true, data: [shown], pagination: { ...paging, page: 2, has_more: false } });
  });

  it('says what is wrong in the form of the document', async () => {
    const missing = await face.call('POST', `${V1}/messages/send`, { message: 'x' });
    expect([missing.status, missing.body]).toMatchObject([
      400,
      {
        ...{ success: false, error: 'Missing required fields', message: expect.any(String) },
        details: [{ path: 'phone_number' }],
      },
    ]);
    const wrong = await face.send({ message: 7 });
    expect([wrong.status, wrong.body]).toMatchObject([
      400,
      { error: 'Validation failed', details: [{ path: 'message' }] },
    ]);
    const absent = await face.call('GET', `${V1}/messages/msg_3EB0ABCDEF`);
    expect([absent.status, absent.body.error]).toEqual([404, 'Message not found']);
    const other = await face.send({ device_id: sandbox });
    expect([other.status, other.body.error]).toEqual([404, 'Device not found']);
  });

  it.each([
    [undefined, 'No API key provided'],
    ['wf_live_short', 'Invalid API key format'],
    [`wf_live_${'0'.repeat(64)}`, 'Invalid API key'],
  ])('answers 401 to %s', async (credential, error) => {
    const options = credential === undefined ? {} : { as: credential };
    const answer = await rig.call('GET', `${V1}/devices`, undefined, options);
    expect([answer.status, answer.body.error]).toEqual([401, error]);
  });
});

describe('devices and contacts', () => {
  it('shows the devices of the environment of the key', async () => {
    const device = {
      ...{ id: live, device_name: 'shop', phone_number: '+6281234567890', status: 'connected', environment: 'live' },
      ...{ is_primary: true, last_connected_at: ISO },
    };
    const listed = await face.call('GET', `${V1}/devices`);
    golden.check(listed, 200, { success: true, data: [{ ...device, created_at: ISO }] });
    const one = await face.call('GET', `${V1}/devices/${live}/status`);
    golden.check(one, 200, { success: true, data: device });
    expect((await face.call('GET', `${V1}/devices`, undefined, testKey)).body.data).toMatchObject([{ id: sandbox }]);
  });

  it('shows contacts, and asks WhatsApp about numbers', async () => {
    const set = { phone: '94771234567', lid: '77', name: 'Jane Doe', pushName: 'JD' };
    await rig.runner.write(account.tenantId, live, [{ kind: 'contact', id: 'lid:77', set }]);
    const shown = {
      ...{ id: '77', device_id: live, phone_number: '+94771234567', lid: '77', name: 'Jane Doe' },
      ...{ push_name: 'JD', is_blocked: false },
    };
    const listed = await face.call('GET', `${V1}/contacts`);
    golden.check(listed, 200, {
      ...{ success: true, data: [shown] },
      pagination: { page: 1, limit: 50, total: 1, pages: 1, totalPages: 1, has_more: false },
    });
    const one = await face.call('GET', `${V1}/contacts/77`);
    golden.check(one, 200, { success: true, data: shown });
    const verify = async (exists: boolean) => {
      const jid = exists ? '94771234567@s.whatsapp.net' : null;
      const results = [{ number: '94771234567', exists, jid, name: null, profilePicture: null }];
      rig.runner.behave(live, 'contact.check', () => ({ state: 'done', output: { results } }));
      const answer = await face.call('POST', `${V1}/contacts/verify`, { phone_number: '+94771234567' });
      const data = { phone_number: '+94771234567', exists, jid, message: expect.any(String) };
      golden.check(answer, 200, { success: true, data });
    };
    await verify(true);
    await verify(false);
  });
});

describe('webhooks', () => {
  it('are made, changed, tested, retried and removed', async () => {
    const url = 'https://example.com/webhook';
    const made = await face.call('POST', `${V1}/webhooks`, { url, events: ['message.received', 'device.connected'] });
    golden.check(made, 201, {
      success: true,
      data: {
        ...{ id: id('webhook'), url, events: ['message.received', 'device.connected'], is_active: true },
        ...{ description: null, created_at: ISO, secret: expect.stringMatching(/^whsec_/) },
      },
      message: expect.any(String),
    });
    const path = `${V1}/webhooks/${made.body.data.id}`;
    const changed = await face.call('PUT', path, { events: ['message.sent'], description: 'Shop' });
    const shown = {
      ...{ id: made.body.data.id, url, events: ['message.sent'], is_active: true, description: 'Shop' },
      created_at: ISO,
    };
    golden.check(changed, 200, { success: true, data: shown, message: 'Webhook updated successfully' });
    const listed = await face.call('GET', `${V1}/webhooks`);
    const health = { updated_at: ISO, last_triggered_at: null, success_count: 0, failure_count: 0 };
    golden.check(listed, 200, { success: true, data: [{ ...shown, ...health }] });
    expect(listed.text).not.toContain(made.body.data.secret);
    const tested = await face.call('POST', `${path}/test`);
    golden.check(tested, 200, {
      ...{ success: true, message: 'Test webhook delivered' },
      data: { delivered: true, response_status: 200, response_body: 'ok', error_message: null },
    });

    const delivery = aDelivery(account.tenantId, made.body.data.id, { eventType: 'message.sent' });
    await rig.ports.deliveries.enqueue(delivery, 'event');
    const [due] = await rig.ports.deliveries.due(delivery.webhookId, Date.now(), 1);
    if (due?.kind !== 'event') throw new Error('nothing is due');
    await rig.ports.deliveries.finish(due, null, { state: 'failed', error: 'The endpoint answered 500.' });
    const log = await face.call('GET', `${path}/deliveries?status=failed`);
    const row = {
      ...{ id: delivery.id, webhook_id: made.body.data.id, event_type: 'message.sent', success: false },
      ...{ response_status: null, response_body: null, attempt_number: expect.any(Number), delivered_at: null },
      created_at: ISO,
    };
    const failed = { ...row, status: 'failed', error_message: 'The endpoint answered 500.', next_retry_at: null };
    golden.check(log, 200, { success: true, data: [failed], next_cursor: null });
    const again = await face.call('POST', `${path}/deliveries/${delivery.id}/retry`);
    const pending = { ...failed, status: 'pending', next_retry_at: ISO };
    golden.check(again, 200, { success: true, data: pending, message: 'Delivery will be tried again' });
    const removed = await face.call('DELETE', path);
    golden.check(removed, 200, { success: true, message: 'Webhook deleted successfully' });
    expect((await face.call('PUT', path, { is_active: false })).status).toBe(404);
  });

  it('of a test key are not seen by a live one, and hear of test devices only', async () => {
    const url = 'https://example.com/test-hook';
    const made = await face.call('POST', `${V1}/webhooks`, { url, events: ['message.sent'] }, testKey);
    const { id: webhookId } = made.body.data;
    expect((await face.call('GET', `${V1}/webhooks`)).text).not.toContain(webhookId);
    expect((await face.call('POST', `${V1}/webhooks/${webhookId}/test`)).status).toBe(404);
    const stored = await rig.ports.webhooks.get(account.tenantId, webhookId);
    expect(stored?.environment).toBe('test');
    await face.call('DELETE', `${V1}/webhooks/${webhookId}`, undefined, testKey);
  });
});

describe('keys', () => {
  it('are made, listed, changed, rotated, counted and revoked', async () => {
    const made = await face.asUser('POST', '/api/v1/api-keys', { name: 'Accounting' });
    const shown = {
      ...{ id: id('key'), name: 'Accounting', key_prefix: expect.stringMatching(/^wf_live_[0-9a-f]{4}$/) },
      ...{ scopes: ['messages:send', 'messages:read', 'devices:read'], environment: 'live', rate_limit: 100 },
      ...{ ip_whitelist: [], is_active: true, expires_at: null, revoked_at: null, last_used_at: null },
      ...{ previous_valid_until: null, rotation: null, created_at: ISO },
    };
    golden.check(made, 201, {
      success: true,
      data: { ...shown, key: KEY },
      message: expect.any(String),
    });
    const { id: keyId, key } = made.body.data;
    const path = `/api/v1/api-keys/${keyId}`;
    const works = async (text: string) => (await face.call('GET', `${V1}/devices`, undefined, text)).status;
    const counted = rig.ports.stats.days({ keyId }, '2000-01-01', '2100-01-01');
    expect(await counted).toEqual([]);
    for (let n = 0; n < 3; n += 1) expect(await works(key)).toBe(200);
    await rig.ports.apiCalls.flush();
    const usage = await face.asUser('GET', `${path}/usage?days=7`);
    golden.check(usage, 200, {
      success: true,
      data: {
        ...{ id: keyId, name: 'Accounting', period_days: 7, total_requests: 3, last_used_at: ISO },
        by_day: [{ date: new Date().toISOString().slice(0, 10), requests: 3 }],
      },
    });
    const changed = await face.asUser('PUT', path, {
      scopes: ['contacts:read'],
      rate_limit: 30,
      ip_whitelist: ['192.0.2.1'],
    });
    const narrow = { scopes: ['contacts:read'], rate_limit: 30, ip_whitelist: ['192.0.2.1/32'] };
    golden.check(changed, 200, {
      success: true,
      data: { ...shown, ...narrow, last_used_at: ISO },
      message: 'API key updated',
    });
    expect(await works(key)).toBe(403);
    await face.asUser('PUT', path, { scopes: ['devices:read'], ip_whitelist: [] });
    const rotated = await face.asUser('POST', `${path}/rotate`, { overlap_hours: 1 });
    const renewed = {
      ...shown,
      rate_limit: 30,
      scopes: ['devices:read'],
      previous_valid_until: ISO,
      last_used_at: ISO,
    };
    golden.check(rotated, 200, { success: true, data: { ...renewed, key: KEY }, message: 'API key rotated' });
    expect([await works(key), await works(rotated.body.data.key)]).toEqual([200, 200]);
    await rig.later(3_700_000, async () => {
      expect([await works(key), await works(rotated.body.data.key)]).toEqual([401, 200]);
    });
    const listed = await face.asUser('GET', '/api/v1/api-keys');
    const all = listed.body.data as { id: string }[];
    golden.check(listed, 200, {
      success: true,
      data: all.map((one) => (one.id === keyId ? renewed : expect.any(Object))),
    });
    expect(listed.text).not.toContain(rotated.body.data.key);
    const revoked = await face.asUser('DELETE', path);
    golden.check(revoked, 200, { success: true, message: 'API key revoked' });
    expect(await works(rotated.body.data.key)).toBe(401);
  });

  it('are renewed by themselves: told when it is due, and the old secret ends after the overlap', async () => {
    const own = await rig.register();
    const plan = { every_days: 30, overlap_hours: 48 };
    const { id: keyId, key, ...made } = await face.makeKey({ rotation: plan, name: 'Renewed' }, own);
    const rotation = { ...plan, next_at: ISO, is_due: false, secret_valid_until: ISO };
    expect(made).toMatchObject({ rotation });
    const path = `/api/v1/api-keys/${keyId}`;
    const works = async (text: string) => (await face.call('GET', `${V1}/devices`, undefined, text)).status;
    const shown = async () => (await rig.call('GET', '/api/v1/api-keys', undefined, await signIn(own))).body.data[0];
    const told = async () => {
      const { events } = await rig.adapters.events.list(own.tenantId, 0, 100);
      return events.filter(({ type }) => type === 'api_key.rotation_due');
    };
    await announce();
    expect(await told()).toEqual([]);

    await rig.later(31 * DAY_MS, async () => {
      await announce();
      await announce();
      const data = { keyId, name: 'Renewed', hint: key.slice(0, 12), dueAt: ISO, secretValidUntil: ISO };
      expect(await told()).toMatchObject([{ instanceId: null, data }]);
      expect(await works(key)).toBe(200);
      expect((await shown()).rotation).toMatchObject({ is_due: true });
      const native = await rig.call('GET', '/api/keys', undefined, await signIn(own));
      expect(native.body.data.keys).toMatchObject([{ id: keyId, rotation: { everyDays: 30, secretValidUntil: ISO } }]);
    });
    // Nobody fetched a new one in time.
    await rig.later(33 * DAY_MS, async () => {
      expect(await works(key)).toBe(401);
      expect((await shown()).is_active).toBe(false);
      const now = await signIn(own);
      expect((await rig.call('PUT', path, { rotation: null }, now)).body.code).toBe('INVALID_STATE');
      const late = await rig.call('POST', `${path}/rotate`, {}, now);
      expect(late.body.data).toMatchObject({ previous_valid_until: null, rotation: { is_due: false } });
      expect([await works(key), await works(late.body.data.key)]).toEqual([401, 200]);
    });
  });

  it('overlap no longer than the old secret would have worked', async () => {
    const own = await rig.register();
    const { id: keyId, key } = await face.makeKey({ rotation: { every_days: 1, overlap_hours: 2 } }, own);
    const works = async (text: string) => (await face.call('GET', `${V1}/devices`, undefined, text)).status;
    const { next, until } = await rig.later(DAY_MS + HOUR_MS, async () => {
      const now = await signIn(own);
      const rotated = await rig.call('POST', `/api/v1/api-keys/${keyId}/rotate`, { overlap_hours: 100 }, now);
      expect([await works(key), await works(rotated.body.data.key)]).toEqual([200, 200]);
      return { next: rotated.body.data.key as string, until: rotated.body.data.previous_valid_until as string };
    });
    expect(Date.parse(until) - Date.now()).toBeLessThanOrEqual(26 * HOUR_MS);
    await rig.later(26 * HOUR_MS, async () => expect([await works(key), await works(next)]).toEqual([401, 200]));
  });

  it('do what their scopes say, and are told which one they lack', async () => {
    const { key } = await face.makeKey({ scopes: ['devices:read'] });
    for (const [method, path, body, scope] of [
      ['POST', 'messages/send', { phone_number: '94771234567', message: 'x' }, 'messages:send'],
      ['GET', 'messages', undefined, 'messages:read'],
      ['GET', 'contacts', undefined, 'contacts:read'],
      ['POST', 'contacts/verify', { phone_number: '94771234567' }, 'contacts:read'],
      ['GET', 'webhooks', undefined, 'webhooks:manage'],
    ] as const) {
      const answer = await face.call(method, `${V1}/${path}`, body, key);
      expect([answer.status, answer.body]).toMatchObject([
        403,
        { success: false, error: 'Insufficient permissions', requiredScopes: [scope] },
      ]);
    }
    expect((await face.call('GET', `${V1}/devices`, undefined, key)).status).toBe(200);
  });

  it('end when they say, and are refused from elsewhere', async () => {
    const expires = new Date(Date.now() + 3_600_000).toISOString();
    const { key } = await face.makeKey({ expires_at: expires, ip_whitelist: ['192.0.2.0/24'] });
    const from = (address: string) => rig.call('GET', `${V1}/devices`, undefined, { as: key, from: address });
    expect((await from('192.0.2.7')).status).toBe(200);
    expect((await from('198.51.100.7')).status).toBe(403);
    await rig.later(3_700_000, async () => expect((await from('192.0.2.7')).status).toBe(401));
  });

  it('take 100 requests a minute, and 120 in a burst', async () => {
    const own = await rig.register();
    const { key } = await face.makeKey({}, own);
    // The clock stands still: nothing comes back meanwhile.
    const now = rig.ports.clock();
    const first = await face.call('GET', `${V1}/devices`, undefined, key);
    expect(first.headers.get('x-ratelimit-limit')).toBe('100');
    expect(Number(first.headers.get('x-ratelimit-reset'))).toBeGreaterThan(0);
    let passed = 1;
    let refused: Awaited<ReturnType<typeof face.call>> | undefined;
    for (let n = 0; n < 400 && !refused; n += 1) {
      const answer = await face.call('GET', `${V1}/devices`, undefined, key);
      if (answer.status === 429) refused = answer;
      else passed += 1;
    }
    const elapsedMs = rig.ports.clock() - now;
    expect(passed).toBeGreaterThanOrEqual(120);
    expect(passed).toBeLessThanOrEqual(121 + Math.ceil(elapsedMs / 600));
    expect(refused?.body).toEqual({
      ...{ success: false, error: 'Rate limit exceeded', message: expect.any(String), code: 'RATE_LIMIT_EXCEEDED' },
      retryAfter: expect.any(Number),
    });
    expect(refused?.headers.get('x-ratelimit-remaining')).toBe('0');
    await rig.later(60_000, async () =>
      expect((await face.call('GET', `${V1}/devices`, undefined, key)).status).toBe(200),
    );
  });
});

it('has a golden pair for every row', () => expect(golden.missing).toEqual([]));
