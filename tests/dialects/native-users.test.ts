import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Account, ApiRig, errorBody, ISO, id, REQUEST_ID } from '../support/api-rig.ts';

let rig: ApiRig;
beforeAll(async () => {
  rig = await ApiRig.start();
});
afterAll(() => rig.stop());

const as = (account: Account) => ({ as: account.token });
const put = (by: Account, userId: string, body: object) => rig.call('PUT', `/api/users/${userId}`, body, as(by));
const remove = (by: Account, userId: string, query = '') =>
  rig.call('DELETE', `/api/users/${userId}${query}`, undefined, as(by));
const login = (email: string, password: string) => rig.call('POST', '/api/auth/login', { email, password });
const instancesOf = async (who: Account): Promise<{ name: string; createdById: string }[]> =>
  (await rig.call('GET', '/api/instances', undefined, as(who))).body.data.instances;
const usageOf = async (who: Account) =>
  (await rig.call('GET', '/api/subscription/usage', undefined, as(who))).body.subscription;

describe('POST /api/users', () => {
  it('makes a user of the same subscription, who can do nothing before the password is replaced', async () => {
    const john = await rig.register();
    const body = { email: ' Sarah@Company.com', password: 'tempPassword123', name: 'Sarah Smith', role: 'USER' };
    const answer = await rig.call('POST', '/api/users', body, as(john));
    const user = {
      id: id('user'),
      email: 'sarah@company.com',
      name: 'Sarah Smith',
      role: 'USER',
      subscriptionId: john.tenantId,
      mustChangePassword: true,
      createdAt: ISO,
    };
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({
      success: true,
      user,
      temporaryPassword: 'tempPassword123',
      data: { ...user, temporaryPassword: 'tempPassword123' },
      meta: { request_id: REQUEST_ID },
    });
    const { token } = (await login('sarah@company.com', 'tempPassword123')).body;
    for (const [method, path] of [
      ['GET', '/api/instances'],
      ['GET', '/api/profile'],
      ['PUT', '/api/profile'],
      ['GET', '/api/subscription'],
    ] as const) {
      const refused = await rig.call(method, path, method === 'PUT' ? { name: 'X' } : undefined, { as: token });
      expect([path, refused.status, refused.body.error]).toEqual([path, 403, 'PERMISSION_DENIED']);
    }
    expect((await rig.call('GET', '/api/auth/me', undefined, { as: token })).body.user.mustChangePassword).toBe(true);
    const change = { currentPassword: 'tempPassword123', newPassword: 'sarahSecurePass456' };
    const changed = await rig.call('POST', '/api/auth/change-password', change, { as: token });
    expect((await rig.call('GET', '/api/profile', undefined, { as: changed.body.token })).body.user).toEqual({
      ...user,
      mustChangePassword: false,
    });
  });

  it('makes a password when none is given, and USER when no role is', async () => {
    const john = await rig.register();
    const made = await rig.call('POST', '/api/users', { email: 'made@example.com', name: 'Made' }, as(john));
    expect(made.body.user.role).toBe('USER');
    expect(made.body.temporaryPassword).toMatch(/^[0-9A-Za-z]{16}$/);
    expect((await login('made@example.com', made.body.temporaryPassword)).body.mustChangePassword).toBe(true);
  });

  it('refuses an e-mail address that has an account anywhere', async () => {
    const [john, other] = [await rig.register(), await rig.register()];
    const answer = await rig.call('POST', '/api/users', { email: other.email, name: 'Again' }, as(john));
    expect(answer.status).toBe(409);
    expect(answer.body).toEqual(errorBody('RESOURCE_ALREADY_EXISTS'));
  });

  it('gives an address to one of many who ask at once', async () => {
    const john = await rig.register();
    const body = { email: 'race@example.com', name: 'Race' };
    const answers = await Promise.all(Array.from({ length: 4 }, () => rig.call('POST', '/api/users', body, as(john))));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
    const list = await rig.call('GET', '/api/users', undefined, as(john));
    expect(list.body.meta.pagination.total).toBe(2);
  });

  it.each([
    ['an unknown role', { role: 'OWNER' }],
    ['a subscription', { subscriptionId: 'sub_1' }],
    ['a tenant', { tenantId: 'sub_1' }],
    ['a short password', { password: 'short' }],
    ['mustChangePassword', { mustChangePassword: false }],
  ])('refuses %s', async (_what, extra) => {
    const john = await rig.register();
    const answer = await rig.call('POST', '/api/users', { email: 'n@example.com', name: 'N', ...extra }, as(john));
    expect([answer.status, answer.body.error]).toEqual([400, 'VALIDATION_ERROR']);
  });
});

