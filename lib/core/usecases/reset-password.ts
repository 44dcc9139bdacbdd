import { notFound } from '../errors.ts';
import type { User } from '../model/account.ts';
import type { Ports } from '../ports/index.ts';
import { auditEntryOf } from './audit-entry.ts';
import { changedMeanwhile } from './change-password.ts';
import { makeTemporaryPassword } from './create-user.ts';
import { OPERATOR, OPERATOR_ORIGIN } from './operator.ts';

/**
 * For the operator of the gateway: gives a user a temporary password, which must be replaced at the next log-in, and
 * ends all their sessions.
 * @throws GatewayError RESOURCE_NOT_FOUND
 */
export async function resetPassword(
  ports: Pick<Ports, 'accounts' | 'passwords' | 'policy' | 'clock'>,
  input: { email: string },
): Promise<{ user: User; temporaryPassword: string }> {
  const user = await ports.accounts.findUserByLogin(input.email);
  if (!user) throw notFound('user');
  const temporaryPassword = makeTemporaryPassword();
  const change = {
    passwordHash: await ports.passwords.hash(temporaryPassword),
    mustChangePassword: true,
    tokensValidFromMs: ports.clock() + 1,
  };
  const audit = auditEntryOf(ports, user.tenantId, OPERATOR, OPERATOR_ORIGIN, {
    action: 'UPDATE_USER',
    target: { kind: 'user', id: user.id, name: user.name },
    after: { passwordReset: true, mustChangePassword: true },
  });
  if ((await ports.accounts.updateUser(user, change, audit)) !== 'updated') throw changedMeanwhile();
  return { user: { ...user, ...change }, temporaryPassword };
}
