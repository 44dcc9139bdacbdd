import { GatewayError } from '../errors.ts';
import type { RefreshToken, User } from '../model/account.ts';
import { sha256Hex } from '../model/ids.ts';
import type { Ports } from '../ports/index.ts';
import { makeRefreshToken, makeSessionTokens, REFRESH_FAMILY_TTL_MS, type SessionTokens } from './open-session.ts';

/**
 * Trades a refresh token for a new pair. A token works once: a second use means that somebody else has it too, so its
 * whole family ends. The family's absolute end does not move.
 * @throws GatewayError AUTHENTICATION_ERROR, the same for every reason
 */
export async function refreshSession(
  ports: Pick<Ports, 'accounts' | 'accessTokens' | 'refreshTokens' | 'log' | 'clock'>,
  input: { refreshToken: string },
): Promise<{ user: User; tokens: SessionTokens }> {
  const old = await ports.refreshTokens.find(sha256Hex(input.refreshToken));
  if (!old || old.expiresAtMs <= ports.clock()) throw refused();
  const user = await ports.accounts.getUser(old.tenantId, old.userId);
  if (!user || old.expiresAtMs - REFRESH_FAMILY_TTL_MS < user.tokensValidFromMs) throw refused();

  const next = makeRefreshToken(user, { id: old.familyId, expiresAtMs: old.expiresAtMs });
  const rotated = await ports.refreshTokens.rotate(old, next.row, ports.clock());
  if (rotated === 'reused') await revoke(ports, old);
  if (rotated !== 'rotated') throw refused();
  return { user, tokens: await makeSessionTokens(ports, user, next) };
}

async function revoke(ports: Pick<Ports, 'refreshTokens' | 'log'>, token: RefreshToken): Promise<void> {
  ports.log.warn({ familyId: token.familyId, tenantId: token.tenantId }, 'refresh token used twice: family revoked');
  await ports.refreshTokens.revokeFamily(token.familyId, token.expiresAtMs);
}

function refused(): GatewayError {
  return new GatewayError('AUTHENTICATION_ERROR', 'The refresh token is not valid. Log in again.');
}
