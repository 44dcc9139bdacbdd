import type { Principal } from '../model/account.ts';
import type { Instance } from '../model/instance.ts';
import type { BulkWithLanes, Page, Ports } from '../ports/index.ts';
import { requirePermission, requireReach } from './access.ts';
import { reachable } from './bulk-access.ts';
import { type PageInput, readPage } from './read-page.ts';

/** The bulks of an instance, newest first; a page may be short of those that send from elsewhere too. @throws GatewayError PERMISSION_DENIED; VALIDATION_ERROR */
export async function listBulks(
  ports: Pick<Ports, 'bulks' | 'instances'>,
  principal: Principal,
  { instance, ...page }: PageInput & { instance: Instance },
): Promise<Page<BulkWithLanes>> {
  requirePermission(principal, 'message:read');
  requireReach(principal, instance);
  const { items, nextCursor } = await readPage((limit, cursor) => ports.bulks.list(instance.id, limit, cursor), page);
  return { items: [...(await reachable(ports, principal, instance, items))], nextCursor };
}
