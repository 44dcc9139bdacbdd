import type { Principal } from '../model/account.ts';
import { sha256Hex } from '../model/ids.ts';
import type { Ports } from '../ports/index.ts';
import { requireUser } from './access.ts';

/**
 * With a refresh token of the caller's: ends its family. Without one: ends every session of the user, access tokens
 * included. A token that is not the caller's, or not there, changes nothing and is not reported.
 */
export async function logOut(
  ports: Pick<Ports, 'accounts' | 'refreshTokens' | 'clock'>,
  principal: Principal,
  input: { refreshToken?: string | undefined },
): Promise<void> {
  const user = requireUser(principal);
  if (input.refreshToken === undefined) {
    await ports.accounts.setTokensValidFrom(user.tenantId, user.userId, ports.clock() + 1);
    return;
  }
  const token = await ports.refreshTokens.find(sha256Hex(input.refreshToken));
  if (!token || token.tenantId !== user.tenantId || token.userId !== user.userId) return;
  await ports.refreshTokens.revokeFamily(token.familyId, token.expiresAtMs);
}
