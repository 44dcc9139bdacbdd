import { GatewayError, notFound } from '../errors.ts';
import type { Principal, User } from '../model/account.ts';
import type { Ports } from '../ports/index.ts';
import { requireUser } from './access.ts';
import { auditEntry } from './audit-entry.ts';
import { changedMeanwhile, provenUser } from './change-password.ts';
import { emailTaken, usernameTaken } from './create-user.ts';
import { forgetSignedIn } from './password-attempts.ts';

export interface UpdateProfileInput {
  name?: string | undefined;
  /** Lower case already. Needs `currentPassword`: whoever has the address can take the account. */
  email?: string | undefined;
  /** Lower case already; null: none. */
  username?: string | null | undefined;
  currentPassword?: string | undefined;
}

/**
 * Changes the caller's own name, user name or e-mail address.
 * @throws GatewayError VALIDATION_ERROR without the password that a new e-mail needs; AUTHENTICATION_ERROR for a wrong
 *   one; RATE_LIMIT_EXCEEDED after too many; RESOURCE_ALREADY_EXISTS for an e-mail or user name of another's
 */
export async function updateProfile(
  ports: Pick<Ports, 'accounts' | 'passwords' | 'throttle' | 'policy' | 'clock'>,
  principal: Principal,
  input: UpdateProfileInput,
): Promise<User> {
  const { tenantId, userId } = requireUser(principal);
  const { name, email, username, currentPassword } = input;
  if (email !== undefined && currentPassword === undefined) {
    throw new GatewayError('VALIDATION_ERROR', 'A new e-mail address needs currentPassword.');
  }
  const before =
    email !== undefined && currentPassword !== undefined
      ? await provenUser(ports, principal, currentPassword)
      : await ports.accounts.getUser(tenantId, userId);
  if (!before) throw notFound('user');
  const change = {
    ...(name !== undefined && { name }),
    ...(email !== undefined && { email }),
    ...(username !== undefined && { username }),
  };
  if (Object.keys(change).length === 0) return before;
  const audit = auditEntry(ports, principal, {
    action: 'UPDATE_PROFILE',
    target: { kind: 'user', id: before.id, name: before.name },
    before: Object.fromEntries(Object.keys(change).map((field) => [field, before[field as keyof typeof change]])),
    after: change,
  });
  const [result] = await Promise.all([
    ports.accounts.updateUser(before, change, audit),
    currentPassword !== undefined && email !== undefined && forgetSignedIn(ports, userId),
  ]);
  if (result === 'email-taken') throw emailTaken();
  if (result === 'username-taken') throw usernameTaken();
  if (result !== 'updated') throw changedMeanwhile();
  return { ...before, ...change };
}
