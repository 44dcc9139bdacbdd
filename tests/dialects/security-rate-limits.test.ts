import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Account, ALL_PERMISSIONS, type Answer, ApiRig, errorBody, ISO, LINKED } from '../support/api-rig.ts';
import { recordDynamo } from '../support/dynamo-calls.ts';

let rig: ApiRig;
let account: Account;
beforeAll(async () => {
  rig = await ApiRig.start();
  rig.stopClock();
  account = await rig.register();
  await rig.instance(account, 'customer-service', LINKED);
});
afterAll(() => rig.stop());

const key = (rateLimit: number) => rig.key(account, 'customer-service', ALL_PERMISSIONS, { rateLimit });
const send = (as: string, extra: object = {}) =>
  rig.call('POST', '/api/messages/text', { to: '6281234567890', text: 'Hello!', ...extra }, { as });
const read = (as: string) => rig.call('GET', '/api/messages', undefined, { as });
const limits = (as: string) => rig.call('GET', '/api/instance/limits', undefined, { as });
const rateHeaders = (answer: Answer) =>
  Object.fromEntries([...answer.headers].filter(([name]) => name.includes('ratelimit') || name === 'retry-after'));

it('lets exactly 10 of 40 parallel requests through at a limit of 10', async () => {
  const { text } = await key(10);
  const answers = await Promise.all(Array.from({ length: 40 }, () => send(text)));
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(10);
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused).toHaveLength(30);
  const nowSeconds = rig.ports.clock() / 1000;
  for (const { body, headers } of refused) {
    expect(body).toEqual(
      errorBody(
        'RATE_LIMIT_EXCEEDED',
        {
          details: { limit: 10, used: 10, resetAt: ISO, retryAfter: expect.any(Number) },
          retryAfter: expect.any(Number),
          instanceName: 'customer-service',
        },
        { instanceName: 'customer-service' },
      ),
    );
    const { resetAt, retryAfter } = body.details;
    expect(body.message).toBe(`API key rate limit exceeded. Limit: 10/hour, Used: 10, Resets at: ${resetAt}`);
    expect(body.retryAfter).toBe(retryAfter);
    expect(Date.parse(resetAt) / 1000 - nowSeconds).toBeGreaterThan(3500);
    expect(retryAfter).toBeGreaterThan(300);
    expect(retryAfter).toBeLessThanOrEqual(360);
    expect(headers.get('retry-after')).toBe(String(retryAfter));
    expect(headers.get('x-ratelimit-retry-after')).toBe(String(retryAfter));
  }
});

it('says on every answer what is left, in both families of headers', async () => {
  const { text } = await key(2);
  const answers = [await send(text), await send(text, { to: 5 }), await send(text)];
  expect(answers.map(({ status }) => status)).toEqual([201, 400, 429]);
  for (const [i, answer] of answers.entries()) {
    const remaining = Math.max(0, 1 - i);
    expect(rateHeaders(answer)).toEqual({
      'x-ratelimit-limit': '2',
      'x-ratelimit-remaining': String(remaining),
      'x-ratelimit-reset': expect.stringMatching(/^\d{10}$/),
      'ratelimit-policy': '"messages";q=2;w=3600',
      ratelimit: expect.stringMatching(new RegExp(`^"messages";r=${remaining};t=\\d+$`)),
      ...(i < 2 ? {} : { 'retry-after': '1800', 'x-ratelimit-retry-after': '1800' }),
    });
    const resetInSeconds = Number(answer.headers.get('x-ratelimit-reset')) - rig.ports.clock() / 1000;
    expect(resetInSeconds).toBeGreaterThan(i === 0 ? 1790 : 3590);
    expect(resetInSeconds).toBeLessThan(3602);
  }
  await rig.later(1_801_000, async () => expect((await send(text)).status).toBe(201));
});

it('counts reads apart from sends, keys apart from keys, and a changed limit anew', async () => {
  const [one, two] = [await key(1), await key(1)];
  expect([(await send(one.text)).status, (await send(one.text)).status]).toEqual([201, 429]);
  const first = await read(one.text);
  expect([first.status, (await read(one.text)).status]).toEqual([200, 429]);
  expect(first.headers.get('ratelimit-policy')).toBe('"reads";q=1;w=3600');
  expect((await send(two.text)).status).toBe(201);
  const path = `/api/instances/customer-service/keys/${one.id}`;
  await rig.call('PUT', path, { rateLimit: 2 }, { as: account.token });
  expect([(await send(one.text)).status, (await send(one.text)).status, (await send(one.text)).status]).toEqual([
    201, 201, 429,
  ]);
  await rig.call('POST', `${path}/rotate`, {}, { as: account.token });
  expect((await send(one.text)).status).toBe(429);
});

it('counts a signed-in user over all their tokens, and nothing without a credential', async () => {
  const me = (as: string) => rig.call('GET', '/api/auth/me', undefined, { as });
  const before = await me(account.token);
  expect(before.headers.get('ratelimit-policy')).toBe('"management";q=36000;w=3600');
  const { email, password } = account;
  const login = await rig.call('POST', '/api/auth/login', { email, password });
  expect(rateHeaders(login)).toEqual({});
  const after = await me(login.body.token);
  expect(after.status).toBe(200);
  expect(Number(after.headers.get('x-ratelimit-limit'))).toBe(36_000);
  for (const credential of ['nonsense', account.refreshToken, account.token.replace(/[^.]*$/, 'x')]) {
    const refused = await me(credential);
    expect(refused.status).toBe(401);
    expect(rateHeaders(refused)).toEqual({});
  }
});

it('refuses without asking the store, until the moment of the retry', async () => {
  const { text } = await key(1);
  await send(text);
  const asked = async (status: number) => {
    const { result, calls } = await recordDynamo(() => send(text));
    expect(result.status).toBe(status);
    return calls.filter(({ input }) => input.includes('RATE#')).length;
  };
  expect(await asked(429)).toBe(0);
  await rig.later(3_600_000, async () => expect(await asked(201)).toBe(1));
});

it('does not stand in the way when it cannot count', async () => {
  const { text } = await key(1);
  const { take } = rig.ports.rateLimits;
  rig.ports.rateLimits.take = () => Promise.reject(new Error('throttled'));
  try {
    for (let i = 0; i < 2; i += 1) {
      const answer = await read(text);
      expect([answer.status, rateHeaders(answer)]).toEqual([200, {}]);
    }
    expect((await send(text)).status).toBe(201);
    expect(rig.logs).toContainEqual(expect.objectContaining({ level: 'warn', message: 'a request was not counted' }));
  } finally {
    rig.ports.rateLimits.take = take;
  }
});

it('GET /api/instance/limits and /info tell the same', async () => {
  const { text } = await key(1000);
  for (let i = 0; i < 3; i += 1) expect((await send(text)).status).toBe(201);
  const answer = await limits(text);
  expect(answer.status).toBe(200);
  expect(answer.body.data).toEqual({
    rateLimit: { limit: 1000, used: 3, remaining: 997, resetAt: ISO },
    reads: { limit: 1000, used: 1, remaining: 999, resetAt: ISO },
    subscription: { tier: 'BASIC', instancesUsed: 1, instancesLimit: 5, monthlyMessages: expect.any(Number) },
  });
  const info = await rig.call('GET', '/api/instance/info', undefined, { as: text });
  expect(info.body.data.apiKey).toMatchObject({ rateLimit: 1000, usageCount: 3 });
  expect(Date.parse(info.body.data.apiKey.resetAt)).toBeGreaterThan(rig.ports.clock());
});
