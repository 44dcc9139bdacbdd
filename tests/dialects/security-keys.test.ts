import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Account, ALL_PERMISSIONS, ApiRig, errorBody, ISO, LINKED } from '../support/api-rig.ts';

let rig: ApiRig;
let account: Account;
beforeAll(async () => {
  rig = await ApiRig.start();
  account = await rig.register();
  await rig.instance(account, 'shop', LINKED);
});
afterAll(() => rig.stop());

const HOUR_MS = 3_600_000;
const asUser = (method: string, path: string, body?: object, who = account) =>
  rig.call(method, path, body, { as: who.token });
const statusOf = async (key: string) => (await rig.call('GET', '/api/instance/info', undefined, { as: key })).status;
/** A request over a socket, or through API Gateway, that comes from `address`. */
async function from(
  address: string,
  key: string,
  extra: Record<string, string> = {},
  app = rig.app,
): Promise<Response> {
  const init = { headers: { authorization: `Bearer ${key}`, ...extra } };
  return app.request('/api/instance/info', init, { incoming: { socket: { remoteAddress: address } } });
}

describe('PUT …/keys/:keyId', () => {
  it('changes what it names, at once, and keeps the rest', async () => {
    const key = await rig.key(account, 'shop', ['message:read'], { rateLimit: 50 });
    const path = `/api/instances/shop/keys/${key.id}`;
    const list = (as: string) => rig.call('GET', '/api/messages', undefined, { as });
    expect((await list(key.text)).status).toBe(200);
    const answer = await asUser('PUT', path, {
      permissions: ['message:send'],
      ipAllowList: ['192.0.2.7', '2001:DB8::/32'],
    });
    expect(answer.status).toBe(200);
    expect(answer.body.data).toMatchObject({
      ...{ id: key.id, name: 'test', permissions: ['message:send'], rateLimit: 50 },
      ipAllowList: ['192.0.2.7/32', '2001:db8::/32'],
    });
    expect(answer.text).not.toContain(key.text);
    expect((await from('192.0.2.7', key.text)).status).toBe(200);
    expect((await list(key.text)).status).toBe(403);
    const until = new Date(Date.now() + HOUR_MS).toISOString();
    const second = await asUser('PUT', path, { name: 'renamed', rateLimit: 60, expiresAt: until, ipAllowList: [] });
    expect(second.body.data).toMatchObject({ name: 'renamed', rateLimit: 60, expiresAt: until, ipAllowList: [] });
    await rig.later(HOUR_MS, async () => expect(await statusOf(key.text)).toBe(401));
    expect((await asUser('PUT', path, { expiresAt: null })).body.data.expiresAt).toBeNull();
    await rig.later(HOUR_MS, async () => expect(await statusOf(key.text)).toBe(200));
  });

  it.each([
    ['nothing', {}],
    ['an address that is none', { ipAllowList: ['10.0.0.256'] }],
    ['a range with host bits', { ipAllowList: ['10.0.0.1/8'] }],
    ['an octal address', { ipAllowList: ['010.0.0.1'] }],
    ['IPv4 in IPv6 clothes', { ipAllowList: ['::ffff:10.0.0.1'] }],
    ['51 ranges', { ipAllowList: Array.from({ length: 51 }, (_, i) => `10.0.0.${i}`) }],
    ['an end in the past', { expiresAt: '2020-01-01T00:00:00Z' }],
    ['no permissions', { permissions: [] }],
    ['another instance', { instanceId: 'inst_1' }],
    ['another tenant', { tenantId: 'sub_1' }],
    ['a secret', { hash: 'x' }],
  ])('refuses %s', async (_what, body) => {
    const key = await rig.key(account, 'shop');
    const answer = await asUser('PUT', `/api/instances/shop/keys/${key.id}`, body);
    expect([answer.status, answer.body.error]).toEqual([400, 'VALIDATION_ERROR']);
    expect(await statusOf(key.text)).toBe(200);
  });

  it('is not possible on a revoked key, and neither is a rotation', async () => {
    const key = await rig.key(account, 'shop');
    const path = `/api/instances/shop/keys/${key.id}`;
    for (let i = 0; i < 2; i += 1) expect((await asUser('DELETE', path)).status).toBe(204);
    for (const [method, where, body] of [
      ['PUT', path, { name: 'x' }],
      ['POST', `${path}/rotate`, {}],
    ] as const) {
      const answer = await asUser(method, where, body);
      expect([answer.status, answer.body.error]).toEqual([409, 'INVALID_STATE']);
    }
    expect(await statusOf(key.text)).toBe(401);
  });
});

