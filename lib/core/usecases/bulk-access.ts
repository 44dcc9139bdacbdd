import { notFound } from '../errors.ts';
import type { Permission, Principal } from '../model/account.ts';
import type { Instance } from '../model/instance.ts';
import type { BulkWithLanes, Ports } from '../ports/index.ts';
import { mayReach, reachesAccount, requirePermission, requireReach } from './access.ts';

export interface BulkInput {
  /** As `resolveInstance` gave it to this principal. */
  instance: Instance;
  bulkId: string;
}

type AccessPorts = Pick<Ports, 'bulks' | 'instances'>;

/**
 * A bulk of the instance, for whoever reaches every instance that it sends from.
 * @throws GatewayError PERMISSION_DENIED; RESOURCE_NOT_FOUND
 */
export async function findBulk(
  ports: AccessPorts,
  principal: Principal,
  { instance, bulkId }: BulkInput,
  permission: Permission,
  begun: Promise<BulkWithLanes | undefined> = readBulk(ports, instance.id, bulkId),
): Promise<BulkWithLanes> {
  requirePermission(principal, permission);
  requireReach(principal, instance);
  const found = await begun;
  if (found?.bulk.instanceId !== instance.id) throw notFound('bulk');
  const [reached] = await reachable(ports, principal, instance, [found]);
  if (!reached) throw notFound('bulk');
  return reached;
}

/** Those of the instance's bulks that send from nowhere else than the caller reaches. */
export async function reachable(
  { instances }: Pick<Ports, 'instances'>,
  principal: Principal,
  home: Instance,
  found: readonly BulkWithLanes[],
): Promise<readonly BulkWithLanes[]> {
  const isOwn = ({ lanes }: BulkWithLanes) => lanes.every(({ instanceId }) => instanceId === home.id);
  if (reachesAccount(principal) || found.every(isOwn)) return found;
  if (principal.kind === 'key') return found.filter(isOwn);
  const all = await instances.list(home.tenantId);
  const reached = new Set(all.filter((one) => mayReach(principal, one)).map(({ id }) => id));
  return found.filter(({ lanes }) => lanes.every(({ instanceId }) => reached.has(instanceId)));
}

const BULK_ID = /^bulk_[0-9A-Z]{26}$/;

export async function readBulk(
  { bulks }: Pick<Ports, 'bulks'>,
  homeId: string,
  bulkId: string,
): Promise<BulkWithLanes | undefined> {
  return BULK_ID.test(bulkId) ? bulks.get(homeId, bulkId) : undefined;
}
