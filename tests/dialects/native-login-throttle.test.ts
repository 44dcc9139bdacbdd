import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Account, type Answer, ApiRig, errorBody } from '../support/api-rig.ts';

let rig: ApiRig;
beforeAll(async () => {
  rig = await ApiRig.start({}, { trustedProxy: ['10.0.0.0/8'] });
  rig.stopClock();
});
afterAll(() => rig.stop());

const HERE = '192.0.2.1';
const MINUTE_MS = 60_000;

const login = (email: string, password: string, from = HERE, headers: Record<string, string> = {}) =>
  rig.call('POST', '/api/auth/login', { email, password }, { from, headers });

async function fail(email: string, times: number, from = HERE): Promise<Answer> {
  let last: Answer | undefined;
  for (let i = 0; i < times; i += 1) last = await login(email, 'wrongPassword', from);
  return last as Answer;
}

function expectThrottled(answer: Answer, seconds: number): void {
  expect(answer.status).toBe(429);
  expect(answer.body).toEqual(errorBody('RATE_LIMIT_EXCEEDED', { retryAfter: seconds }));
  expect(answer.headers.get('retry-after')).toBe(String(seconds));
}

/** Works at a time that goes on from step to step. */
function timeline() {
  let offsetMs = 0;
  return async <T>(waitMs: number, work: () => Promise<T>): Promise<T> => {
    offsetMs += waitMs;
    return rig.later(offsetMs, work);
  };
}

describe('log-in from one address', () => {
  it('waits 1 s after the sixth wrong password, then twice as long each time, 15 min at most', async () => {
    const { email, password } = await rig.register();
    const inStep = timeline();
    expect((await fail(email, 6)).status).toBe(401);
    let seconds = 1;
    for (let i = 0; i < 13; i += 1) {
      // Right at the start of the wait, even the right password is not looked at.
      const refused = await inStep(0, () => login(email, password));
      expect(refused.status).toBe(429);
      expect(Math.abs(Number(refused.headers.get('retry-after')) - seconds)).toBeLessThanOrEqual(1);
      const next = await inStep(seconds * 1000 + 100, () => login(email, 'wrongPassword'));
      expect([i, next.status]).toEqual([i, 401]);
      seconds = Math.min(seconds * 2, 900);
    }
    expect(seconds).toBe(900);
    const good = await inStep(15 * MINUTE_MS + 100, () => login(email, password));
    expect(good.status).toBe(200);
    expect((await inStep(0, () => fail(email, 6))).status).toBe(401);
  });

  it('says the same of an unknown e-mail', async () => {
    const { email } = await rig.register();
    const unknown = 'nobody-at-all@example.com';
    const less = ({ status, body }: Answer) => ({ status, ...body, meta: undefined });
    for (let i = 0; i < 7; i += 1) {
      const [known, not] = [await login(email, 'wrongPassword'), await login(unknown, 'wrongPassword')];
      expect(less(not)).toEqual(less(known));
      expect(known.status).toBe(i < 6 ? 401 : 429);
    }
    expectThrottled(await login(unknown.toUpperCase(), 'wrongPassword'), 1);
  });

  it('is no way around it to ask forty times at once', async () => {
    const { email } = await rig.register();
    const answers = await Promise.all(Array.from({ length: 40 }, () => login(email, 'wrongPassword')));
    const looked = answers.filter(({ status }) => status === 401).length;
    expect(looked).toBeLessThanOrEqual(6);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(40 - looked);
  });

  it('forgets an hour after the last wait', async () => {
    const { email } = await rig.register();
    await fail(email, 6);
    const later = await rig.later(62 * MINUTE_MS, () => fail(email, 6));
    expect(later.status).toBe(401);
  });

  it('also counts the passwords that change-password and a new e-mail ask for', async () => {
    const account = await rig.register();
    const change = (currentPassword: string) =>
      rig.call(
        'POST',
        '/api/auth/change-password',
        { currentPassword, newPassword: 'anotherPassword1' },
        {
          as: account.token,
          from: HERE,
        },
      );
    for (let i = 0; i < 6; i += 1) expect((await change('wrongPassword')).status).toBe(401);
    expectThrottled(await change(account.password), 1);
    const moved = { email: 'elsewhere@example.com', currentPassword: account.password };
    expectThrottled(await rig.call('PUT', '/api/profile', moved, { as: account.token, from: HERE }), 1);
  });
});

describe('log-in from many addresses', () => {
  const spread = async (account: Account) => {
    for (let i = 0; i < 21; i += 1) await login(account.email, 'wrongPassword', `198.51.100.${i}`);
  };

  it('waits for the account, wherever the next one comes from', async () => {
    const account = await rig.register();
    await spread(account);
    expectThrottled(await login(account.email, account.password, '198.51.100.99'), 1);
    const good = await rig.later(2_000, () => login(account.email, account.password, '198.51.100.98'));
    expect(good.status).toBe(200);
  });

  it('does not lock out an address that has logged in before', async () => {
    const account = await rig.register();
    expect((await login(account.email, account.password)).status).toBe(200);
    await spread(account);
    expect((await login(account.email, account.password, '198.51.100.99')).status).toBe(429);
    expect((await login(account.email, account.password)).status).toBe(200);
  });

  it('holds up nobody else', async () => {
    const [account, other] = [await rig.register(), await rig.register()];
    await fail(account.email, 7);
    expect((await login(other.email, other.password)).status).toBe(200);
    expect((await login(account.email, account.password, '192.0.2.2')).status).toBe(200);
  });
});

describe('the address of a caller', () => {
  it('is not taken from X-Forwarded-For of just anybody', async () => {
    const { email } = await rig.register();
    for (let i = 0; i < 7; i += 1) {
      const answer = await login(email, 'wrongPassword', HERE, { 'x-forwarded-for': `198.51.100.${i}` });
      expect(answer.status).toBe(i < 6 ? 401 : 429);
    }
  });

  it('is taken from X-Forwarded-For of a trusted proxy', async () => {
    const { email } = await rig.register();
    const through = (client: string) => login(email, 'wrongPassword', '10.0.0.5', { 'x-forwarded-for': client });
    for (let i = 0; i < 6; i += 1) expect((await through('203.0.113.1')).status).toBe(401);
    expect((await through('203.0.113.1')).status).toBe(429);
    // What the client itself wrote in front does not count.
    expect((await through('198.51.100.7, 203.0.113.1')).status).toBe(429);
    expect((await through('203.0.113.2')).status).toBe(401);
  });
});
