import { GatewayError } from '../errors.ts';
import type { Principal } from '../model/account.ts';
import type { Ports } from '../ports/index.ts';
import { requireUser } from './access.ts';
import { openSession, type SessionTokens } from './open-session.ts';

/**
 * Sets a new password, ends every token issued until now, and opens a new session for the caller.
 * @throws GatewayError AUTHENTICATION_ERROR when the current password is wrong; VALIDATION_ERROR when both are the same
 */
export async function changePassword(
  ports: Pick<Ports, 'accounts' | 'passwords' | 'accessTokens' | 'refreshTokens' | 'clock'>,
  principal: Principal,
  input: { currentPassword: string; newPassword: string },
): Promise<SessionTokens> {
  const { tenantId, userId } = requireUser(principal);
  const user = await ports.accounts.getUser(tenantId, userId);
  if (!(await ports.passwords.verify(input.currentPassword, user?.passwordHash)) || !user) {
    throw new GatewayError('AUTHENTICATION_ERROR', 'The current password is wrong.');
  }
  if (input.newPassword === input.currentPassword) {
    throw new GatewayError('VALIDATION_ERROR', 'The new password must differ from the current one.');
  }
  // One ms later than now: a token of this very millisecond ends as well.
  const tokensValidFromMs = ports.clock() + 1;
  await ports.accounts.setPassword(tenantId, userId, await ports.passwords.hash(input.newPassword), tokensValidFromMs);
  return openSession(ports, { ...user, tokensValidFromMs });
}
