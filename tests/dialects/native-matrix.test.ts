import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { permissionOf, type Route } from '../../functions/dialects/dialect.ts';
import { nativeDialect } from '../../functions/dialects/native/index.ts';
import { type Account, ALL_PERMISSIONS, ApiRig, errorBody } from '../support/api-rig.ts';
import { pathOf, SAMPLE_BODIES } from '../support/route-calls.ts';

let rig: ApiRig;
let account: Account;
let stranger: Account;
let key: string;
let revoked: string;
let expired: string;
beforeAll(async () => {
  rig = await ApiRig.start();
  [account, stranger] = [await rig.register(), await rig.register()];
  await rig.instance(account, 'mine');
  await rig.instance(stranger, 'theirs');
  key = (await rig.key(account, 'mine')).text;
  const old = await rig.key(account, 'mine');
  await rig.call('DELETE', `/api/instances/mine/keys/${old.id}`, undefined, { as: account.token });
  revoked = old.text;
  const expiresAt = new Date(Date.now() - 60_000).toISOString();
  expired = await rig.later(-3_600_000, async () => {
    const early = await rig.register();
    await rig.instance(early, 'mine');
    return (await rig.key(early, 'mine', undefined, { expiresAt })).text;
  });
});
afterAll(() => rig.stop());

/** Headers that differ from request to request. */
const PASSING = /^x-request-id$|ratelimit/;
/** Bodies of those who send messages may carry fields of other systems. */
const LENIENT = /^\/api\/(messages|contacts)\//;

const rows = nativeDialect.routes.map((row) => ({ name: `${row.method} ${row.path}`, row }));
const guarded = rows.filter(({ row }) => row.credential !== 'none');
const withBody = rows.filter(({ row }) => row.body !== undefined);
const ofInstance = rows.filter(({ row }) => row.path.includes('/:name'));

function call(row: Route, as: string | undefined, options: { body?: unknown; type?: string; instance?: string } = {}) {
  const path = pathOf(row, { name: options.instance ?? 'mine' });
  const body = row.body ? (options.body ?? SAMPLE_BODIES[`${row.method} ${row.path}`] ?? {}) : undefined;
  const headers: Record<string, string> = options.type === undefined ? {} : { 'content-type': options.type };
  return rig.call(row.method, path, body, { ...(as === undefined ? {} : { as }), headers });
}

const credentialOf = (row: Route) =>
  row.credential === 'none' ? undefined : row.credential === 'key' ? key : account.token;

const nowSeconds = () => Math.floor(Date.now() / 1000);

/** The account's token with other claims or another header, under the gateway's own secret. */
function signed(claims: object, header: object = {}): string {
  const [head, body] = account.token.split('.', 2).map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()));
  const text = [
    { ...head, ...header },
    { ...body, ...claims },
  ]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const secret = rig.config.jwtSecrets[0] as string;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

it('signs as the gateway does: what is refused below is refused for what was changed', async () => {
  expect((await rig.call('GET', '/api/auth/me', undefined, { as: signed({}) })).status).toBe(200);
});

function forgedToken(): string {
  const [head, body] = account.token.split('.') as [string, string];
  return `${head}.${body}.${createHmac('sha256', 'another secret').update(`${head}.${body}`).digest('base64url')}`;
}

it('covers every route of the dialect', () => {
  expect(rows.length).toBeGreaterThanOrEqual(27);
  const open = rows.filter(({ row }) => row.credential === 'none').map(({ name }) => name);
  expect(open.sort()).toEqual([
    'DELETE /api/auth/session',
    'GET /api/health',
    'GET /api/version',
    'POST /api/auth/login',
    'POST /api/auth/refresh',
    'POST /api/auth/register',
    'POST /api/auth/session',
  ]);
  expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
});

