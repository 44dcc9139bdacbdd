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
  const next = successorOf(token);
  expect(await refreshTokens.rotate(token, next, NOW_MS)).toBe('rotated');
  expect(await refreshTokens.find(next.hash)).toEqual(next);
  expect(await refreshTokens.find(token.hash)).toEqual({ ...token, usedAt: new Date(NOW_MS).toISOString() });
  expect(await refreshTokens.rotate(next, successorOf(next), NOW_MS)).toBe('rotated');
});

it('tells a second use, and stores no successor for it', async () => {
  const { refreshTokens } = embedded.adapters();
  const token = aToken();
  await refreshTokens.create(token);
  await refreshTokens.rotate(token, successorOf(token), NOW_MS);
  const unwanted = aToken({ familyId: token.familyId });
  // As found before the first use, and as found after it.
  expect(await refreshTokens.rotate(token, unwanted, NOW_MS)).toBe('reused');
  const used = (await refreshTokens.find(token.hash)) as RefreshToken;
  expect(await refreshTokens.rotate(used, unwanted, NOW_MS)).toBe('reused');
  expect(await refreshTokens.find(unwanted.hash)).toBeUndefined();
});

it('gives one successor to many who use a token at once', async () => {
  const { refreshTokens } = embedded.adapters();
  const token = aToken();
  await refreshTokens.create(token);
  const results = await Promise.all(
    Array.from({ length: 5 }, () => refreshTokens.rotate(token, successorOf(token), NOW_MS)),
  );
  expect(results.sort()).toEqual(['reused', 'reused', 'reused', 'reused', 'rotated']);
});

it('refuses all of a revoked family', async () => {
  const { refreshTokens } = embedded.adapters();
  const token = aToken();
  await refreshTokens.create(token);
  const next = successorOf(token);
  await refreshTokens.rotate(token, next, NOW_MS);
  await refreshTokens.revokeFamily(token.familyId, token.expiresAtMs);
  expect(await refreshTokens.rotate(next, successorOf(next), NOW_MS)).toBe('refused');
  const other = aToken();
  await refreshTokens.create(other);
  expect(await refreshTokens.rotate(other, successorOf(other), NOW_MS)).toBe('rotated');
});

it('does not know what is expired or was never there', async () => {
  const { refreshTokens } = embedded.adapters();
  const token = aToken();
  await refreshTokens.create(token);
  expect(await refreshTokens.rotate(token, successorOf(token), token.expiresAtMs)).toBe('refused');
  const stranger = aToken();
  expect(await refreshTokens.find(stranger.hash)).toBeUndefined();
  expect(await refreshTokens.rotate(stranger, successorOf(stranger), NOW_MS)).not.toBe('rotated');
});
