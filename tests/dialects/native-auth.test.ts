import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, ApiRig, errorBody, ISO, id, JWT, REQUEST_ID } from '../support/api-rig.ts';

let rig: ApiRig;
beforeAll(async () => {
  rig = await ApiRig.start();
});
afterAll(() => rig.stop());

const login = (email: string, password: string) => rig.call('POST', '/api/auth/login', { email, password });
const refresh = (refreshToken: string) => rig.call('POST', '/api/auth/refresh', { refreshToken });
const me = (token: string) => rig.call('GET', '/api/auth/me', undefined, { as: token });

function expectRefused(answer: Answer): void {
  expect(answer.status).toBe(401);
  expect(answer.body).toEqual(errorBody('AUTHENTICATION_ERROR'));
  expect(answer.headers.get('www-authenticate')).toBe('Bearer');
}

const REFRESH = expect.stringMatching(/^[0-9A-Za-z]{43}$/);
const userOf = (email: string, name: string) => ({
  id: id('user'),
  email,
  name,
  role: 'ADMINISTRATOR',
  subscriptionId: id('sub'),
  mustChangePassword: false,
  createdAt: ISO,
});
const subscriptionOf = (name: string, currentInstances = 0) => ({
  id: id('sub'),
  name: `${name}'s Subscription`,
  tier: 'BASIC',
  maxInstances: 5,
  currentInstances,
});

describe('POST /api/auth/register', () => {
  it('makes a subscription with its administrator, signed in', async () => {
    const answer = await rig.call('POST', '/api/auth/register', {
      email: '  John@Company.com ',
      password: 'securePassword123',
      name: 'John Doe',
    });
    const user = userOf('john@company.com', 'John Doe');
    const subscription = subscriptionOf('John Doe');
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({
      success: true,
      user,
      subscription,
      token: JWT,
      data: {
        user,
        subscription,
        token: JWT,
        tokenExpiresAt: ISO,
        refreshToken: REFRESH,
        refreshTokenExpiresAt: ISO,
        mustChangePassword: false,
      },
      meta: { request_id: REQUEST_ID },
    });
    expect(answer.headers.get('x-request-id')).toBe(answer.body.meta.request_id);
    expect(answer.body.user.subscriptionId).toBe(answer.body.subscription.id);
    expect((await me(answer.body.token)).status).toBe(200);
  });

  it('takes an e-mail address once, whatever its case', async () => {
    const account = await rig.register();
    const body = { email: account.email.toUpperCase(), password: 'securePassword123', name: 'Other' };
    const answer = await rig.call('POST', '/api/auth/register', body);
    expect(answer.status).toBe(409);
    expect(answer.body).toEqual(errorBody('RESOURCE_ALREADY_EXISTS'));
  });

  it.each([
    ['no e-mail', { password: 'securePassword123', name: 'N' }],
    ['something else than an e-mail', { email: 'nobody', password: 'securePassword123', name: 'N' }],
    ['a short password', { email: 'n@example.com', password: 'short', name: 'N' }],
    ['an endless password', { email: 'n@example.com', password: 'x'.repeat(257), name: 'N' }],
    ['an empty name', { email: 'n@example.com', password: 'securePassword123', name: ' ' }],
    ['a role', { email: 'n@example.com', password: 'securePassword123', name: 'N', role: 'ADMINISTRATOR' }],
    ['a number as a name', { email: 'n@example.com', password: 'securePassword123', name: 5 }],
    ['a list', []],
    ['null', 'null'],
  ])('refuses %s', async (_what, body) => {
    const answer = await rig.call('POST', '/api/auth/register', body);
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual(errorBody('VALIDATION_ERROR', { details: expect.any(Array) }));
    expect(answer.text).not.toContain('securePassword123');
  });

  it('repeats its answer for the same Idempotency-Key and body, secrets sealed in between', async () => {
    const body = { email: 'once@example.com', password: 'securePassword123', name: 'Once' };
    const options = { headers: { 'idempotency-key': 'register-1' } };
    const first = await rig.call('POST', '/api/auth/register', body, options);
    const second = await rig.call('POST', '/api/auth/register', body, options);
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body.data).toEqual(first.body.data);
    expect([first, second].map((answer) => answer.headers.get('idempotency-replayed'))).toEqual([null, 'true']);
    // Somebody else's request under the same key is another request.
    const other = await rig.call('POST', '/api/auth/register', { ...body, email: 'two@example.com' }, options);
    expect(other.status).toBe(201);
    expect(other.body.user.id).not.toBe(first.body.user.id);
  });

  it('can be closed, or open for the first account only', async () => {
    const body = { email: 'late@example.com', password: 'securePassword123', name: 'Late' };
    for (const registration of ['closed', 'first'] as const) {
      const previous = rig.ports.policy.registration;
      rig.ports.policy.registration = registration;
      const answer = await rig.call('POST', '/api/auth/register', body);
      rig.ports.policy.registration = previous;
      expect(answer.status).toBe(403);
      expect(answer.body).toEqual(errorBody('REGISTRATION_CLOSED'));
    }
  });
});