describe.each(guarded)('$name', ({ row }) => {
  it.each([
    ['no credential', () => undefined],
    ['a forged token', forgedToken],
    ['a token without a signature', () => account.token.replace(/[^.]*$/, '')],
    ['a token of another audience', () => signed({ aud: 'another' })],
    ['a token of another issuer', () => signed({ iss: 'another' })],
    ['a token that has expired', () => signed({ iat: nowSeconds() - 7200, exp: nowSeconds() - 60 })],
    ['a token that never ends', () => signed({ exp: undefined })],
    ['a token of alg none', () => signed({}, { alg: 'none' }).replace(/[^.]*$/, '')],
    ['a token of alg none with a signature', () => signed({}, { alg: 'none' })],
    ['a token of another type', () => signed({}, { typ: 'JWT' })],
    ['a token for another tenant', () => account.token.replace(/\.[^.]*\./, `.${stranger.token.split('.')[1]}.`)],
    ['a refresh token', () => account.refreshToken],
    ['a revoked key', () => revoked],
    ['an expired key', () => expired],
    ['a key that never was', () => `cs_${'a'.repeat(40)}`],
    ['1 MB of credential', () => 'x'.repeat(1_000_000)],
  ])('answers 401 to %s', async (_what, credential) => {
    const answer = await call(row, credential());
    expect(answer.status).toBe(401);
    expect(answer.body).toEqual(errorBody('AUTHENTICATION_ERROR'));
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  });

  it.skipIf(row.credential === 'any')('answers 403 to a credential of the other kind', async () => {
    const answer = await call(row, row.credential === 'key' ? account.token : key);
    expect(answer.status).toBe(403);
    expect(answer.body).toEqual(errorBody('PERMISSION_DENIED'));
  });
});

describe.each(withBody)('$name', ({ row }) => {
  it('answers 400 to a body that is not JSON', async () => {
    const answer = await call(row, credentialOf(row), { body: '{"a":' });
    expect(answer.status).toBe(400);
    expect(answer.body.error).toBe('VALIDATION_ERROR');
  });

  it('answers 415 to a body of another type', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      const answer = await call(row, credentialOf(row), { body: '{}', type });
      // Where a form may be sent, this one is broken.
      const isBrokenForm = row.form !== undefined && type.startsWith('multipart/');
      const refusal = isBrokenForm ? [400, 'VALIDATION_ERROR'] : [415, 'UNSUPPORTED_MEDIA_TYPE'];
      expect([type, answer.status, answer.body.error]).toEqual([type, ...refusal]);
    }
  });

  it('answers 400 to a key that reaches into prototypes', async () => {
    const answer = await call(row, credentialOf(row), { body: '{"__proto__":{"role":"ADMINISTRATOR"}}' });
    expect(answer.status).toBe(400);
  });

  it('answers 400 to a body that is no object', async () => {
    for (const body of ['[]', '"text"', '5', 'null', 'true']) {
      const answer = await call(row, credentialOf(row), { body });
      expect([body, answer.status]).toEqual([body, 400]);
    }
  });
});

describe.each(withBody.filter(({ row }) => !LENIENT.test(row.path)))('$name', ({ row, name }) => {
  it('answers 400 to an unknown field', async () => {
    const answer = await call(row, credentialOf(row), {
      body: { ...SAMPLE_BODIES[name], tenantId: stranger.tenantId },
    });
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({
      error: 'VALIDATION_ERROR',
      details: [{ message: expect.stringContaining('tenantId') }],
    });
  });
});

describe.each(rows.filter(({ row }) => row.op !== undefined))('$name', ({ row }) => {
  it('answers 403 to a key without its permission', async () => {
    const needed = permissionOf(row);
    expect(ALL_PERMISSIONS).toContain(needed);
    const others = ALL_PERMISSIONS.filter((permission) => permission !== needed);
    const answer = await call(row, (await rig.key(account, 'mine', others)).text);
    expect([answer.status, answer.body.error]).toEqual([403, 'PERMISSION_DENIED']);
    expect(answer.body.message).toContain(needed);
  });
});

describe.each(ofInstance)('$name', ({ row }) => {
  it("says the same of another tenant's instance and of none", async () => {
    const answers = [];
    for (const instance of ['theirs', 'nobody']) answers.push(await call(row, account.token, { instance }));
    const [foreign, absent] = answers.map((answer) => answer.text.replace(answer.body.meta.request_id, ''));
    expect(answers.map(({ status }) => status)).toEqual([404, 404]);
    expect(foreign).toBe(absent);
    expect(answers[0]?.body).toEqual(errorBody('RESOURCE_NOT_FOUND'));
    const headers = answers.map((answer) => [...answer.headers].filter(([name]) => !PASSING.test(name)));
    expect(headers[0]).toEqual(headers[1]);
  });
});