describe('POST …/keys/:keyId/rotate', () => {
  it('shows a new secret; the old one works for the overlap, and only two ever work', async () => {
    const key = await rig.key(account, 'shop');
    const path = `/api/instances/shop/keys/${key.id}`;
    const rotate = (body: object) => asUser('POST', `${path}/rotate`, body);
    const first = await rotate({});
    expect(first.status).toBe(200);
    expect(first.body.data).toMatchObject({ id: key.id, key: expect.stringMatching(/^s_[0-9A-Za-z]{40}$/) });
    expect(first.body.data.previous).toEqual({ hint: key.text.slice(0, 6), validUntil: ISO });
    const works = () => Promise.all([key.text, first.body.data.key].map(statusOf));
    expect(await works()).toEqual([200, 200]);
    await rig.later(24 * HOUR_MS + 1000, async () => expect(await works()).toEqual([401, 200]));

    const second = await rotate({ overlapHours: 1 });
    expect(await works()).toEqual([401, 200]);
    expect(await statusOf(second.body.data.key)).toBe(200);
    const third = await rotate({ overlapHours: 0 });
    expect(third.body.data.previous).toBeNull();
    expect([...(await works()), await statusOf(second.body.data.key)]).toEqual([401, 401, 401]);
    expect(await statusOf(third.body.data.key)).toBe(200);

    const fourth = await rotate({ overlapHours: 168 });
    await asUser('DELETE', path);
    for (const text of [third.body.data.key, fourth.body.data.key]) expect(await statusOf(text)).toBe(401);
    const listed = await asUser('GET', '/api/instances/shop/keys');
    for (const { body } of [first, second, third, fourth]) expect(listed.text).not.toContain(body.data.key);
  });

  it('of many at once leaves one key with one secret that works', async () => {
    const key = await rig.key(account, 'shop');
    const path = `/api/instances/shop/keys/${key.id}/rotate`;
    const answers = await Promise.all(Array.from({ length: 3 }, () => asUser('POST', path, { overlapHours: 0 })));
    const made = answers.filter(({ status }) => status === 200).map(({ body }) => body.data.key as string);
    expect(made.length).toBeGreaterThan(0);
    const working = await Promise.all([key.text, ...made].map(statusOf));
    expect(working.filter((status) => status === 200)).toHaveLength(1);
    expect(working[0]).toBe(401);
  });

  it.each([-1, 168.5, 169, '24', null])('refuses an overlap of %j', async (overlapHours) => {
    const key = await rig.key(account, 'shop');
    expect((await asUser('POST', `/api/instances/shop/keys/${key.id}/rotate`, { overlapHours })).status).toBe(400);
  });
});

