import type { Principal } from '../model/account.ts';
import type { Instance, InstanceStatus } from '../model/instance.ts';
import type { Ports } from '../ports/index.ts';
import { mayReach, requirePermission } from './access.ts';

/** The instances that a caller may reach, by name, for use-cases that judge what they do with each. */
export async function reachableInstances(ports: Pick<Ports, 'instances'>, principal: Principal): Promise<Instance[]> {
  return (await ports.instances.list(principal.tenantId)).filter((instance) => mayReach(principal, instance));
}

/** The instances that a caller may reach, by name; all of the subscription for an ADMINISTRATOR and a key of the account. */
export async function listInstances(
  ports: Pick<Ports, 'instances'>,
  principal: Principal,
  input: { status?: InstanceStatus | undefined } = {},
): Promise<Instance[]> {
  requirePermission(principal, 'instance:read');
  const all = await reachableInstances(ports, principal);
  return all.filter(({ state }) => input.status === undefined || state.status === input.status);
}