describe('POST /api/auth/login', () => {
  it('signs in', async () => {
    const account = await rig.register('Sarah Smith');
    const answer = await login(account.email.toUpperCase(), account.password);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      success: true,
      user: userOf(account.email, 'Sarah Smith'),
      subscription: subscriptionOf('Sarah Smith'),
      token: JWT,
      mustChangePassword: false,
      data: { token: answer.body.token, refreshToken: REFRESH },
    });
    expect(answer.body.refreshToken).toBeUndefined();
  });

  it('says the same of an unknown e-mail and a wrong password, after the same work', async () => {
    const account = await rig.register();
    // The least of five, by turns: work has a floor, while a machine that is busy for a time only adds.
    const people = [account.email, 'nobody@example.com'].map((email) => ({
      ...{ email, leastMs: Number.POSITIVE_INFINITY },
      answer: undefined as Answer | undefined,
    }));
    for (let round = 0; round < 5; round += 1) {
      for (const one of people) {
        const startMs = performance.now();
        one.answer = await login(one.email, 'wrongPassword123');
        one.leastMs = Math.min(one.leastMs, performance.now() - startMs);
      }
    }
    const [wrong, unknown] = people as [(typeof people)[0], (typeof people)[0]];
    for (const { answer } of people) expectRefused(answer as Answer);
    const less = ({ body }: Answer) => ({ ...body, meta: undefined });
    expect(less(unknown.answer as Answer)).toEqual(less(wrong.answer as Answer));
    expect(unknown.leastMs).toBeGreaterThan(wrong.leastMs / 2);
  });
});

describe('POST /api/auth/refresh', () => {
  it('gives a new pair; the old access token goes on until it ends', async () => {
    const account = await rig.register();
    const answer = await refresh(account.refreshToken);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      success: true,
      user: userOf(account.email, 'John Doe'),
      token: JWT,
      data: {
        user: userOf(account.email, 'John Doe'),
        token: JWT,
        tokenExpiresAt: ISO,
        refreshToken: REFRESH,
        refreshTokenExpiresAt: ISO,
      },
      meta: { request_id: REQUEST_ID },
    });
    expect(answer.body.data.refreshToken).not.toBe(account.refreshToken);
    for (const token of [account.token, answer.body.token]) expect((await me(token)).status).toBe(200);
  });

  it('ends the whole family when a token is used twice', async () => {
    const account = await rig.register();
    const second = (await refresh(account.refreshToken)).body.data.refreshToken;
    const third = (await refresh(second)).body.data.refreshToken;
    expectRefused(await refresh(account.refreshToken));
    expectRefused(await refresh(third));
    expect(rig.logs).toContainEqual(
      expect.objectContaining({ level: 'warn', fields: expect.objectContaining({ tenantId: account.tenantId }) }),
    );
    const another = await login(account.email, account.password);
    expect((await refresh(another.body.data.refreshToken)).status).toBe(200);
  });

  it('gives one winner when two use a token at once', async () => {
    const account = await rig.register();
    const answers = await Promise.all([1, 2, 3, 4].map(() => refresh(account.refreshToken)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401]);
  });

  it('does not move the end of the family', async () => {
    const account = await rig.register();
    const first = await refresh(account.refreshToken);
    const day = 86_400_000;
    const later = await rig.later(29 * day, () => refresh(first.body.data.refreshToken));
    expect(later.status).toBe(200);
    expect(later.body.data.refreshTokenExpiresAt).toBe(first.body.data.refreshTokenExpiresAt);
    await rig.later(30 * day + 1000, async () => expectRefused(await refresh(later.body.data.refreshToken)));
  });

  it.each(['x', 'a'.repeat(43), 'a.b.c'])('refuses %j', async (token) => {
    expectRefused(await refresh(token));
  });

  it('does not take an access token, nor the API a refresh token', async () => {
    const account = await rig.register();
    expect((await refresh(account.token)).status).toBeGreaterThanOrEqual(400);
    expectRefused(await me(account.refreshToken));
  });
});

