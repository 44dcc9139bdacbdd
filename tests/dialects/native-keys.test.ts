import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256Hex } from '../../lib/core/model/ids.ts';
import { type Account, ApiRig, errorBody, ISO, id, LINKED, REQUEST_ID } from '../support/api-rig.ts';

let rig: ApiRig;
let account: Account;
let instanceId: string;
beforeAll(async () => {
  rig = await ApiRig.start();
  account = await rig.register();
  instanceId = await rig.instance(account, 'customer-service', LINKED);
});
afterAll(() => rig.stop());

const PATH = '/api/instances/customer-service/keys';
const meta = { request_id: REQUEST_ID, instanceName: 'customer-service' };
const create = (body: object, headers: Record<string, string> = {}) =>
  rig.call('POST', PATH, body, { as: account.token, headers });
const info = (key: string) => rig.call('GET', '/api/instance/info', undefined, { as: key });

describe('POST /api/instances/:name/keys', () => {
  it('shows the key once and keeps its hash', async () => {
    const permissions = ['message:send', 'message:read', 'contact:check'];
    const answer = await create({ name: 'Production API Key', permissions });
    const apiKey = {
      id: id('key'),
      name: 'Production API Key',
      key: expect.stringMatching(/^cs_[0-9A-Za-z]{40}$/),
      hint: expect.stringMatching(/^cs_[0-9A-Za-z]{4}$/),
      permissions,
      rateLimit: 1000,
      ipAllowList: [],
      expiresAt: null,
      revokedAt: null,
      createdAt: ISO,
      createdById: account.userId,
      lastUsedAt: null,
      previous: null,
    };
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({ success: true, apiKey, data: apiKey, meta });
    const stored = await rig.ports.apiKeys.findByHash(sha256Hex(answer.body.apiKey.key));
    expect(stored?.id).toBe(answer.body.apiKey.id);
    expect(JSON.stringify(stored)).not.toContain(answer.body.apiKey.key);
  });

  it('repeats the same key for the same Idempotency-Key, and stores it sealed only', async () => {
    const { complete } = rig.ports.idempotency;
    const stored: string[] = [];
    rig.ports.idempotency.complete = (tenantId, key, status, body) => {
      stored.push(body);
      return complete(tenantId, key, status, body);
    };
    const body = { name: 'Repeated', permissions: ['message:send'] };
    const answers = [await create(body, { 'idempotency-key': 'k1' }), await create(body, { 'idempotency-key': 'k1' })];
    rig.ports.idempotency.complete = complete;
    const [first, second] = answers.map((answer) => answer.body.apiKey.key as string);
    expect(second).toBe(first);
    expect(stored).toHaveLength(1);
    expect(stored[0]).not.toContain(first);
    expect(Buffer.from(stored[0] as string, 'base64').toString('latin1')).not.toContain(first);
  });

  it.each([
    ['no permissions', { name: 'k', permissions: [] }],
    ['a permission that does not exist', { name: 'k', permissions: ['message:send', 'admin'] }],
    ['no name', { permissions: ['message:send'] }],
    ['a rate limit of nothing', { name: 'k', permissions: ['message:send'], rateLimit: 0 }],
    ['an end in the past', { name: 'k', permissions: ['message:send'], expiresAt: '2020-01-01T00:00:00Z' }],
    ['an end that is no time', { name: 'k', permissions: ['message:send'], expiresAt: 'tomorrow' }],
    ['an id of its own', { name: 'k', permissions: ['message:send'], id: 'key_mine' }],
  ])('refuses %s', async (_what, body) => {
    const answer = await create(body);
    expect([answer.status, answer.body.error]).toEqual([400, 'VALIDATION_ERROR']);
  });
});

describe('GET /api/instances/:name/keys', () => {
  it('lists keys without the keys', async () => {
    await rig.instance(account, 'listed');
    const first = await rig.key(account, 'listed', ['message:send'], {
      rateLimit: 5,
      expiresAt: '2099-01-01T00:00:00Z',
    });
    const answer = await rig.call('GET', '/api/instances/listed/keys', undefined, { as: account.token });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      success: true,
      data: {
        keys: [
          {
            id: first.id,
            name: 'test',
            hint: first.text.slice(0, 6),
            permissions: ['message:send'],
            rateLimit: 5,
            ipAllowList: [],
            createdAt: ISO,
            createdById: account.userId,
            expiresAt: '2099-01-01T00:00:00.000Z',
            revokedAt: null,
            lastUsedAt: null,
            previous: null,
          },
        ],
      },
      meta: { request_id: REQUEST_ID, instanceName: 'listed' },
    });
    expect(answer.text).not.toContain(first.text);
    expect(answer.text).not.toContain(sha256Hex(first.text));
  });
});