describe('what a USER may', () => {
  it('is nothing of users and audit, and of instances only their own', async () => {
    const john = await rig.register();
    const sarah = await rig.member(john);
    await rig.instance(john, 'johns');
    await rig.instance(sarah, 'sarahs');
    const johns = '/api/instances/johns';
    for (const [method, path, body, status] of [
      ['GET', '/api/users', undefined, 403],
      ['POST', '/api/users', { email: 'x@example.com', name: 'X', role: 'ADMINISTRATOR' }, 403],
      ['GET', `/api/users/${john.userId}`, undefined, 403],
      ['GET', `/api/users/${sarah.userId}`, undefined, 403],
      ['PUT', `/api/users/${sarah.userId}`, { role: 'ADMINISTRATOR' }, 403],
      ['DELETE', `/api/users/${john.userId}`, undefined, 403],
      ['GET', '/api/audit/logs', undefined, 403],
      ['PUT', '/api/profile', { role: 'ADMINISTRATOR' }, 400],
      ['GET', johns, undefined, 404],
      ['PUT', johns, { name: 'mine-now' }, 404],
      ['DELETE', johns, undefined, 404],
      ['POST', `${johns}/restart`, {}, 404],
      ['POST', `${johns}/logout`, {}, 404],
      ['GET', `${johns}/qr`, undefined, 404],
      ['GET', `${johns}/keys`, undefined, 404],
      ['GET', '/api/instances/sarahs', undefined, 200],
      ['PUT', '/api/instances/sarahs', { settings: { markOnline: true } }, 200],
      ['GET', '/api/subscription', undefined, 200],
      ['GET', '/api/subscription/limits', undefined, 200],
    ] as const) {
      const answer = await rig.call(method, path, body, as(sarah));
      expect([method, path, answer.status]).toEqual([method, path, status]);
    }
  });

  it('changes with the role, at the next request', async () => {
    const john = await rig.register();
    const sarah = await rig.member(john);
    const list = async () => (await rig.call('GET', '/api/users', undefined, as(sarah))).status;
    expect(await list()).toBe(403);
    await put(john, sarah.userId, { role: 'ADMINISTRATOR' });
    expect(await list()).toBe(200);
    await put(john, sarah.userId, { role: 'USER' });
    expect(await list()).toBe(403);
  });
});

describe('GET /api/users', () => {
  it('lists by name and by page; another subscription has its own', async () => {
    const [john, stranger] = [await rig.register('John'), await rig.register('Stranger')];
    await rig.member(john, 'USER', 'Zoe');
    await rig.member(john, 'USER', 'Anna');
    const names = async (query: string, who = john) => {
      const { body } = await rig.call('GET', `/api/users${query}`, undefined, as(who));
      return [body.users.map(({ name }: { name: string }) => name), body.meta.pagination];
    };
    expect(await names('')).toEqual([['Anna', 'John', 'Zoe'], { page: 1, per_page: 20, total: 3, total_pages: 1 }]);
    expect(await names('?page=2&per_page=2')).toEqual([['Zoe'], { page: 2, per_page: 2, total: 3, total_pages: 2 }]);
    expect((await names('', stranger))[0]).toEqual(['Stranger']);
  });

  it('says the same of a user of another subscription and of none', async () => {
    const [john, stranger] = [await rig.register(), await rig.register()];
    for (const [method, body] of [['GET'], ['PUT', { name: 'X' }], ['DELETE']] as const) {
      const answers = [];
      for (const userId of [stranger.userId, 'user_0000000000000000000000', 'nonsense']) {
        answers.push(await rig.call(method, `/api/users/${userId}`, body, as(john)));
      }
      const texts = answers.map((answer) => answer.text.replace(answer.body.meta.request_id, ''));
      expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
      expect(new Set(texts).size).toBe(1);
    }
    expect((await rig.call('GET', '/api/profile', undefined, as(stranger))).status).toBe(200);
  });
});

