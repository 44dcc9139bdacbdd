import { GatewayError } from '../errors.ts';
import type { Principal, Role, User } from '../model/account.ts';
import { newId, randomBase62 } from '../model/ids.ts';
import type { Ports } from '../ports/index.ts';
import { requireAdministrator } from './access.ts';
import { auditEntry } from './audit-entry.ts';

const TEMPORARY_PASSWORD_LENGTH = 16;

export interface CreateUserInput {
  /** Lower case already. */
  email: string;
  name: string;
  role: Role;
  /** Temporary; made when absent. */
  password?: string | undefined;
}

/**
 * A new user of the administrator's subscription. The temporary password is answered here and nowhere else; until they
 * have replaced it the user can do nothing else.
 * @throws GatewayError PERMISSION_DENIED; RESOURCE_ALREADY_EXISTS when the e-mail has an account
 */
export async function createUser(
  ports: Pick<Ports, 'accounts' | 'passwords' | 'policy' | 'clock'>,
  principal: Principal,
  input: CreateUserInput,
): Promise<{ user: User; temporaryPassword: string }> {
  const { tenantId } = requireAdministrator(principal);
  const { email, name, role } = input;
  const temporaryPassword = input.password ?? makeTemporaryPassword();
  const nowMs = ports.clock();
  const user: User = {
    ...{ id: newId('user'), tenantId, email, username: null, name, role },
    passwordHash: await ports.passwords.hash(temporaryPassword),
    mustChangePassword: true,
    createdAt: new Date(nowMs).toISOString(),
    tokensValidFromMs: nowMs,
  };
  const audit = auditEntry(ports, principal, {
    action: 'CREATE_USER',
    target: { kind: 'user', id: user.id, name },
    after: { email, name, role },
  });
  if ((await ports.accounts.createUser(user, audit)) === 'email-taken') throw emailTaken();
  return { user, temporaryPassword };
}

export function makeTemporaryPassword(): string {
  return randomBase62(TEMPORARY_PASSWORD_LENGTH);
}

export function usernameTaken(): GatewayError {
  return new GatewayError('RESOURCE_ALREADY_EXISTS', 'This user name is taken.');
}

export function emailTaken(): GatewayError {
  return new GatewayError('RESOURCE_ALREADY_EXISTS', 'There is an account with this e-mail address already.');
}
