import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { permissionOf, type Route } from '../../functions/dialects/dialect.ts';
import { OPERATIONS } from '../../lib/core/catalogue/operations.ts';
import { PERMISSIONS } from '../../lib/core/model/account.ts';
import { sessionNumber } from '../../lib/core/model/instance.ts';
import { type Account, ApiRig, LINKED } from '../support/api-rig.ts';
import { bytesOf, codeOf, credentialFor, faultsOfError, ROUTES } from '../support/faces.ts';
import { ABSENT, bodyOf, pathOf } from '../support/route-calls.ts';

/** The faces of documents B, C and D; the native one has its own matrix. */
const routes = ROUTES.filter(({ face }) => face !== 'native');
const guarded = routes.filter(({ row }) => row.credential !== 'none');
const withBody = routes.filter(({ row }) => row.body !== undefined);
/** Parameters that name something of a tenant. */
const OWNED = ['instanceId', 'id', 'webhookId', 'keyId', 'messageId'];

let rig: ApiRig;
let account: Account;
let stranger: Account;
/** Of the account, with every permission and scope, by face. */
let keys: Record<string, string>;
let revoked: Record<string, string>;
let expired: Record<string, string>;
/** What the stranger has, by face and parameter. */
let theirs: Record<string, Record<string, string>>;

/** A key of the kind that a face knows. */
async function keyFor(face: string, who: Account, extra: object = {}): Promise<{ id: string; text: string }> {
  const body = { name: 'k', permissions: [...PERMISSIONS], rateLimit: 100_000, ...extra };
  const made = await rig.call('POST', '/api/keys', body, { as: who.token });
  expect([face, made.status]).toEqual([face, 201]);
  return { id: made.body.data.id, text: made.body.data.key };
}

beforeAll(async () => {
  rig = await ApiRig.start();
  [account, stranger] = [await rig.register(), await rig.register()];
  await rig.instance(account, 'mine', LINKED);
  const theirInstance = await rig.instance(stranger, 'theirs', LINKED);
  [keys, revoked, expired, theirs] = [{}, {}, {}, {}];
  for (const face of new Set(routes.map((route) => route.face))) {
    keys[face] = (await keyFor(face, account)).text;
    const old = await keyFor(face, account);
    await rig.call('DELETE', `/api/keys/${old.id}`, undefined, { as: account.token });
    revoked[face] = old.text;
    const expiresAt = new Date(Date.now() - 60_000).toISOString();
    expired[face] = await rig.later(
      -3_600_000,
      async () => (await keyFor(face, await rig.register(), { expiresAt })).text,
    );
    theirs[face] = { instanceId: theirInstance, ...(face === 'sessions' && { id: sessionNumber(theirInstance) }) };
  }
});
afterAll(() => rig.stop());

const call = (row: Route, as: string | undefined, ids: Record<string, string> = {}, body: unknown = bodyOf(row)) =>
  rig.call(row.method, pathOf(row, { instanceId: 'mine', id: 'mine', ...ids }), body, as === undefined ? {} : { as });
const credentialOf = (row: Route, face: string) =>
  credentialFor(row, { user: account.token, key: keys[face] as string });

describe.each(guarded)('$name', ({ row, face }) => {
  it('answers 401 to whoever is nobody', async () => {
    const nobody = [
      undefined,
      `${account.token}x`,
      account.token.replace(/[^.]*$/, ''),
      account.refreshToken,
      revoked[face],
      expired[face],
      `cs_${'a'.repeat(40)}`,
      'x'.repeat(100_000),
    ];
    for (const credential of nobody) {
      const answer = await call(row, credential);
      expect(faultsOfError(answer, 'AUTHENTICATION_ERROR')).toEqual([]);
    }
  });

  it('answers 403 to a credential of the other kind', async () => {
    if (row.credential === 'any') return;
    const other = row.credential === 'key' ? account.token : keys[face];
    expect(faultsOfError(await call(row, other), 'PERMISSION_DENIED')).toEqual([]);
  });
});

describe.each(guarded.filter(({ row }) => row.credential !== 'user' && permissionOf(row) !== null))(
  '$name',
  ({ row, face }) => {
    it('answers 403 to a key without its permission', async () => {
      const needed = permissionOf(row);
      const permissions = PERMISSIONS.filter((permission) => permission !== needed);
      const answer = await call(row, (await keyFor(face, account, { permissions })).text);
      expect(faultsOfError(answer, 'PERMISSION_DENIED')).toEqual([]);
    });
  },
);

describe.each(withBody)('$name', ({ row, face }) => {
  it('answers 4xx to a body that is malformed, and does not break', async () => {
    for (const [body, status] of [
      ['{"a":', 400],
      ['[]', 400],
      ['"text"', 400],
      ['null', 400],
      ['{"__proto__":{"role":"ADMINISTRATOR"}}', 400],
    ] as const) {
      const answer = await call(row, credentialOf(row, face), {}, body);
      expect([body, answer.status, codeOf(answer)]).toEqual([body, status, 'VALIDATION_ERROR']);
    }
    const headers = { 'content-type': 'text/plain' };
    const as = credentialOf(row, face);
    const answer = await rig.call(row.method, pathOf(row, { instanceId: 'mine' }), '{}', {
      headers,
      ...(as && { as }),
    });
    expect(faultsOfError(answer, 'UNSUPPORTED_MEDIA_TYPE')).toEqual([]);
  });
});

describe.each(guarded.filter(({ row }) => OWNED.some((name) => row.path.includes(`:${name}`))))(
  '$name',
  ({ row, face }) => {
    it("says the same, byte for byte, of another tenant's id and of one that nobody has", async () => {
      for (const name of OWNED.filter((one) => row.path.includes(`:${one}`))) {
        const foreign = theirs[face]?.[name];
        if (foreign === undefined) continue;
        const answers = [];
        for (const value of [foreign, ABSENT[name] as string]) {
          answers.push(await call(row, credentialOf(row, face), { [name]: value }));
        }
        for (const answer of answers) expect(faultsOfError(answer, 'RESOURCE_NOT_FOUND')).toEqual([]);
        expect(new Set(answers.map(bytesOf)).size).toBe(1);
      }
    });
  },
);

describe.each(withBody.filter(({ row }) => row.target && !row.path.includes(':')))('$name', ({ row, face }) => {
  it("says the same of another tenant's instance in the body and of none", async () => {
    const answers = [];
    for (const instanceId of ['theirs', theirs[face]?.instanceId, 'nobody', ABSENT.instanceId]) {
      answers.push(await call(row, credentialOf(row, face), {}, { ...bodyOf(row), instanceId, phone: instanceId }));
    }
    for (const answer of answers) expect(faultsOfError(answer, 'RESOURCE_NOT_FOUND')).toEqual([]);
    expect(new Set(answers.map(bytesOf)).size).toBe(1);
  });
});

it('has operations that keys may ask for only by their permission', () => {
  const open = routes.filter(
    ({ row }) => row.op && row.credential !== 'user' && OPERATIONS[row.op].permission === null,
  );
  expect(open.map(({ name }) => name)).toEqual([]);
});
