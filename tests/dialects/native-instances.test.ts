import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Account, ApiRig, errorBody, ISO, id, LINKED, REQUEST_ID } from '../support/api-rig.ts';

let rig: ApiRig;
beforeAll(async () => {
  rig = await ApiRig.start();
});
afterAll(() => rig.stop());

const as = (account: Account) => ({ as: account.token });

const settings = {
  autoReconnect: true,
  messageDelay: 0,
  pacing: null,
  newChatDelay: 30_000,
  markOnline: false,
  rejectCalls: false,
  rejectCallsReply: null,
  readReceipts: true,
  mediaDownload: true,
  mediaMaxBytes: 16_777_216,
  proxy: null,
};
const instanceOf = (name: string, extra: object = {}) => ({
  id: id('inst'),
  name,
  environment: 'live',
  status: 'DISCONNECTED',
  phone: null,
  displayName: null,
  lastConnectedAt: null,
  settings,
  createdAt: ISO,
  createdById: id('user'),
  ...extra,
});

describe('POST /api/instances', () => {
  it('creates an instance that is not linked', async () => {
    const account = await rig.register();
    const body = { name: 'customer-service', settings: { autoReconnect: true, messageDelay: 1000 } };
    const answer = await rig.call('POST', '/api/instances', body, as(account));
    const instance = instanceOf('customer-service', { settings: { ...settings, messageDelay: 1000 } });
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({ success: true, instance, data: instance, meta: { request_id: REQUEST_ID } });
  });

  it('takes a name once, whatever its case; another tenant may have it too', async () => {
    const [account, other] = [await rig.register(), await rig.register()];
    await rig.instance(account, 'sales-team');
    for (const name of ['sales-team', 'Sales-Team']) {
      const answer = await rig.call('POST', '/api/instances', { name }, as(account));
      expect(answer.status).toBe(409);
      expect(answer.body).toEqual(errorBody('RESOURCE_ALREADY_EXISTS'));
    }
    await rig.instance(other, 'sales-team');
  });

  it('gives BASIC five, also when ten ask at once; a removed one makes room', async () => {
    const account = await rig.register();
    const names = Array.from({ length: 10 }, (_, i) => `i${i}`);
    const answers = await Promise.all(names.map((name) => rig.call('POST', '/api/instances', { name }, as(account))));
    const made = answers.filter(({ status }) => status === 201);
    expect(made).toHaveLength(5);
    for (const answer of answers.filter(({ status }) => status !== 201)) {
      expect(answer.status).toBe(403);
      expect(answer.body).toEqual(errorBody('INSTANCE_LIMIT_REACHED'));
    }
    const removed = made[0]?.body.instance.name as string;
    expect((await rig.call('DELETE', `/api/instances/${removed}`, undefined, as(account))).status).toBe(204);
    await rig.instance(account, 'sixth');
  });

  it.each([
    ['no name', {}],
    ['an empty name', { name: '' }],
    ['a name of 65 characters', { name: 'x'.repeat(65) }],
    ['a path as a name', { name: '../etc' }],
    ['a name that is a number', { name: 7 }],
    ['an unknown field', { name: 'a', tenantId: 'sub_other' }],
    ['an unknown setting', { name: 'a', settings: { admin: true } }],
    ['a setting of the wrong type', { name: 'a', settings: { messageDelay: '1000' } }],
    ['an unknown environment', { name: 'a', environment: 'production' }],
  ])('refuses %s', async (_what, body) => {
    const account = await rig.register();
    const answer = await rig.call('POST', '/api/instances', body, as(account));
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual(errorBody('VALIDATION_ERROR', { details: expect.any(Array) }));
  });

  it('has no test instances without a sandbox', async () => {
    const account = await rig.register();
    const answer = await rig.call('POST', '/api/instances', { name: 't', environment: 'test' }, as(account));
    expect(answer.status).toBe(501);
    expect(answer.body).toEqual(errorBody('NOT_IMPLEMENTED'));
  });

  it('creates once per Idempotency-Key', async () => {
    const account = await rig.register();
    const call = (name: string) =>
      rig.call('POST', '/api/instances', { name }, { ...as(account), headers: { 'idempotency-key': 'make-1' } });
    const [first, second, other] = [await call('once'), await call('once'), await call('twice')];
    expect([first.status, second.status, other.status]).toEqual([201, 201, 422]);
    expect(second.body.instance.id).toBe(first.body.instance.id);
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    expect(second.body.meta.request_id).not.toBe(first.body.meta.request_id);
    expect(other.body).toEqual(errorBody('IDEMPOTENCY_KEY_REUSED'));
  });

  it('frees the Idempotency-Key of a write that failed', async () => {
    const account = await rig.register();
    const options = { ...as(account), headers: { 'idempotency-key': 'make-2' } };
    await rig.instance(account, 'taken');
    expect((await rig.call('POST', '/api/instances', { name: 'taken' }, options)).status).toBe(409);
    expect((await rig.call('DELETE', '/api/instances/taken', undefined, as(account))).status).toBe(204);
    expect((await rig.call('POST', '/api/instances', { name: 'taken' }, options)).status).toBe(201);
  });

  it('answers 409 while the first request of a key is running', async () => {
    const account = await rig.register();
    const { create } = rig.ports.instances;
    const started = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    rig.ports.instances.create = async (instance, audit) => {
      started.resolve();
      await go.promise;
      return create(instance, audit);
    };
    const options = { ...as(account), headers: { 'idempotency-key': 'slow' } };
    const first = rig.call('POST', '/api/instances', { name: 'slow' }, options);
    await started.promise;
    rig.ports.instances.create = create;
    const second = await rig.call('POST', '/api/instances', { name: 'slow' }, options);
    go.resolve();
    expect(second.status).toBe(409);
    expect(second.body).toEqual(errorBody('IDEMPOTENCY_IN_PROGRESS', { retryAfter: 1 }));
    expect(second.headers.get('retry-after')).toBe('1');
    expect((await first).status).toBe(201);
  });
});

