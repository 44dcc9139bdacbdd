import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Route } from '../../functions/dialects/dialect.ts';
import { type Account, ApiRig, errorBody, LINKED } from '../support/api-rig.ts';
import { bytesOf, codeOf, faultsOfError, ROUTES } from '../support/faces.ts';
import { ABSENT, bodyOf, pathOf, SAMPLE_BODIES } from '../support/route-calls.ts';

const PASSWORD = 'sarahSecurePass456';
/** Rows that a USER may not use at all. */
const ADMINISTRATORS_ONLY = [
  ...[
    'POST /api/users',
    'GET /api/users',
    'GET /api/users/:id',
    'PUT /api/users/:id',
    'DELETE /api/users/:id',
    'GET /api/subscription/stats',
    // Of the whole subscription, when it names no instance.
    'POST /api/webhooks',
  ],
  ...['GET /api/audit/logs', 'POST /api/keys', 'GET /api/keys', 'PUT /api/keys/:keyId', 'DELETE /api/keys/:keyId'],
  'POST /api/keys/:keyId/rotate',
  'POST /api/auth/generate-key',
  ...['POST /api/observability/stop', 'POST /api/observability/restart'],
  ...['GET /api/v1/api-keys', 'POST /api/v1/api-keys', 'PUT /api/v1/api-keys/:id', 'DELETE /api/v1/api-keys/:id'],
  ...['GET /api/v1/api-keys/:id/usage', 'POST /api/v1/api-keys/:id/rotate'],
];
/** Fields that a caller may set where the row says so, and nobody anywhere else. */
const FORBIDDEN_FIELDS = { role: 'ADMINISTRATOR', subscriptionId: 'sub_x', tier: 'MAX', tenantId: 'sub_x', id: 'x' };

const routes = ROUTES;
const ofUsers = routes.filter(
  ({ row, face }) => row.credential === 'user' || (row.credential === 'any' && face === 'native'),
);
const ofKeys = routes.filter(({ row, face }) => row.credential === 'key' && face === 'native');
/** Of an instance; the others are the subscription's own. */
const ofBoth = routes.filter(({ row, face }) => row.credential === 'any' && face === 'native' && row.target);
const withBody = routes.filter(({ row }) => row.body !== undefined);

let rig: ApiRig;
let account: Account;
let stranger: Account;
let key: string;
let strangersKey: string;
/** A USER of the account, who owns nothing. */
let member: { id: string; token: string };
/** What the stranger has, by parameter. */
let theirs: Record<string, string>;

beforeAll(async () => {
  rig = await ApiRig.start();
  [account, stranger] = [await rig.register(), await rig.register()];
  const instances = [await rig.instance(account, 'mine', LINKED), await rig.instance(stranger, 'theirs', LINKED)];
  expect(new Set(instances).size).toBe(2);
  key = (await rig.key(account, 'mine')).text;
  const made = await rig.key(stranger, 'theirs');
  strangersKey = made.text;
  const sent = await rig.call('POST', '/api/messages/text', { to: '6281234567890', text: 'x' }, { as: made.text });
  expect(sent.status).toBe(201);
  theirs = { name: 'theirs', id: stranger.userId, keyId: made.id, messageId: sent.body.data.messageId };
  member = await newMember();
});
afterAll(() => rig.stop());

async function newMember(): Promise<{ id: string; token: string }> {
  const made = await rig.call('POST', '/api/users', { email: 'm@example.com', name: 'M' }, { as: account.token });
  expect(made.status).toBe(201);
  const { temporaryPassword, id } = made.body.data;
  const login = await rig.call('POST', '/api/auth/login', { email: 'm@example.com', password: temporaryPassword });
  const change = { currentPassword: temporaryPassword, newPassword: PASSWORD };
  const changed = await rig.call('POST', '/api/auth/change-password', change, { as: login.body.data.token });
  expect(changed.status).toBe(200);
  return { id, token: changed.body.data.token };
}

const call = (row: Route, as: string | undefined, ids: Record<string, string> = {}) =>
  rig.call(row.method, pathOf(row, ids), bodyOf(row), as === undefined ? {} : { as });

it('has a sample body for nothing but routes that are there', () => {
  expect(Object.keys(SAMPLE_BODIES).filter((name) => !routes.some((route) => route.name === name))).toEqual([]);
});

describe('a USER', () => {
  it('is refused exactly what is for administrators', async () => {
    const refused = [];
    for (const { name, row } of ofUsers) {
      const harmful = name === 'POST /api/auth/logout' || name === 'POST /api/auth/change-password';
      if (harmful) continue;
      const answer = await call(row, member.token);
      if (answer.status === 403 && codeOf(answer) === 'PERMISSION_DENIED') refused.push(name);
    }
    expect(refused.sort()).toEqual([...ADMINISTRATORS_ONLY].sort());
  });

  it('does not find an instance of a colleague, nor anything in it', async () => {
    for (const { name, row } of ofUsers.filter(({ row }) => row.path.includes('/:name'))) {
      const [colleague, absent] = [await call(row, member.token, { name: 'mine' }), await call(row, member.token)];
      expect([name, colleague.status]).toEqual([name, 404]);
      expect(bytesOf(colleague)).toBe(bytesOf(absent));
    }
  });
});

