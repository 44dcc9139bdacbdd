import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Account, ApiRig, errorBody, ISO, id, REQUEST_ID } from '../support/api-rig.ts';

let rig: ApiRig;
beforeAll(async () => {
  rig = await ApiRig.start();
});
afterAll(() => rig.stop());

const as = (account: Account) => ({ as: account.token });
const DAY_MS = 86_400_000;

// biome-ignore lint/suspicious/noExplicitAny: entries of every shape
async function logs(account: Account, query = ''): Promise<any[]> {
  const answer = await rig.call('GET', `/api/audit/logs${query}`, undefined, as(account));
  expect(answer.status).toBe(200);
  return answer.body.logs;
}

const actions = (entries: { action: string }[]) => entries.map(({ action }) => action);

describe('GET /api/audit/logs', () => {
  it('tells who did what to what, when, from where, before and after', async () => {
    const john = await rig.register();
    const from = { as: john.token, from: '203.0.113.7', headers: { 'user-agent': 'dashboard/1.0' } };
    await rig.call('POST', '/api/instances', { name: 'customer-service' }, from);
    const body = { name: 'support', settings: { messageDelay: 500 } };
    await rig.call('PUT', '/api/instances/customer-service', body, from);
    const answer = await rig.call('GET', '/api/audit/logs', undefined, as(john));
    const common = {
      id: expect.stringMatching(/^aud_[0-9A-Z]{26}$/),
      timestamp: ISO,
      actor: { kind: 'user', id: john.userId, name: 'John Doe' },
    };
    const here = { address: '203.0.113.7', userAgent: 'dashboard/1.0' };
    const entries = [
      {
        ...common,
        ...here,
        action: 'UPDATE_INSTANCE',
        target: { kind: 'instance', id: id('inst'), name: 'customer-service' },
        before: { name: 'customer-service', settings: { messageDelay: 0 } },
        after: { name: 'support', settings: { messageDelay: 500 } },
      },
      {
        ...common,
        ...here,
        action: 'CREATE_INSTANCE',
        target: { kind: 'instance', id: id('inst'), name: 'customer-service' },
        before: null,
        after: { name: 'customer-service', environment: 'live', settings: expect.any(Object) },
      },
      {
        ...common,
        address: null,
        userAgent: null,
        action: 'REGISTER',
        target: { kind: 'subscription', id: john.tenantId, name: "John Doe's Subscription" },
        before: null,
        after: { email: john.email, name: 'John Doe', role: 'ADMINISTRATOR', tier: 'BASIC' },
      },
    ];
    expect(answer.body).toEqual({
      success: true,
      logs: entries,
      data: { logs: entries },
      meta: {
        request_id: REQUEST_ID,
        pagination: { page: 1, per_page: 20, next_cursor: null, has_more: false },
      },
    });
  });

  it('has every management write, and no read, no refusal and no secret', async () => {
    const john = await rig.register();
    const sarah = await rig.member(john);
    const { body: made } = await rig.call('POST', '/api/users', { email: 'gone@example.com', name: 'G' }, as(john));
    await rig.call('PUT', `/api/users/${made.user.id}`, { resetPassword: true }, as(john));
    await rig.call('DELETE', `/api/users/${made.user.id}`, undefined, as(john));
    await rig.call('PUT', '/api/profile', { name: 'Johnny' }, as(john));
    await rig.instance(john, 'one');
    const proxy = 'socks5://user:proxyPassword1@proxy.example.com:1080';
    await rig.call('PUT', '/api/instances/one', { settings: { proxy } }, as(john));
    const key = await rig.key(john, 'one');
    await rig.call('POST', '/api/instances/one/restart', {}, { ...as(john), headers: { prefer: 'respond-async' } });
    await rig.call('POST', '/api/instances/one/logout', {}, as(john));
    await rig.call('DELETE', `/api/instances/one/keys/${key.id}`, undefined, as(john));
    await rig.call('DELETE', '/api/instances/one', undefined, as(john));

    await rig.call('GET', '/api/users', undefined, as(john));
    await rig.call('POST', '/api/instances', { name: 'bad name' }, as(john));
    await rig.call('POST', '/api/auth/login', { email: john.email, password: 'wrong' });
    await rig.call('PUT', `/api/users/${john.userId}`, { role: 'USER' }, as(john));
    await rig.call('PUT', '/api/profile', { role: 'USER' }, as(john));

    const entries = await logs(john, '?per_page=100');
    expect(actions(entries)).toEqual([
      'DELETE_INSTANCE',
      'REVOKE_API_KEY',
      'LOGOUT_INSTANCE',
      'RESTART_INSTANCE',
      'CREATE_API_KEY',
      'UPDATE_INSTANCE',
      'CREATE_INSTANCE',
      'UPDATE_PROFILE',
      'DELETE_USER',
      'UPDATE_USER',
      'CREATE_USER',
      'CHANGE_PASSWORD',
      'CREATE_USER',
      'REGISTER',
    ]);
    const text = JSON.stringify(entries);
    for (const secret of [
      'proxyPassword1',
      key.text,
      made.temporaryPassword,
      john.password,
      sarah.password,
      'argon2',
    ]) {
      expect(text).not.toContain(secret);
    }
    expect(text).toContain('socks5://user:***@proxy.example.com:1080');
    // The rows themselves, not only what the API shows of them.
    const stored = await rig.ports.audit.list(john.tenantId, {}, 100);
    expect(JSON.stringify(stored)).not.toMatch(/proxyPassword1|argon2|passwordHash/);
  });

  it('is there or not together with the write, when many race', async () => {
    const john = await rig.register();
    const names = Array.from({ length: 8 }, (_, i) => `i${i}`);
    const answers = await Promise.all(names.map((name) => rig.call('POST', '/api/instances', { name }, as(john))));
    const made = answers.filter(({ status }) => status === 201).map(({ body }) => body.instance.name);
    const entries = await logs(john, '?action=CREATE_INSTANCE');
    expect(entries.map(({ target }) => target.name).sort()).toEqual(made.sort());
    expect(made).toHaveLength(5);
  });

  it('filters by action, by who, and by time', async () => {
    const john = await rig.register();
    const sarah = await rig.member(john);
    await rig.instance(john, 'johns');
    await rig.instance(sarah, 'sarahs');
    expect((await logs(john, '?action=create_instance')).map(({ target }) => target.name)).toEqual(['sarahs', 'johns']);
    expect(actions(await logs(john, `?user_id=${sarah.userId}`))).toEqual(['CREATE_INSTANCE', 'CHANGE_PASSWORD']);
    const both = await logs(john, `?user_id=${john.userId}&action=CREATE_INSTANCE`);
    expect(both.map(({ target }) => target.name)).toEqual(['johns']);
    const [newest] = await logs(john);
    expect(await logs(john, `?from=${newest.timestamp}`)).toHaveLength(1);
    expect(await logs(john, `?to=${newest.timestamp}`)).toHaveLength(5);
    const today = newest.timestamp.slice(0, 10);
    expect(await logs(john, `?from=${today}&to=${today}`)).toHaveLength(5);
    expect(await logs(john, '?to=2020-01-01')).toEqual([]);
    for (const query of ['?action=NOTHING', '?from=yesterday', '?page=0', '?per_page=101', '?cursor=!']) {
      const answer = await rig.call('GET', `/api/audit/logs${query}`, undefined, as(john));
      expect([query, answer.status]).toEqual([query, 400]);
    }
  });

  it('goes on by page and by cursor', async () => {
    const john = await rig.register();
    for (let i = 0; i < 5; i += 1) await rig.instance(john, `i${i}`);
    const all = (await logs(john)).map((entry) => entry.id);
    const first = await rig.call('GET', '/api/audit/logs?per_page=4', undefined, as(john));
    const { next_cursor } = first.body.meta.pagination;
    expect(first.body.meta.pagination).toMatchObject({ page: 1, has_more: true });
    const ids = (entries: { id: string }[]) => entries.map((entry) => entry.id);
    expect(ids(first.body.logs)).toEqual(all.slice(0, 4));
    expect(ids(await logs(john, '?per_page=4&page=2'))).toEqual(all.slice(4));
    expect(ids(await logs(john, `?per_page=4&cursor=${next_cursor}`))).toEqual(all.slice(4));
    expect(ids(await logs(john, '?per_page=1&page=3&action=CREATE_INSTANCE'))).toEqual([all[2]]);
  });

  it("shows another subscription nothing, not even by this one's cursor", async () => {
    const [john, stranger] = [await rig.register(), await rig.register()];
    await rig.instance(john, 'johns');
    const { body } = await rig.call('GET', '/api/audit/logs?per_page=1', undefined, as(john));
    expect(actions(await logs(stranger))).toEqual(['REGISTER']);
    const seen = await logs(stranger, `?cursor=${body.meta.pagination.next_cursor}`);
    expect(seen.every((entry) => entry.actor.id === stranger.userId)).toBe(true);
    expect(await logs(stranger, `?user_id=${john.userId}`)).toEqual([]);
  });

  it('is for administrators', async () => {
    const john = await rig.register();
    const answer = await rig.call('GET', '/api/audit/logs', undefined, as(await rig.member(john)));
    expect(answer.status).toBe(403);
    expect(answer.body).toEqual(errorBody('PERMISSION_DENIED'));
  });

  it('forgets after the retention', async () => {
    const john = await rig.register();
    const [entry] = (await rig.ports.audit.list(john.tenantId, {}, 1)).items;
    expect(entry?.keepUntilMs).toBeGreaterThanOrEqual(Date.now() + 364 * DAY_MS);
    const left = () => rig.ports.audit.list(john.tenantId, {}, 10);
    expect(await rig.later(364 * DAY_MS, left)).toMatchObject({ items: [{ action: 'REGISTER' }] });
    expect(await rig.later(366 * DAY_MS, left)).toEqual({ items: [], nextCursor: null });
  });
});
