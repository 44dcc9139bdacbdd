import { GatewayError } from '../errors.ts';
import type { Principal, User } from '../model/account.ts';
import type { Ports } from '../ports/index.ts';
import { requireUser } from './access.ts';
import { auditEntry } from './audit-entry.ts';
import { openSession, type SessionTokens } from './open-session.ts';
import { admitAttempt, forgetAttempts } from './password-attempts.ts';

/**
 * Sets a new password, ends every token issued until now, and opens a new session for the caller.
 * @throws GatewayError AUTHENTICATION_ERROR when the current password is wrong; VALIDATION_ERROR when both are the same;
 *   RATE_LIMIT_EXCEEDED after too many attempts
 */
export async function changePassword(
  ports: Pick<Ports, 'accounts' | 'passwords' | 'accessTokens' | 'refreshTokens' | 'throttle' | 'policy' | 'clock'>,
  principal: Principal,
  input: { currentPassword: string; newPassword: string },
): Promise<SessionTokens> {
  const user = await provenUser(ports, principal, input.currentPassword);
  if (input.newPassword === input.currentPassword) {
    throw new GatewayError('VALIDATION_ERROR', 'The new password must differ from the current one.');
  }
  // One ms later than now: a token of this very millisecond ends as well.
  const tokensValidFromMs = ports.clock() + 1;
  const passwordHash = await ports.passwords.hash(input.newPassword);
  const result = await ports.accounts.updateUser(
    user,
    { passwordHash, tokensValidFromMs, mustChangePassword: false },
    auditEntry(ports, principal, {
      action: 'CHANGE_PASSWORD',
      target: { kind: 'user', id: user.id, name: user.name },
    }),
  );
  if (result !== 'updated') throw changedMeanwhile();
  return openSession(ports, { ...user, tokensValidFromMs });
}

/** The caller's own row, after they have given their password. @throws GatewayError as `changePassword` */
export async function provenUser(
  ports: Pick<Ports, 'accounts' | 'passwords' | 'throttle'>,
  principal: Principal,
  password: string,
): Promise<User> {
  const { tenantId, userId, origin } = requireUser(principal);
  const user = await ports.accounts.getUser(tenantId, userId);
  if (!user) throw new GatewayError('AUTHENTICATION_ERROR');
  await admitAttempt(ports, user.email, origin);
  if (!(await ports.passwords.verify(password, user.passwordHash))) {
    throw new GatewayError('AUTHENTICATION_ERROR', 'The current password is wrong.');
  }
  await forgetAttempts(ports, user.email, origin);
  return user;
}

/** Somebody else has changed the same thing between reading and writing it. */
export function changedMeanwhile(): GatewayError {
  return new GatewayError('INVALID_STATE', 'It was changed by somebody else at the same time. Look again.');
}