describe.each(routes.filter(({ row }) => row.path.includes(':')))('$name', ({ row }) => {
  it("says the same of another tenant's id and of one that nobody has", async () => {
    const isKeys = row.credential === 'key';
    for (const parameter of row.path.match(/:(\w+)/g)?.map((text) => text.slice(1)) ?? []) {
      const foreign = theirs[parameter];
      if (foreign === undefined) continue;
      const own = { ...(isKeys ? {} : { name: 'mine' }) };
      const answers = [];
      for (const value of [foreign, ABSENT[parameter] as string]) {
        answers.push(await call(row, isKeys ? key : account.token, { ...own, [parameter]: value }));
      }
      const [theirsAnswer, absentAnswer] = answers as [(typeof answers)[0], (typeof answers)[0]];
      expect([parameter, theirsAnswer.status, absentAnswer.status]).toEqual([parameter, 404, 404]);
      expect(bytesOf(theirsAnswer)).toBe(bytesOf(absentAnswer));
    }
  });
});

describe.each(ofKeys)('$name', ({ row }) => {
  it('does not let a key name an instance of another tenant, or another instance', async () => {
    for (const [as, instanceName] of [
      [strangersKey, 'mine'],
      [key, 'theirs'],
    ] as const) {
      const path = pathOf(row);
      const answer = row.body
        ? await rig.call(row.method, path, { ...bodyOf(row), instanceName }, { as })
        : await rig.call(row.method, `${path}?instanceName=${instanceName}`, undefined, { as });
      expect(answer.status).toBe(404);
      expect(answer.body).toEqual(errorBody('RESOURCE_NOT_FOUND'));
    }
  });
});

describe.each(ofBoth)('$name', ({ row }) => {
  it('does not let a key reach an instance of another tenant, or tell it from none', async () => {
    for (const [as, name] of [
      [strangersKey, 'mine'],
      [key, 'theirs'],
    ] as const) {
      const [foreign, absent] = [await call(row, as, { name }), await call(row, as)];
      expect([foreign.status, absent.status]).toEqual([404, 404]);
      expect(foreign.body).toEqual(errorBody('RESOURCE_NOT_FOUND'));
      expect(bytesOf(foreign)).toBe(bytesOf(absent));
    }
  });
});

describe.each(withBody.filter(({ row }) => row.credential !== 'key'))('$name', ({ row, name, face }) => {
  it('takes no field that decides who somebody is', async () => {
    for (const [field, value] of Object.entries(FORBIDDEN_FIELDS)) {
      // A role is given where users are made and changed, by administrators.
      if (field === 'role' && name.includes('/api/users')) continue;
      // Whose account has several sessions must say which one is meant.
      const session = row.path === '/api/send' ? { session_id: 'mine' } : {};
      const body = { ...bodyOf(row), ...session, [field]: value };
      const as = row.credential === 'none' ? {} : { as: account.token };
      const answer = await rig.call(
        row.method,
        pathOf(row, { name: 'mine', id: face === 'sessions' ? 'mine' : member.id }),
        body,
        as,
      );
      expect([field, answer.status, codeOf(answer)]).toEqual([field, 400, 'VALIDATION_ERROR']);
      expect(JSON.stringify(answer.body.details)).toContain(field);
    }
  });
});

describe.each(withBody)('$name', ({ row }) => {
  const headersOf = (extra: Record<string, string> = {}) => ({
    'content-type': 'application/json',
    ...(row.credential === 'none' ? {} : { authorization: `Bearer ${row.credential === 'key' ? key : account.token}` }),
    ...extra,
  });

  it('answers 413 to 10 MB, said or in chunks, without reading them all', async () => {
    const path = pathOf(row, { name: 'mine' });
    const said = await rig.app.request(path, {
      ...{ method: row.method, headers: headersOf({ 'content-length': '10485760' }), body: '{}' },
    });
    let sent = 0;
    const chunk = new TextEncoder().encode('x'.repeat(1024 * 1024));
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 1;
        if (sent > 10) controller.close();
        else controller.enqueue(chunk);
      },
    });
    const init = { method: row.method, headers: headersOf({ 'transfer-encoding': 'chunked' }), body, duplex: 'half' };
    const chunked = await rig.app.request(path, init as RequestInit);
    for (const answer of [said, chunked]) {
      expect(answer.status).toBe(413);
      const body = (await answer.json()) as { code?: string; error?: string };
      expect(body.code ?? body.error).toBe('PAYLOAD_TOO_LARGE');
    }
    expect(sent).toBeLessThan(10);
  });

  it.each(['__proto__', 'constructor', 'prototype'])('answers 400 to %s, however deep', async (name) => {
    for (const body of [`{"${name}":{"role":"ADMINISTRATOR"}}`, `{"a":[{"b":{"${name}":1}}]}`]) {
      const as = row.credential === 'none' ? {} : { as: row.credential === 'key' ? key : account.token };
      const answer = await rig.call(row.method, pathOf(row, { name: 'mine' }), body, as);
      expect(faultsOfError(answer, 'VALIDATION_ERROR')).toEqual([]);
    }
    expect(({} as Record<string, unknown>).role).toBeUndefined();
  });
});

describe.each(routes)('$name', ({ row }) => {
  it('is closed to browsers of other origins', async () => {
    const origin = { origin: 'https://evil.example', 'access-control-request-method': row.method };
    for (const method of [row.method, 'OPTIONS']) {
      const answer = await rig.app.request(pathOf(row), { method, headers: origin });
      expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
    }
  });
});
