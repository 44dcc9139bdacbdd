import { expect, it } from 'vitest';
import type { RefreshToken } from '../../lib/core/model/account.ts';
import { newId, sha256Hex } from '../../lib/core/model/ids.ts';
import { randomText, useEmbedded } from '../support/embedded.ts';

const embedded = useEmbedded();
const NOW_MS = Date.now();

function aToken(fields: Partial<RefreshToken> = {}): RefreshToken {
  return {
    hash: sha256Hex(randomText()),
    familyId: newId('fam'),
    tenantId: 'sub_1',
    userId: 'user_1',
    usedAt: null,
    expiresAtMs: NOW_MS + 3_600_000,
    ...fields,
  };
}

const successorOf = (old: RefreshToken): RefreshToken => ({ ...old, hash: sha256Hex(randomText()), usedAt: null });

it('rotates: the old one is used, the new one can be', async () => {
  const { refreshTokens } = embedded.adapters();
  const token = aToken();
  await refreshTokens.create(token);
  const next = (await refreshTokens.rotate(token.hash, successorOf, NOW_MS)) as RefreshToken;
  expect(next).toMatchObject({ familyId: token.familyId, usedAt: null });
  expect(await refreshTokens.find(next.hash)).toEqual(next);
  expect(await refreshTokens.find(token.hash)).toEqual({ ...token, usedAt: new Date(NOW_MS).toISOString() });
  expect(await refreshTokens.rotate(next.hash, successorOf, NOW_MS)).toMatchObject({ familyId: token.familyId });
});

it('tells a second use, and stores no successor for it', async () => {
  const { refreshTokens } = embedded.adapters();
  const token = aToken();
  await refreshTokens.create(token);
  await refreshTokens.rotate(token.hash, successorOf, NOW_MS);
  const unwanted = aToken({ familyId: token.familyId });
  expect(await refreshTokens.rotate(token.hash, () => unwanted, NOW_MS)).toBe('reused');
  expect(await refreshTokens.find(unwanted.hash)).toBeUndefined();
});

it('gives one successor to many who use a token at once', async () => {
  const { refreshTokens } = embedded.adapters();
  const token = aToken();
  await refreshTokens.create(token);
  const results = await Promise.all(
    Array.from({ length: 5 }, () => refreshTokens.rotate(token.hash, successorOf, NOW_MS)),
  );
  expect(results.filter((result) => result === 'reused')).toHaveLength(4);
});

it('refuses all of a revoked family', async () => {
  const { refreshTokens } = embedded.adapters();
  const token = aToken();
  await refreshTokens.create(token);
  const next = (await refreshTokens.rotate(token.hash, successorOf, NOW_MS)) as RefreshToken;
  await refreshTokens.revokeFamily(token.familyId, token.expiresAtMs);
  expect(await refreshTokens.rotate(next.hash, successorOf, NOW_MS)).toBeUndefined();
  const other = aToken();
  await refreshTokens.create(other);
  expect(await refreshTokens.rotate(other.hash, successorOf, NOW_MS)).toMatchObject({ familyId: other.familyId });
});

it('does not know what is expired or was never there', async () => {
  const { refreshTokens } = embedded.adapters();
  const token = aToken();
  await refreshTokens.create(token);
  expect(await refreshTokens.rotate(token.hash, successorOf, token.expiresAtMs)).toBeUndefined();
  expect(await refreshTokens.rotate(sha256Hex('none'), successorOf, NOW_MS)).toBeUndefined();
  const later = embedded.adapters(() => token.expiresAtMs + 1_000);
  expect(await later.refreshTokens.find(token.hash)).toBeUndefined();
  expect(await refreshTokens.find(token.hash)).toEqual(token);
});
