import type { Principal } from '../model/account.ts';
import type { Instance } from '../model/instance.ts';
import type { BulkWithLanes, Page, Ports } from '../ports/index.ts';
import { requirePermission, requireReach } from './access.ts';
import { type PageInput, readPage } from './read-page.ts';

/** The bulks of an instance, newest first. @throws GatewayError PERMISSION_DENIED; VALIDATION_ERROR */
export function listBulks(
  ports: Pick<Ports, 'bulks'>,
  principal: Principal,
  { instance, ...page }: PageInput & { instance: Instance },
): Promise<Page<BulkWithLanes>> {
  requirePermission(principal, 'message:read');
  requireReach(principal, instance);
  return readPage((limit, cursor) => ports.bulks.list(instance.id, limit, cursor), page);
}