describe('PUT /api/users/:id', () => {
  it('changes name, e-mail and role; the old address is free, the new one logs in', async () => {
    const john = await rig.register();
    const sarah = await rig.member(john);
    const answer = await put(john, sarah.userId, { name: 'S. Smith', email: 'S@New.example', role: 'ADMINISTRATOR' });
    expect(answer.status).toBe(200);
    expect(answer.body.user).toMatchObject({ name: 'S. Smith', email: 's@new.example', role: 'ADMINISTRATOR' });
    expect(answer.body.temporaryPassword).toBeUndefined();
    expect((await login('s@new.example', sarah.password)).status).toBe(200);
    expect((await login(sarah.email, sarah.password)).status).toBe(401);
    expect((await rig.call('POST', '/api/users', { email: sarah.email, name: 'Heir' }, as(john))).status).toBe(201);
    expect((await put(john, sarah.userId, { email: john.email })).body.error).toBe('RESOURCE_ALREADY_EXISTS');
  });

  it('resets a password: sessions end, the new one is shown once and must be replaced', async () => {
    const john = await rig.register();
    const sarah = await rig.member(john);
    const answer = await put(john, sarah.userId, { resetPassword: true });
    expect(answer.body.temporaryPassword).toMatch(/^[0-9A-Za-z]{16}$/);
    expect((await rig.call('GET', '/api/auth/me', undefined, as(sarah))).status).toBe(401);
    expect((await rig.call('POST', '/api/auth/refresh', { refreshToken: sarah.refreshToken })).status).toBe(401);
    expect((await login(sarah.email, sarah.password)).status).toBe(401);
    expect((await login(sarah.email, answer.body.temporaryPassword)).body.mustChangePassword).toBe(true);
    expect((await put(john, sarah.userId, { password: 'givenPassword1' })).body.temporaryPassword).toBe(
      'givenPassword1',
    );
    const both = await put(john, sarah.userId, { password: 'givenPassword1', resetPassword: true });
    expect(both.body.error).toBe('VALIDATION_ERROR');
  });

  it('never takes the last administrator', async () => {
    const john = await rig.register();
    const sarah = await rig.member(john);
    for (const answer of [
      await put(john, john.userId, { role: 'USER' }),
      await remove(john, john.userId),
      await remove(john, john.userId, `?instances=move&to=${sarah.userId}`),
    ]) {
      expect(answer.status).toBe(409);
      expect(answer.body).toEqual(errorBody('INVALID_STATE'));
    }
    expect((await rig.call('GET', '/api/users', undefined, as(john))).status).toBe(200);
  });

  it('leaves one administrator when two are demoted or removed at once', async () => {
    const jobs: [string, (by: Account, userId: string) => Promise<{ status: number }>][] = [
      ['demoted', (by, userId) => put(by, userId, { role: 'USER' })],
      ['removed', (by, userId) => remove(by, userId)],
    ];
    for (const [what, job] of jobs) {
      const john = await rig.register();
      const jane = await rig.member(john, 'ADMINISTRATOR', 'Jane');
      const answers = await Promise.all([job(john, jane.userId), job(jane, john.userId)]);
      const good = answers.filter(({ status }) => status < 300);
      expect([what, good.length]).toEqual([what, 1]);
      const users = await rig.ports.accounts.listUsers(john.tenantId);
      expect(users.filter(({ role }) => role === 'ADMINISTRATOR')).toHaveLength(1);
    }
  });
});