describe('GET /api/instances', () => {
  it('lists by name, by page and by status', async () => {
    const account = await rig.register();
    for (const name of ['c', 'A', 'b']) await rig.instance(account, name);
    await rig.instance(account, 'linked', LINKED);
    const all = await rig.call('GET', '/api/instances', undefined, as(account));
    expect(all.status).toBe(200);
    expect(all.body).toEqual({
      success: true,
      data: {
        instances: [
          instanceOf('A'),
          instanceOf('b'),
          instanceOf('c'),
          instanceOf('linked', {
            status: 'CONNECTED',
            phone: '+6281234567890',
            displayName: 'Customer Service',
            lastConnectedAt: LINKED.lastConnectedAt,
          }),
        ],
      },
      meta: { request_id: REQUEST_ID, pagination: { page: 1, per_page: 20, total: 4, total_pages: 1 } },
    });
    const second = await rig.call('GET', '/api/instances?page=2&per_page=3&other=1', undefined, as(account));
    expect(second.body.data.instances.map(({ name }: { name: string }) => name)).toEqual(['linked']);
    const connected = await rig.call('GET', '/api/instances?status=connected', undefined, as(account));
    expect(connected.body.data.instances.map(({ name }: { name: string }) => name)).toEqual(['linked']);
  });

  it.each(['page=0', 'page=x', 'per_page=101', 'status=strange', 'page=1&page=2', '__proto__=1'])(
    'refuses ?%s',
    async (query) => {
      const account = await rig.register();
      const answer = await rig.call('GET', `/api/instances?${query}`, undefined, as(account));
      expect(answer.status).toBe(400);
      expect(answer.body.error).toBe('VALIDATION_ERROR');
    },
  );

  it('shows a USER their own instances only, and gives them no others', async () => {
    const account = await rig.register();
    await rig.instance(account, 'of-the-administrator');
    const member = await rig.member(account);
    await rig.instance(member, 'of-the-member');
    const names = async (who: Account) =>
      (await rig.call('GET', '/api/instances', undefined, as(who))).body.data.instances.map(
        ({ name }: { name: string }) => name,
      );
    expect(await names(member)).toEqual(['of-the-member']);
    expect(await names(account)).toEqual(['of-the-administrator', 'of-the-member']);
    const foreign = await rig.call('GET', '/api/instances/of-the-administrator', undefined, as(member));
    expect(foreign.status).toBe(404);
  });
});

