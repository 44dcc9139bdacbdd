import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Account, ApiRig } from '../support/api-rig.ts';

const PATH = '/api/auth/session';
const COOKIE = /^switchboard_session=(\w+); Path=\/api\/auth\/session; Expires=.+ GMT; HttpOnly; SameSite=Strict$/;

let rig: ApiRig;
let account: Account;
beforeAll(async () => {
  rig = await ApiRig.start();
  account = await rig.register();
});
afterAll(() => rig.stop());

/** Trades; what the cookie says then is `cookie`. */
async function trade({ refreshToken, cookie }: { refreshToken?: string; cookie?: string }) {
  const headers: Record<string, string> =
    cookie === undefined ? {} : { cookie: `other=1; switchboard_session=${cookie}` };
  const answer = await rig.call('POST', PATH, refreshToken === undefined ? {} : { refreshToken }, { headers });
  return { ...answer, cookie: COOKIE.exec(answer.headers.get('set-cookie') ?? '')?.[1] };
}

async function newSession(): Promise<string> {
  const login = await rig.call('POST', '/api/auth/login', { email: account.email, password: account.password });
  return (await trade({ refreshToken: login.body.data.refreshToken })).cookie as string;
}

describe(`POST ${PATH}`, () => {
  it('puts the session into a cookie that no script can read, and out of the answer', async () => {
    const { status, body, cookie } = await trade({ refreshToken: account.refreshToken });
    expect([status, body.data.user.email]).toEqual([200, account.email]);
    expect(cookie).toBeTypeOf('string');
    expect(JSON.stringify(body)).not.toContain(cookie);
    expect((await rig.call('GET', '/api/auth/me', undefined, { as: body.data.token })).status).toBe(200);
  });

  it('goes on with the cookie, which works once', async () => {
    const first = await newSession();
    const next = await trade({ cookie: first });
    expect(next.status).toBe(200);
    expect(next.cookie).not.toBe(first);
    expect((await trade({ cookie: first })).status).toBe(401);
    // Somebody has a copy: the whole session is over.
    expect((await trade({ cookie: next.cookie as string })).status).toBe(401);
  });

  it('has no session without a cookie, and sets none when it refuses', async () => {
    for (const answer of [await trade({}), await trade({ cookie: 'unknown' }), await trade({ refreshToken: 'x' })]) {
      expect([answer.status, answer.body.error]).toEqual([401, 'AUTHENTICATION_ERROR']);
      expect(answer.headers.get('set-cookie')).toBeNull();
    }
  });

  it('wants JSON: a form of another site cannot sign anybody in', async () => {
    const headers = { 'content-type': 'text/plain' };
    const body = JSON.stringify({ refreshToken: 'x' });
    expect((await rig.call('POST', PATH, body, { headers })).status).toBe(415);
  });

  it('marks the cookie as secure where the gateway is reached by https', async () => {
    const { policy } = rig.ports;
    const { publicUrl } = policy;
    policy.publicUrl = 'https://gateway.example.com';
    const login = await rig.call('POST', '/api/auth/login', { email: account.email, password: account.password });
    const answer = await trade({ refreshToken: login.body.data.refreshToken });
    policy.publicUrl = publicUrl;
    expect(answer.headers.get('set-cookie')).toMatch(/; HttpOnly; SameSite=Strict; Secure$/);
  });
});

describe(`DELETE ${PATH}`, () => {
  it('ends the session of the cookie and forgets the cookie', async () => {
    const cookie = await newSession();
    const ended = await rig.call('DELETE', PATH, undefined, { headers: { cookie: `switchboard_session=${cookie}` } });
    expect(ended.status).toBe(204);
    expect(ended.headers.get('set-cookie')).toMatch(/^switchboard_session=; Path=\/api\/auth\/session; Max-Age=0;/);
    expect((await trade({ cookie })).status).toBe(401);
  });

  it('says the same when there is nothing to end', async () => {
    const answers = [
      await rig.call('DELETE', PATH),
      await rig.call('DELETE', PATH, undefined, { headers: { cookie: 'switchboard_session=unknown' } }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([204, 204]);
  });
});
