import { GatewayError } from '../errors.ts';
import type { Principal, User } from '../model/account.ts';
import type { Ports } from '../ports/index.ts';
import { requireUser } from './access.ts';
import { auditEntry } from './audit-entry.ts';
import { openSession, type SessionTokens } from './open-session.ts';
import { admitSignedIn, forgetSignedIn } from './password-attempts.ts';

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
  const audit = auditEntry(ports, principal, {
    action: 'CHANGE_PASSWORD',
    target: { kind: 'user', id: user.id, name: user.name },
  });
  const change = { passwordHash, tokensValidFromMs, mustChangePassword: false };
  const [result, tokens] = await Promise.all([
    ports.accounts.updateUser(user, change, audit),
    openSession(ports, { ...user, tokensValidFromMs }),
    forgetSignedIn(ports, user.id),
  ]);
  if (result !== 'updated') throw changedMeanwhile();
  return tokens;
}

/**
 * The caller's own row, after they have given their password; `forgetSignedIn` goes with the write that follows.
 * @throws GatewayError AUTHENTICATION_ERROR when it is wrong; RATE_LIMIT_EXCEEDED after too many attempts
 */
export async function provenUser(
  ports: Pick<Ports, 'accounts' | 'passwords' | 'throttle'>,
  principal: Principal,
  password: string,
): Promise<User> {
  const { tenantId, userId } = requireUser(principal);
  const [user] = await Promise.all([ports.accounts.getUser(tenantId, userId), admitSignedIn(ports, userId)]);
  if (!(await ports.passwords.verify(password, user?.passwordHash)) || !user) {
    throw new GatewayError('AUTHENTICATION_ERROR', 'The current password is wrong.');
  }
  return user;
}

/** Somebody else has changed the same thing between reading and writing it. */
export function changedMeanwhile(): GatewayError {
  return new GatewayError('INVALID_STATE', 'It was changed by somebody else at the same time. Look again.');
}
