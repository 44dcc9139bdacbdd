import type { Principal } from '../model/account.ts';
import type { Instance, InstanceStatus } from '../model/instance.ts';
import type { Ports } from '../ports/index.ts';
import { mayReach, requirePermission } from './access.ts';

/** The instances that a caller may reach, by name; all of the subscription for an ADMINISTRATOR and a key of the account. */
export async function listInstances(
  ports: Pick<Ports, 'instances'>,
  principal: Principal,
  input: { status?: InstanceStatus | undefined } = {},
): Promise<Instance[]> {
  requirePermission(principal, 'instance:read');
  const all = await ports.instances.list(principal.tenantId);
  return all.filter(
    (instance) =>
      mayReach(principal, instance) && (input.status === undefined || instance.state.status === input.status),
  );
}
