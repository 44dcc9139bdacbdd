import { notFound } from '../errors.ts';
import type { Principal } from '../model/account.ts';
import type { Instance } from '../model/instance.ts';
import type { Ports } from '../ports/index.ts';
import { mayReach } from './access.ts';
import { instanceName } from './create-instance.ts';

/** How a request says which instance it means; `own` is the one that an API key is bound to. */
export type InstanceTarget = { by: 'name'; name: string } | { by: 'id'; id: string } | { by: 'own' };

/**
 * The instance that a caller means, looked for in the caller's tenant only.
 * @throws GatewayError RESOURCE_NOT_FOUND, byte for byte the same for "not there" and "not yours"
 */
export async function resolveInstance(
  ports: Pick<Ports, 'instances'>,
  principal: Principal,
  target: InstanceTarget,
): Promise<Instance> {
  const instance = await find(ports, principal, target);
  if (!instance || !mayReach(principal, instance)) throw notFound('instance');
  return instance;
}

async function find(
  ports: Pick<Ports, 'instances'>,
  principal: Principal,
  target: InstanceTarget,
): Promise<Instance | undefined> {
  if (target.by === 'name') {
    if (!instanceName.safeParse(target.name).success) return undefined;
    return ports.instances.findByName(principal.tenantId, target.name);
  }
  if (target.by === 'id')
    return /^inst_[A-Za-z0-9]{1,64}$/.test(target.id) ? ports.instances.get(principal.tenantId, target.id) : undefined;
  return principal.kind === 'key' ? ports.instances.get(principal.tenantId, principal.instanceId) : undefined;
}
