import { GatewayError, notFound } from '../errors.ts';
import type { Principal, User } from '../model/account.ts';
import type { Ports } from '../ports/index.ts';
import { auditEntry } from './audit-entry.ts';
import { changedMeanwhile } from './change-password.ts';
import { getUser } from './get-user.ts';
import { removeInstance } from './remove-instance.ts';
import { lastAdministrator } from './update-user.ts';

export interface RemoveUserInput {
  userId: string;
  /** What becomes of the user's instances. Absent: a user who has some is not removed. */
  instances?: 'move' | 'delete' | undefined;
  /** Who gets them, for `move`. */
  to?: string | undefined;
}

/** An instance that is made in between is taken along at the next try. */
const MAX_TRIES = 3;

/**
 * Removes a user of the administrator's subscription; their tokens end at once. Instances never stay behind: they are
 * moved in the same transaction, or deleted before as `removeInstance` does it.
 * @throws GatewayError PERMISSION_DENIED; RESOURCE_NOT_FOUND; VALIDATION_ERROR for a wrong `to`; INVALID_STATE for the
 *   last administrator, and for a user with instances when nothing is said about them
 */
export async function removeUser(
  ports: Pick<
    Ports,
    | 'accounts'
    | 'instances'
    | 'apiKeys'
    | 'webhooks'
    | 'deliveryQueue'
    | 'commands'
    | 'bells'
    | 'policy'
    | 'log'
    | 'clock'
  >,
  principal: Principal,
  input: RemoveUserInput,
): Promise<void> {
  for (let attempt = 1; attempt <= MAX_TRIES; attempt += 1) {
    const [user, heir, instances] = await Promise.all([
      getUser(ports, principal, input),
      heirOf(ports, principal, input),
      ports.instances.list(principal.tenantId),
    ]);
    const owned = instances.filter(({ createdById }) => createdById === user.id);
    if (owned.length > 0 && input.instances === undefined) {
      throw new GatewayError(
        'INVALID_STATE',
        'The user has instances. Say what becomes of them: instances=move&to=<user id>, or instances=delete.',
        { details: { instances: owned.map(({ name }) => name) } },
      );
    }
    if (input.instances === 'delete') {
      await requireAnotherAdministrator(ports, user);
      for (const instance of owned) await removeInstance(ports, principal, { instance });
    }
    const audit = auditEntry(ports, principal, {
      action: 'DELETE_USER',
      target: { kind: 'user', id: user.id, name: user.name },
      before: { email: user.email, name: user.name, role: user.role },
      after: heir ? { instancesMovedTo: heir.id, instances: owned.map(({ name }) => name) } : null,
    });
    const handOver = heir ? { instanceIds: owned.map(({ id }) => id), to: heir.id } : null;
    const result = await ports.accounts.removeUser(user, handOver, audit);
    if (result === 'removed') return;
    if (result === 'last-administrator') throw lastAdministrator();
  }
  throw changedMeanwhile();
}

async function heirOf(
  ports: Pick<Ports, 'accounts'>,
  principal: Principal,
  { userId, instances, to }: RemoveUserInput,
): Promise<User | undefined> {
  if (instances !== 'move') {
    if (to !== undefined) throw new GatewayError('VALIDATION_ERROR', 'to goes with instances=move only.');
    return undefined;
  }
  if (to === undefined || to === userId) {
    throw new GatewayError('VALIDATION_ERROR', 'to must name another user, who gets the instances.');
  }
  return getUser(ports, principal, { userId: to });
}

/** Deleting instances cannot be taken back, so this is looked at before; what counts is the removal's condition. */
async function requireAnotherAdministrator(ports: Pick<Ports, 'accounts'>, user: User): Promise<void> {
  const users = await ports.accounts.listUsers(user.tenantId);
  if (!users.some(({ id }) => id === user.id)) throw notFound('user');
  const others = users.some(({ id, role }) => id !== user.id && role === 'ADMINISTRATOR');
  if (user.role === 'ADMINISTRATOR' && !others) throw lastAdministrator();
}
