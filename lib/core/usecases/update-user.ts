import { GatewayError } from '../errors.ts';
import type { Principal, Role, User } from '../model/account.ts';
import type { UserChange } from '../ports/accounts.ts';
import type { Ports } from '../ports/index.ts';
import { auditEntry } from './audit-entry.ts';
import { changedMeanwhile } from './change-password.ts';
import { emailTaken, makeTemporaryPassword } from './create-user.ts';
import { getUser } from './get-user.ts';

export interface UpdateUserInput {
  userId: string;
  /** Lower case already. */
  email?: string | undefined;
  name?: string | undefined;
  role?: Role | undefined;
  /** Ends the present password: with a given temporary one, or `true` for one that is made. */
  resetPassword?: true | string | undefined;
}

/**
 * Changes what is given of a user of the administrator's subscription. A new role holds from the user's next request
 * on; a new password ends all their sessions and must be replaced at their next log-in.
 * @throws GatewayError PERMISSION_DENIED; RESOURCE_NOT_FOUND; RESOURCE_ALREADY_EXISTS for an e-mail with an account;
 *   INVALID_STATE when the last administrator would be one no more
 */
export async function updateUser(
  ports: Pick<Ports, 'accounts' | 'passwords' | 'policy' | 'clock'>,
  principal: Principal,
  input: UpdateUserInput,
): Promise<{ user: User; temporaryPassword: string | undefined }> {
  const before = await getUser(ports, principal, input);
  const { email, name, role, resetPassword } = input;
  const temporaryPassword = resetPassword === true ? makeTemporaryPassword() : resetPassword;
  const change: UserChange = {
    ...(email !== undefined && { email }),
    ...(name !== undefined && { name }),
    ...(role !== undefined && { role }),
    ...(temporaryPassword !== undefined && {
      passwordHash: await ports.passwords.hash(temporaryPassword),
      mustChangePassword: true,
      tokensValidFromMs: ports.clock() + 1,
    }),
  };
  if (Object.keys(change).length === 0) return { user: before, temporaryPassword: undefined };
  const { passwordHash: _hash, tokensValidFromMs: _from, ...shown } = change;
  const audit = auditEntry(ports, principal, {
    action: 'UPDATE_USER',
    target: { kind: 'user', id: before.id, name: before.name },
    before: Object.fromEntries(Object.keys(shown).map((field) => [field, before[field as keyof typeof shown]])),
    after: { ...shown, ...(temporaryPassword !== undefined && { passwordReset: true }) },
  });
  const result = await ports.accounts.updateUser(before, change, audit);
  if (result === 'email-taken') throw emailTaken();
  if (result === 'last-administrator') throw lastAdministrator();
  if (result === 'changed') throw changedMeanwhile();
  return { user: { ...before, ...change }, temporaryPassword };
}

export function lastAdministrator(): GatewayError {
  return new GatewayError('INVALID_STATE', 'This is the last administrator of the subscription.');
}
