import { notFound } from '../errors.ts';
import type { Permission, Principal } from '../model/account.ts';
import type { Instance } from '../model/instance.ts';
import type { BulkWithLanes, Ports } from '../ports/index.ts';
import { requirePermission, requireReach } from './access.ts';

export interface BulkInput {
  /** As `resolveInstance` gave it to this principal. */
  instance: Instance;
  bulkId: string;
}

/**
 * A bulk of the instance, for whoever reaches that. Which other instances it sends from was judged when it was made.
 * @throws GatewayError PERMISSION_DENIED; RESOURCE_NOT_FOUND
 */
export async function findBulk(
  ports: Pick<Ports, 'bulks'>,
  principal: Principal,
  { instance, bulkId }: BulkInput,
  permission: Permission,
  begun: Promise<BulkWithLanes | undefined> = readBulk(ports, instance.id, bulkId),
): Promise<BulkWithLanes> {
  requirePermission(principal, permission);
  requireReach(principal, instance);
  const found = await begun;
  if (found?.bulk.instanceId !== instance.id) throw notFound('bulk');
  return found;
}

const BULK_ID = /^bulk_[0-9A-Z]{26}$/;

export async function readBulk(
  { bulks }: Pick<Ports, 'bulks'>,
  homeId: string,
  bulkId: string,
): Promise<BulkWithLanes | undefined> {
  return BULK_ID.test(bulkId) ? bulks.get(homeId, bulkId) : undefined;
}