describe('every write of a key', () => {
  it('is in the audit log, without a secret', async () => {
    const own = await rig.register();
    await rig.instance(own, 'audited');
    const key = await rig.key(own, 'audited');
    const path = `/api/instances/audited/keys/${key.id}`;
    await asUser('PUT', path, { rateLimit: 5 }, own);
    const rotated = await asUser('POST', `${path}/rotate`, {}, own);
    await asUser('DELETE', path, undefined, own);
    await asUser('DELETE', path, undefined, own);
    const log = await asUser('GET', '/api/audit/logs', undefined, own);
    const actions = log.body.data.logs.map((entry: { action: string }) => entry.action);
    expect(actions.slice(0, 4)).toEqual(['REVOKE_API_KEY', 'ROTATE_API_KEY', 'UPDATE_API_KEY', 'CREATE_API_KEY']);
    expect(actions.filter((action: string) => action === 'REVOKE_API_KEY')).toHaveLength(1);
    expect(log.text).not.toContain(key.text);
    expect(log.text).not.toContain(rotated.body.data.key);
  });
});

describe('an address list', () => {
  it('lets in who is on it, and tells others 403', async () => {
    const ipAllowList = ['192.0.2.0/24', '2001:db8::/32'];
    const key = await rig.key(account, 'shop', ALL_PERMISSIONS, { ipAllowList });
    for (const address of ['192.0.2.1', '::ffff:192.0.2.255', '2001:db8:ffff::1', '2001:DB8::2']) {
      expect([address, (await from(address, key.text)).status]).toEqual([address, 200]);
    }
    for (const address of ['192.0.3.1', '2001:db9::1', '::1', '']) {
      const answer = await from(address, key.text, { 'x-forwarded-for': '192.0.2.1' });
      expect([address, answer.status]).toEqual([address, 403]);
      expect(await answer.json()).toEqual(errorBody('PERMISSION_DENIED'));
    }
    expect(await statusOf(key.text)).toBe(403);
  });

  it('is asked about the address that API Gateway says', async () => {
    const key = await rig.key(account, 'shop', ALL_PERMISSIONS, { ipAllowList: ['192.0.2.0/24'] });
    const headers = { authorization: `Bearer ${key.text}`, 'x-forwarded-for': '192.0.2.1' };
    const ask = (requestContext: object) => rig.app.request('/api/instance/info', { headers }, { requestContext });
    expect((await ask({ http: { sourceIp: '192.0.2.9' } })).status).toBe(200);
    expect((await ask({ http: { sourceIp: '198.51.100.9' } })).status).toBe(403);
    expect((await ask({ identity: { sourceIp: '192.0.2.9' } })).status).toBe(200);
  });

  it('does not tell whether a key that does not work would have been let in', async () => {
    const key = await rig.key(account, 'shop', ALL_PERMISSIONS, { ipAllowList: ['192.0.2.0/24'] });
    await asUser('DELETE', `/api/instances/shop/keys/${key.id}`);
    for (const address of ['192.0.2.1', '198.51.100.1']) expect((await from(address, key.text)).status).toBe(401);
  });
});

describe('the last use', () => {
  it('is listed, and its failure is nobody else’s', async () => {
    const own = await rig.register();
    await rig.instance(own, 'used');
    const key = await rig.key(own, 'used');
    const { noteUse } = rig.ports.apiKeys;
    const noted: Promise<void>[] = [];
    rig.ports.apiKeys.noteUse = (...args) => {
      noted.push(noteUse(...args));
      return noted.at(-1) as Promise<void>;
    };
    const listed = async () =>
      (await asUser('GET', '/api/instances/used/keys', undefined, own)).body.data.keys[0].lastUsedAt;
    expect(await listed()).toBeNull();
    expect(await statusOf(key.text)).toBe(200);
    await Promise.all(noted);
    expect(await listed()).toEqual(ISO);
    rig.ports.apiKeys.noteUse = () => Promise.reject(new Error('the table is gone'));
    expect(await statusOf(key.text)).toBe(200);
    rig.ports.apiKeys.noteUse = noteUse;
  });
});