describe('POST /api/auth/logout', () => {
  it('ends one session by its refresh token', async () => {
    const account = await rig.register();
    const other = await login(account.email, account.password);
    const body = { refreshToken: account.refreshToken };
    const answer = await rig.call('POST', '/api/auth/logout', body, { as: account.token });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      success: true,
      message: 'Logged out',
      data: { message: 'Logged out' },
      meta: { request_id: REQUEST_ID },
    });
    expectRefused(await refresh(account.refreshToken));
    expect((await refresh(other.body.data.refreshToken)).status).toBe(200);
  });

  it('ends every session without one, this access token included', async () => {
    const account = await rig.register();
    const other = await login(account.email, account.password);
    expect((await rig.call('POST', '/api/auth/logout', undefined, { as: account.token })).status).toBe(200);
    for (const token of [account.token, other.body.token]) expectRefused(await me(token));
    for (const token of [account.refreshToken, other.body.data.refreshToken]) expectRefused(await refresh(token));
    expect((await me((await login(account.email, account.password)).body.token)).status).toBe(200);
  });

  it("does not touch another user's session", async () => {
    const [account, stranger] = [await rig.register(), await rig.register()];
    const body = { refreshToken: stranger.refreshToken };
    expect((await rig.call('POST', '/api/auth/logout', body, { as: account.token })).status).toBe(200);
    expect((await refresh(stranger.refreshToken)).status).toBe(200);
  });
});

describe('GET /api/auth/me', () => {
  it('says who is signed in', async () => {
    const account = await rig.register();
    await rig.instance(account, 'one');
    const answer = await me(account.token);
    const user = userOf(account.email, 'John Doe');
    const subscription = subscriptionOf('John Doe', 1);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      success: true,
      user,
      subscription,
      data: { user, subscription },
      meta: { request_id: REQUEST_ID },
    });
    expect(answer.text).not.toMatch(/argon2|passwordHash/);
  });

  it('ends with the access token, after 15 minutes', async () => {
    const account = await rig.register();
    await rig.later(14 * 60_000, async () => expect((await me(account.token)).status).toBe(200));
    await rig.later(15 * 60_000 + 1000, async () => expectRefused(await me(account.token)));
  });
});

describe('POST /api/auth/change-password', () => {
  const change = (token: string, currentPassword: string, newPassword: string) =>
    rig.call('POST', '/api/auth/change-password', { currentPassword, newPassword }, { as: token });

  it('sets the password, ends the other sessions and keeps this caller signed in', async () => {
    const account = await rig.register();
    const other = await login(account.email, account.password);
    const answer = await change(account.token, account.password, 'sarahSecurePass456');
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ success: true, message: 'Password changed', token: JWT });
    for (const token of [account.token, other.body.token]) expectRefused(await me(token));
    for (const token of [account.refreshToken, other.body.data.refreshToken]) expectRefused(await refresh(token));
    expect((await me(answer.body.token)).status).toBe(200);
    expect((await refresh(answer.body.data.refreshToken)).status).toBe(200);
    expectRefused(await login(account.email, account.password));
    expect((await login(account.email, 'sarahSecurePass456')).status).toBe(200);
  });

  it('wants the current password, and another one', async () => {
    const account = await rig.register();
    expectRefused(await change(account.token, 'wrongPassword123', 'sarahSecurePass456'));
    const same = await change(account.token, account.password, account.password);
    expect(same.status).toBe(400);
    expect((await me(account.token)).status).toBe(200);
  });

  it('is all that a temporary password is good for', async () => {
    const account = await rig.register();
    const { getUser } = rig.ports.accounts;
    const temporary = (await getUser(account.tenantId, account.userId))?.passwordHash;
    rig.ports.accounts.getUser = async (tenantId, userId) => {
      const user = await getUser(tenantId, userId);
      return user && { ...user, mustChangePassword: user.passwordHash === temporary };
    };
    try {
      const refused = await rig.call('GET', '/api/instances', undefined, { as: account.token });
      expect(refused.status).toBe(403);
      expect(refused.body).toEqual(errorBody('PERMISSION_DENIED'));
      expect((await me(account.token)).body.user.mustChangePassword).toBe(true);
      const changed = await change(account.token, account.password, 'sarahSecurePass456');
      const allowed = await rig.call('GET', '/api/instances', undefined, { as: changed.body.token });
      expect(allowed.status).toBe(200);
    } finally {
      rig.ports.accounts.getUser = getUser;
    }
  });
});