describe('GET /api/instances/:name and /status', () => {
  it('say how it stands', async () => {
    const account = await rig.register();
    await rig.instance(account, 'customer-service', LINKED);
    const meta = { request_id: REQUEST_ID, instanceName: 'customer-service' };
    const linked = {
      phone: '+6281234567890',
      displayName: 'Customer Service',
      lastConnectedAt: LINKED.lastConnectedAt,
    };
    const details = await rig.call('GET', '/api/instances/Customer-Service', undefined, as(account));
    const instance = instanceOf('customer-service', { status: 'CONNECTED', ...linked });
    expect(details.body).toEqual({ success: true, instance, data: instance, meta });

    const answer = await rig.call('GET', '/api/instances/customer-service/status', undefined, as(account));
    const status = {
      name: 'customer-service',
      environment: 'live',
      status: 'CONNECTED',
      ...linked,
      connectionAttempts: 0,
      nextRetry: null,
      lastError: null,
      lastErrorAt: null,
      uptime: null,
      qrCodeExpiry: null,
      account: { mayBeginChats: true, timeLock: null, newChats: null, refusedAt: null },
    };
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ success: true, instance: status, data: status, meta });
  });

  it('say what went wrong', async () => {
    const account = await rig.register();
    const trouble = {
      status: 'ERROR' as const,
      lastError: 'Connection lost: WhatsApp session expired',
      lastErrorAt: '2024-01-01T11:00:00.000Z',
      connectionAttempts: 3,
      nextRetryAt: '2024-01-01T11:05:00.000Z',
    };
    await rig.instance(account, 'broken', trouble);
    const { body } = await rig.call('GET', '/api/instances/broken/status', undefined, as(account));
    expect(body.instance).toMatchObject({
      status: 'ERROR',
      lastError: trouble.lastError,
      lastErrorAt: trouble.lastErrorAt,
      connectionAttempts: 3,
      nextRetry: trouble.nextRetryAt,
    });
  });

  it.each(['none', 'x'.repeat(3000), '%2e%2e', 'a%2Fb', 'a b', '%F0%9F%92%A5', '%ff'])(
    'know no instance %j',
    async (name) => {
      const account = await rig.register();
      const answer = await rig.call('GET', `/api/instances/${name}/status`, undefined, as(account));
      expect(answer.status).toBe(404);
      expect(answer.body).toEqual(errorBody('RESOURCE_NOT_FOUND'));
    },
  );
});

describe('DELETE /api/instances/:name', () => {
  it('frees the name at once, ends the keys, and tells the runner', async () => {
    const account = await rig.register();
    const instanceId = await rig.instance(account, 'doomed', LINKED);
    const key = await rig.key(account, 'doomed');
    const told = Promise.withResolvers<void>();
    rig.runner.behave(instanceId, 'instance.remove', () => {
      told.resolve();
      return { state: 'done', output: {} };
    });
    const answer = await rig.call('DELETE', '/api/instances/doomed', undefined, as(account));
    expect(answer.status).toBe(204);
    expect(answer.text).toBe('');
    expect(answer.headers.get('content-type')).toBeNull();
    await told.promise;
    expect((await rig.call('GET', '/api/instances/doomed', undefined, as(account))).status).toBe(404);
    expect((await rig.call('GET', '/api/instance/info', undefined, { as: key.text })).status).toBe(401);
    const again = await rig.instance(account, 'doomed');
    expect(again).not.toBe(instanceId);
    const { body } = await rig.call('GET', '/api/auth/me', undefined, as(account));
    expect(body.subscription.currentInstances).toBe(1);
  });

  it('repeats its answer although there is nothing left to find', async () => {
    const account = await rig.register();
    await rig.instance(account, 'doomed');
    const options = { ...as(account), headers: { 'idempotency-key': 'delete-1' } };
    const call = () => rig.call('DELETE', '/api/instances/doomed', undefined, options);
    expect([(await call()).status, (await call()).status]).toEqual([204, 204]);
    expect((await rig.call('DELETE', '/api/instances/doomed', undefined, as(account))).status).toBe(404);
  });
});