describe('DELETE /api/users/:id', () => {
  it('refuses while there are instances, and says what can be chosen', async () => {
    const john = await rig.register();
    const sarah = await rig.member(john);
    await rig.instance(sarah, 'sales-team');
    const answer = await remove(john, sarah.userId);
    expect(answer.status).toBe(409);
    expect(answer.body).toEqual(errorBody('INVALID_STATE', { details: { instances: ['sales-team'] } }));
    expect(answer.body.message).toMatch(/instances=move&to=.*instances=delete/);
    expect((await rig.call('GET', '/api/auth/me', undefined, as(sarah))).status).toBe(200);
  });

  it('moves the instances to another user', async () => {
    const john = await rig.register();
    const [sarah, ben] = [await rig.member(john), await rig.member(john, 'USER', 'Ben')];
    await rig.instance(sarah, 'one');
    await rig.instance(sarah, 'two');
    expect((await remove(john, sarah.userId, `?instances=move&to=${ben.userId}`)).status).toBe(204);
    expect((await rig.call('GET', '/api/auth/me', undefined, as(sarah))).status).toBe(401);
    expect((await login(sarah.email, sarah.password)).status).toBe(401);
    expect((await instancesOf(ben)).map(({ name, createdById }) => [name, createdById])).toEqual([
      ['one', ben.userId],
      ['two', ben.userId],
    ]);
    expect((await usageOf(john)).limits.currentInstances).toBe(2);
    // Ben's own count went along: he cannot be removed without a word about them either.
    expect((await remove(john, ben.userId)).status).toBe(409);
    expect((await remove(john, ben.userId, '?instances=delete')).status).toBe(204);
  });

  it('deletes the instances as a deletion of each would', async () => {
    const john = await rig.register();
    const sarah = await rig.member(john);
    const instanceId = await rig.instance(sarah, 'sales-team');
    const key = await rig.key(sarah, 'sales-team');
    expect((await remove(john, sarah.userId, '?instances=delete')).status).toBe(204);
    expect(await instancesOf(john)).toEqual([]);
    expect((await usageOf(john)).limits.currentInstances).toBe(0);
    expect((await rig.call('GET', '/api/instance/info', undefined, { as: key.text })).status).toBe(401);
    const removals = rig.runner.seen.filter(({ operation }) => operation === 'instance.remove');
    expect(removals.map((command) => command.instanceId)).toContain(instanceId);
  });

  it('deletes nothing of the last administrator', async () => {
    const john = await rig.register();
    await rig.instance(john, 'kept');
    expect((await remove(john, john.userId, '?instances=delete')).status).toBe(409);
    expect(await instancesOf(john)).toHaveLength(1);
  });

  it.each([
    ['move to nobody', '?instances=move', 400],
    ['a wrong word', '?instances=burn', 400],
    ['to without move', '?to=user_1', 400],
    ['move to nobody known', '?instances=move&to=user_0000000000000000000000', 404],
  ])('refuses %s', async (_what, query, status) => {
    const john = await rig.register();
    const sarah = await rig.member(john);
    expect((await remove(john, sarah.userId, query)).status).toBe(status);
  });

  it('refuses to move to the same user, and to one of another subscription', async () => {
    const [john, stranger] = [await rig.register(), await rig.register()];
    const sarah = await rig.member(john);
    expect((await remove(john, sarah.userId, `?instances=move&to=${sarah.userId}`)).status).toBe(400);
    expect((await remove(john, sarah.userId, `?instances=move&to=${stranger.userId}`)).status).toBe(404);
  });

  it('leaves no orphan when the user makes an instance at that moment', async () => {
    for (let round = 0; round < 4; round += 1) {
      const john = await rig.register();
      const sarah = await rig.member(john);
      const [made, gone] = await Promise.all([
        rig.call('POST', '/api/instances', { name: 'late' }, as(sarah)),
        remove(john, sarah.userId),
      ]);
      const users = (await rig.ports.accounts.listUsers(john.tenantId)).map((user) => user.id);
      for (const { createdById } of await instancesOf(john)) expect(users).toContain(createdById);
      expect([made.status, gone.status].filter((status) => status < 300)).toHaveLength(1);
    }
  });
});

describe('/api/profile', () => {
  it('changes the own name, and the e-mail with the password only', async () => {
    const john = await rig.register();
    const profile = (body: object) => rig.call('PUT', '/api/profile', body, as(john));
    expect((await profile({ name: 'Johnny' })).body.user).toMatchObject({ name: 'Johnny', email: john.email });
    expect((await profile({ email: 'johnny@example.com' })).status).toBe(400);
    expect((await profile({ email: 'johnny@example.com', currentPassword: 'wrong' })).status).toBe(401);
    const moved = await profile({ email: 'johnny@example.com', currentPassword: john.password });
    expect(moved.body.user.email).toBe('johnny@example.com');
    expect((await login('johnny@example.com', john.password)).status).toBe(200);
    const { body } = await rig.call('GET', '/api/profile', undefined, as(john));
    expect(body.data).toMatchObject({ id: john.userId, name: 'Johnny', email: 'johnny@example.com' });
  });
});
