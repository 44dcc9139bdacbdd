import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { permissionOf, type Route } from '../../functions/dialects/dialect.ts';
import { nativeDialect } from '../../functions/dialects/native/index.ts';
import { type Account, ALL_PERMISSIONS, ApiRig, errorBody } from '../support/api-rig.ts';

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
  expired = await rig.later(-3_600_000, async () => (await rig.key(account, 'mine', undefined, { expiresAt })).text);
});
afterAll(() => rig.stop());

/** A body that each route takes, so that only what a test changes can be at fault. */
const BODIES: Record<string, object> = {
  'POST /api/auth/register': { email: 'new@example.com', password: 'securePassword123', name: 'New' },
  'POST /api/auth/login': { email: 'new@example.com', password: 'securePassword123' },
  'POST /api/auth/refresh': { refreshToken: 'x' },
  'POST /api/auth/change-password': { currentPassword: 'securePassword123', newPassword: 'sarahSecurePass456' },
  'POST /api/users': { email: 'sarah@example.com', name: 'Sarah' },
  'PUT /api/users/:id': { name: 'Sarah' },
  'PUT /api/profile': { name: 'Somebody' },
  'POST /api/instances': { name: 'another' },
  'PUT /api/instances/:name': { settings: { rejectCalls: true } },
  'POST /api/instances/:name/pairing-code': { phone: '6281234567890' },
  'POST /api/instances/:name/keys': { name: 'k', permissions: ['message:send'] },
  'POST /api/messages/text': { to: '6281234567890', text: 'x' },
  'POST /api/contacts/check': { numbers: ['6281234567890'] },
  'POST /api/test/instances/:name/incoming': { from: '6281234567890', text: 'x' },
};
/** Bodies of those who send messages may carry fields of other systems. */
const LENIENT = /^\/api\/(messages|contacts)\//;

const rows = nativeDialect.routes.map((row) => ({ name: `${row.method} ${row.path}`, row }));
const guarded = rows.filter(({ row }) => row.credential !== 'none');
const withBody = rows.filter(({ row }) => row.body !== undefined);
const ofInstance = rows.filter(({ row }) => row.path.includes('/:name'));

function call(row: Route, as: string | undefined, options: { body?: unknown; type?: string; instance?: string } = {}) {
  const path = row.path
    .replace(':name', options.instance ?? 'mine')
    .replace(':messageId', 'msg_3EB0ABCDEF')
    .replace(':id', 'user_0000000000000000000000')
    .replace(':keyId', 'key_0000000000000000000000');
  const body = row.body ? (options.body ?? BODIES[`${row.method} ${row.path}`] ?? {}) : undefined;
  const headers: Record<string, string> = options.type === undefined ? {} : { 'content-type': options.type };
  return rig.call(row.method, path, body, { ...(as === undefined ? {} : { as }), headers });
}

const credentialOf = (row: Route) =>
  row.credential === 'none' ? undefined : row.credential === 'key' ? key : account.token;

function forgedToken(): string {
  const [head, body] = account.token.split('.') as [string, string];
  return `${head}.${body}.${createHmac('sha256', 'another secret').update(`${head}.${body}`).digest('base64url')}`;
}

it('covers every route of the dialect', () => {
  expect(rows.length).toBeGreaterThanOrEqual(27);
  expect(guarded.length).toBe(rows.length - 5);
  expect(Object.keys(BODIES).filter((name) => !rows.some((row) => row.name === name))).toEqual([]);
  expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
});

describe.each(guarded)('$name', ({ row }) => {
  it.each([
    ['no credential', () => undefined],
    ['a forged token', forgedToken],
    ['a token without a signature', () => account.token.replace(/[^.]*$/, '')],
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

  it('answers 403 to a credential of the other kind', async () => {
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
      expect(answer.status).toBe(415);
      expect(answer.body.error).toBe('UNSUPPORTED_MEDIA_TYPE');
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
    const answer = await call(row, credentialOf(row), { body: { ...BODIES[name], tenantId: stranger.tenantId } });
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
    const headers = answers.map((answer) => [...answer.headers].filter(([name]) => name !== 'x-request-id'));
    expect(headers[0]).toEqual(headers[1]);
  });
});