describe('PUT /api/instances/:name', () => {
  const put = (account: Account, name: string, body: object) =>
    rig.call('PUT', `/api/instances/${name}`, body, as(account));

  it('sets what is given, leaves the rest, and tells the session', async () => {
    const account = await rig.register();
    const instanceId = await rig.instance(account, 'one');
    await put(account, 'one', { settings: { messageDelay: 500, rejectCalls: true } });
    const answer = await put(account, 'one', { settings: { readReceipts: false, messageDelay: 250 } });
    const instance = instanceOf('one', {
      settings: { ...settings, messageDelay: 250, rejectCalls: true, readReceipts: false },
    });
    expect(answer.status).toBe(200);
    const meta = { request_id: REQUEST_ID, instanceName: 'one' };
    expect(answer.body).toEqual({ success: true, instance, data: instance, meta });
    const told = () =>
      rig.runner.seen.filter(
        (command) => command.instanceId === instanceId && command.operation === 'instance.configure',
      );
    await expect.poll(() => told().length).toBe(2);
    expect((await put(account, 'one', {})).body.data).toEqual(instance);
  });

  it('keeps both of two settings that are set at once', async () => {
    const account = await rig.register();
    await rig.instance(account, 'one');
    await Promise.all([
      put(account, 'one', { settings: { markOnline: true } }),
      put(account, 'one', { settings: { rejectCalls: true } }),
    ]);
    const { body } = await rig.call('GET', '/api/instances/one', undefined, as(account));
    expect(body.data.settings).toMatchObject({ markOnline: true, rejectCalls: true });
  });

  it('stores the password of a proxy and never shows it; what is shown can be sent back', async () => {
    const account = await rig.register();
    const instanceId = await rig.instance(account, 'one');
    const stored = async () => (await rig.ports.instances.get(account.tenantId, instanceId))?.settings.proxy;
    const proxy = 'socks5://user:s3cret@proxy.example.com:1080';
    const answer = await put(account, 'one', { settings: { proxy } });
    const { settings: shown } = answer.body.data;
    expect(shown.proxy).toBe('socks5://user:***@proxy.example.com:1080');
    expect(await stored()).toBe(proxy);
    for (const path of ['/api/instances/one', '/api/instances']) {
      expect((await rig.call('GET', path, undefined, as(account))).text).not.toContain('s3cret');
    }
    await put(account, 'one', { settings: shown });
    expect(await stored()).toBe(proxy);
    expect((await put(account, 'one', { settings: { proxy: null } })).body.data.settings.proxy).toBeNull();
    expect(await stored()).toBeNull();
  });

  it.each([
    ['no URL', { proxy: 'proxy.example.com' }],
    ['another protocol', { proxy: 'ftp://proxy.example.com' }],
    ['a file', { proxy: 'file:///etc/passwd' }],
    ['a path', { proxy: 'http://proxy.example.com/path' }],
    ['a query', { proxy: 'http://proxy.example.com/?a=1' }],
    ['no host', { proxy: 'socks5://' }],
    ['an endless URL', { proxy: `http://${'a'.repeat(2100)}.example` }],
    ['an unknown setting', { proxyPassword: 'x' }],
    ['a delay that is too long', { messageDelay: 60_001 }],
    ['a delay of new chats that is too long', { newChatDelay: 3_600_001 }],
    ['a text for a switch', { rejectCalls: 'yes' }],
  ])('refuses %s', async (_what, wrong) => {
    const account = await rig.register();
    await rig.instance(account, 'one');
    const answer = await put(account, 'one', { settings: { markOnline: true, ...wrong } });
    expect([answer.status, answer.body.error]).toEqual([400, 'VALIDATION_ERROR']);
    expect((await rig.call('GET', '/api/instances/one', undefined, as(account))).body.data.settings).toEqual(settings);
  });

  it('renames: the old name is free, the new one found, a taken one refused', async () => {
    const account = await rig.register();
    await rig.instance(account, 'one');
    await rig.instance(account, 'two');
    expect((await put(account, 'one', { name: 'TWO' })).body).toMatchObject({ error: 'RESOURCE_ALREADY_EXISTS' });
    expect((await put(account, 'one', { name: 'One' })).body.data.name).toBe('One');
    expect((await put(account, 'one', { name: 'three' })).status).toBe(200);
    expect((await rig.call('GET', '/api/instances/one', undefined, as(account))).status).toBe(404);
    expect((await rig.call('GET', '/api/instances/THREE', undefined, as(account))).body.data.name).toBe('three');
    await rig.instance(account, 'one');
    expect((await rig.call('DELETE', '/api/instances/three', undefined, as(account))).status).toBe(204);
    await rig.instance(account, 'three');
  });
});