describe('DELETE /api/instances/:name/keys/:keyId', () => {
  it('ends a key at once', async () => {
    const key = await rig.key(account, 'customer-service');
    expect((await info(key.text)).status).toBe(200);
    const answer = await rig.call('DELETE', `${PATH}/${key.id}`, undefined, { as: account.token });
    expect([answer.status, answer.text]).toEqual([204, '']);
    const refused = await info(key.text);
    expect(refused.status).toBe(401);
    expect(refused.body).toEqual(errorBody('AUTHENTICATION_ERROR'));
  });

  it('says the same of a key of another instance and of none', async () => {
    await rig.instance(account, 'neighbour');
    const key = await rig.key(account, 'neighbour');
    const bodies = new Set<string>();
    for (const keyId of [key.id, 'key_0000000000000000000000', 'nonsense', 'x'.repeat(3000)]) {
      const answer = await rig.call('DELETE', `${PATH}/${keyId}`, undefined, { as: account.token });
      expect(answer.status).toBe(404);
      bodies.add(answer.text.replace(answer.body.meta.request_id, ''));
    }
    expect(bodies.size).toBe(1);
    expect((await info(key.text)).status).toBe(200);
  });
});

describe('GET /api/instance/info', () => {
  it('says what the key is for', async () => {
    const key = await rig.key(account, 'customer-service', ['message:send'], { rateLimit: 77 });
    const answer = await info(key.text);
    const instance = {
      name: 'customer-service',
      environment: 'live',
      status: 'CONNECTED',
      phone: '+6281234567890',
      displayName: 'Customer Service',
      uptime: null,
      lastConnectedAt: LINKED.lastConnectedAt,
      connectionAttempts: 0,
      nextRetry: null,
      lastError: null,
      lastErrorAt: null,
      qrCodeExpiry: null,
      account: { mayBeginChats: true, timeLock: null, newChats: null, refusedAt: null },
    };
    const apiKey = { name: 'test', permissions: ['message:send'], rateLimit: 77, usageCount: 0, resetAt: ISO };
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ success: true, instance, apiKey, data: { instance, apiKey }, meta });
  });
});

describe('a key', () => {
  it('ends when it expires', async () => {
    const expiresAt = new Date(Date.now() + 60_000).toISOString();
    const key = await rig.key(account, 'customer-service', ['message:send'], { expiresAt });
    expect((await info(key.text)).status).toBe(200);
    await rig.later(61_000, async () => expect((await info(key.text)).status).toBe(401));
  });

  it.each([
    ['message:send', 'POST', '/api/messages/text', { to: '6281234567890', text: 'x' }],
    ['message:read', 'GET', '/api/messages', undefined],
    ['message:read', 'GET', '/api/messages/msg_3EB0ABCDEF/status', undefined],
    ['message:read', 'POST', '/api/messages/msg_3EB0ABCDEF/read', {}],
    ['contact:check', 'POST', '/api/contacts/check', { numbers: ['6281234567890'] }],
  ])('without %s may not %s %s', async (missing, method, path, body) => {
    const others = ['message:send', 'message:read', 'contact:check'].filter((one) => one !== missing);
    const key = await rig.key(account, 'customer-service', others);
    const answer = await rig.call(method, path, body, { as: key.text });
    expect(answer.status).toBe(403);
    expect(answer.body).toEqual(
      errorBody('PERMISSION_DENIED', { instanceName: 'customer-service' }, { instanceName: 'customer-service' }),
    );
    expect(answer.body.message).toContain(missing);
  });

  it('is not found by its hash, its hint, its id or a piece of it', async () => {
    const key = await rig.key(account, 'customer-service');
    const wrong = [
      sha256Hex(key.text),
      key.id,
      key.text.slice(0, -1),
      `${key.text}x`,
      key.text.toLowerCase(),
      instanceId,
    ];
    for (const text of wrong) expect((await info(text)).status).toBe(401);
    for (const authorization of [key.text, `Basic ${key.text}`, `Bearer ${key.text} x`, 'Bearer', 'Bearer  ']) {
      const answer = await rig.call('GET', '/api/instance/info', undefined, { headers: { authorization } });
      expect(answer.status).toBe(401);
    }
  });

  it('is not taken from X-API-Key when Authorization says something else', async () => {
    const key = await rig.key(account, 'customer-service');
    const headers = { authorization: 'Bearer wrong', 'x-api-key': key.text };
    expect((await rig.call('GET', '/api/instance/info', undefined, { headers })).status).toBe(401);
  });
});
