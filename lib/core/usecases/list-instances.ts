import type { Principal } from '../model/account.ts';
import type { Instance, InstanceStatus } from '../model/instance.ts';
import type { Ports } from '../ports/index.ts';
import { mayReach, requireUser } from './access.ts';

/** The instances that a user may reach, by name; all of the subscription for an ADMINISTRATOR. */
export async function listInstances(
  ports: Pick<Ports, 'instances'>,
  principal: Principal,
  input: { status?: InstanceStatus | undefined } = {},
): Promise<Instance[]> {
  const { tenantId } = requireUser(principal);
  const all = await ports.instances.list(tenantId);
  return all.filter(
    (instance) =>
      mayReach(principal, instance) && (input.status === undefined || instance.state.status === input.status),
  );
}
