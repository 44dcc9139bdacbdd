import { createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ACCESS_TOKEN_TTL_SECONDS, createAccessTokens } from '../../lib/core/adapters/crypto/access-tokens.ts';

const SECRET = 'a'.repeat(40);
const OTHER_SECRET = 'b'.repeat(40);
const NOW_MS = Date.UTC(2030, 0, 1) + 123;
const NOW = Math.floor(NOW_MS / 1000);

const tokens = createAccessTokens([SECRET]);
const kid = kidOf(SECRET);

const header = { alg: 'HS256', typ: 'at+jwt', kid };
const claims = {
  sub: 'user_1',
  tid: 'sub_1',
  iss: 'switchboard',
  aud: 'switchboard-api',
  iat: NOW,
  iat_ms: NOW_MS,
  exp: NOW + 900,
};

function kidOf(secret: string): string {
  return createHash('sha256').update(`kid|${secret}`).digest('hex').slice(0, 12);
}

function encode(part: object | string): string {
  return Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');
}

function forge(head: object, body: object | string, secret = SECRET, hash = 'sha256'): string {
  const signed = `${encode(head)}.${encode(body)}`;
  return `${signed}.${createHmac(hash, secret).update(signed).digest('base64url')}`;
}

function without<T extends object>(from: T, ...names: (keyof T)[]): object {
  return Object.fromEntries(Object.entries(from).filter(([name]) => !names.includes(name as keyof T)));
}

describe('access tokens', () => {
  it('say who, in which tenant and since when, for 15 minutes', async () => {
    const issued = await tokens.issue({ userId: 'user_1', tenantId: 'sub_1', issuedAtMs: NOW_MS });
    expect(issued.expiresAtMs).toBe((NOW + 900) * 1000);
    const expected = { userId: 'user_1', tenantId: 'sub_1', issuedAtMs: NOW_MS };
    expect(await tokens.verify(issued.token, NOW_MS)).toEqual(expected);
    expect(await tokens.verify(issued.token, issued.expiresAtMs - 1)).toEqual(expected);
    expect(await tokens.verify(issued.token, issued.expiresAtMs)).toBeUndefined();
    expect(ACCESS_TOKEN_TTL_SECONDS).toBe(900);
  });

  it('still verify under a previous secret, and sign with the newest', async () => {
    const old = await createAccessTokens([OTHER_SECRET]).issue({ userId: 'u', tenantId: 't', issuedAtMs: NOW_MS });
    const rotated = createAccessTokens([SECRET, OTHER_SECRET]);
    expect(await rotated.verify(old.token, NOW_MS)).toMatchObject({ userId: 'u' });
    const fresh = await rotated.issue({ userId: 'u', tenantId: 't', issuedAtMs: NOW_MS });
    expect(await tokens.verify(fresh.token, NOW_MS)).toMatchObject({ userId: 'u' });
    expect(await tokens.verify(old.token, NOW_MS)).toBeUndefined();
  });

  it('accept the token that the forgeries start from', async () => {
    expect(await tokens.verify(forge(header, claims), NOW_MS)).toMatchObject({ userId: 'user_1' });
  });

  const unsigned = (alg: string) => `${encode({ ...header, alg })}.${encode(claims)}.`;
  const good = forge(header, claims);
  const [goodHead, goodBody, goodSignature] = good.split('.') as [string, string, string];

  it.each([
    ['alg none', unsigned('none')],
    ['alg None', unsigned('None')],
    ['alg nOnE', unsigned('nOnE')],
    ['alg none with a signature', `${encode({ ...header, alg: 'none' })}.${goodBody}.${goodSignature}`],
    ['no alg', forge(without(header, 'alg'), claims)],
    ['wrong secret', forge(header, claims, OTHER_SECRET)],
    ['wrong secret under its own kid', forge({ ...header, kid: kidOf(OTHER_SECRET) }, claims, OTHER_SECRET)],
    ['no kid', forge(without(header, 'kid'), claims)],
    ['kid as a path', forge({ ...header, kid: '../../dev/null' }, claims, '')],
    ['HS512', forge({ ...header, alg: 'HS512' }, claims, SECRET, 'sha512')],
    ['HS256 signed as HS512', forge(header, claims, SECRET, 'sha512')],
    ['empty signature', `${goodHead}.${goodBody}.`],
    ['other body under the same signature', `${goodHead}.${encode({ ...claims, tid: 'sub_2' })}.${goodSignature}`],
    ['key in the header', forge({ ...header, jwk: { kty: 'oct', k: encode('x') } }, claims, 'x')],
    ['unknown critical header', forge({ ...header, crit: ['exp'] }, claims)],
    ['unencoded payload', forge({ ...header, b64: false, crit: ['b64'] }, claims)],
    ['wrong type', forge({ ...header, typ: 'JWT' }, claims)],
    ['no type', forge(without(header, 'typ'), claims)],
    ['a refresh token type', forge({ ...header, typ: 'rt+jwt' }, claims)],
    ['wrong audience', forge(header, { ...claims, aud: 'other' })],
    ['a list of audiences', forge(header, { ...claims, aud: ['switchboard-api', 'other'] })],
    ['no audience', forge(header, without(claims, 'aud'))],
    ['wrong issuer', forge(header, { ...claims, iss: 'https://switchboard' })],
    ['no issuer', forge(header, without(claims, 'iss'))],
    ['expired', forge(header, { ...claims, iat: NOW - 900, iat_ms: NOW_MS - 900_000, exp: NOW })],
    ['no expiry', forge(header, without(claims, 'exp'))],
    ['expiry as text', forge(header, { ...claims, exp: '9999999999' })],
    ['a life of a year', forge(header, { ...claims, exp: NOW + 31_536_000 })],
    ['not valid yet', forge(header, { ...claims, nbf: NOW + 60 })],
    ['no subject', forge(header, without(claims, 'sub'))],
    ['an empty subject', forge(header, { ...claims, sub: '' })],
    ['a subject that is a list', forge(header, { ...claims, sub: ['user_1'] })],
    ['no tenant', forge(header, without(claims, 'tid'))],
    ['no issue time', forge(header, without(claims, 'iat', 'iat_ms'))],
    ['two issue times that differ', forge(header, { ...claims, iat_ms: NOW_MS + 3_600_000 })],
    ['a payload that is not JSON', forge(header, 'not json')],
    ['a payload that is a list', forge(header, [])],
    ['a refresh token', 'x'.repeat(43)],
    ['nothing', ''],
    ['two dots', '..'],
    ['a token of 1 MB', `${goodHead}.${encode({ ...claims, pad: 'x'.repeat(1_000_000) })}.${goodSignature}`],
  ])('refuse: %s', async (_name, token) => {
    expect(await tokens.verify(token, NOW_MS)).toBeUndefined();
  });
});