describe('a key of the account', () => {
  let owner: Account;
  let wide: { id: string; key: string };
  const make = async (who: Account, body: object = {}) =>
    (await asUser('POST', '/api/keys', { name: 'wide', permissions: ALL_PERMISSIONS, ...body }, who)).body.data;
  const send = (body: object, key = wide.key) =>
    rig.call('POST', '/api/messages/text', { to: '6281234567890', text: 'x', ...body }, { as: key });
  beforeAll(async () => {
    owner = await rig.register();
    wide = await make(owner);
  });

  it('speaks for the only instance, and for the one that is named when there are more', async () => {
    expect(wide.key).toMatch(/^account_[0-9A-Za-z]{40}$/);
    expect((await send({})).body.error).toBe('RESOURCE_NOT_FOUND');
    const one = await rig.instance(owner, 'one', LINKED);
    expect((await send({})).body.meta.instanceName).toBe('one');
    const two = await rig.instance(owner, 'two', LINKED);
    expect((await send({})).body).toMatchObject({
      error: 'VALIDATION_ERROR',
      message: expect.stringContaining('instanceName'),
    });
    expect((await send({ instanceName: 'TWO' })).body.meta.instanceName).toBe('two');
    expect((await send({ instanceId: one })).body.meta.instanceName).toBe('one');
    const info = (query: string) => rig.call('GET', `/api/instance/info?${query}`, undefined, { as: wide.key });
    expect((await info(`instanceId=${two}`)).body.data.instance.name).toBe('two');
    expect((await info('instanceName=one')).body.data.instance.name).toBe('one');
    expect((await info(`instanceName=one&instanceId=${two}`)).status).toBe(404);
    expect((await send({ instanceName: 5 })).status).toBe(400);
  });

  it('says the same of another tenant’s instance and of none', async () => {
    const foreign = await rig.instance(account, 'foreign', LINKED);
    const texts = [];
    for (const body of [
      { instanceName: 'foreign' },
      { instanceName: 'none' },
      { instanceId: foreign },
      { instanceId: 'x' },
    ]) {
      const answer = await send(body);
      expect(answer.status).toBe(404);
      texts.push(answer.text.replace(answer.body.meta.request_id, ''));
    }
    expect(new Set(texts).size).toBe(1);
  });

  it('leaves a key of an instance with its instance', async () => {
    const narrow = (await rig.key(owner, 'one')).text;
    expect((await send({ instanceName: 'one' }, narrow)).body.meta.instanceName).toBe('one');
    expect((await send({ instanceName: 'two' }, narrow)).status).toBe(404);
  });

  it('is an administrator’s to make, see, change, rotate and revoke', async () => {
    const path = `/api/keys/${wide.id}`;
    expect((await asUser('GET', '/api/keys', undefined, owner)).body.data.keys).toMatchObject([{ id: wide.id }]);
    expect((await asUser('GET', '/api/instances/one/keys', undefined, owner)).text).not.toContain(wide.id);
    expect((await asUser('GET', '/api/keys')).body.data.keys).toEqual([]);
    for (const [who, method, where, body] of [
      [account, 'PUT', path, { name: 'x' }],
      [account, 'POST', `${path}/rotate`, {}],
      [account, 'DELETE', path, undefined],
      [owner, 'DELETE', `/api/instances/one/keys/${wide.id}`, undefined],
    ] as const) {
      const answer = await asUser(method, where, body, who);
      expect([answer.status, answer.body.error]).toEqual([404, 'RESOURCE_NOT_FOUND']);
    }
    const changed = await asUser('PUT', path, { rateLimit: 20 }, owner);
    expect([changed.status, changed.body.data.rateLimit]).toEqual([200, 20]);
    const rotated = await asUser('POST', `${path}/rotate`, { overlapHours: 0 }, owner);
    expect((await send({ instanceName: 'one' })).status).toBe(401);
    expect((await send({ instanceName: 'one' }, rotated.body.data.key)).status).toBe(201);
    expect((await asUser('DELETE', path, undefined, owner)).status).toBe(204);
    expect((await send({ instanceName: 'one' }, rotated.body.data.key)).status).toBe(401);
  });
});
