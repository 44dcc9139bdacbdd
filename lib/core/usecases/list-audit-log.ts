import type { Principal } from '../model/account.ts';
import type { AuditEntry } from '../model/audit.ts';
import type { AuditFilter, Page, Ports } from '../ports/index.ts';
import { requireAdministrator } from './access.ts';
import { type PageInput, readPage } from './read-page.ts';

/**
 * Management writes of the administrator's subscription, newest first.
 * @throws GatewayError PERMISSION_DENIED; VALIDATION_ERROR for a page too far down
 */
export async function listAuditLog(
  ports: Pick<Ports, 'audit'>,
  principal: Principal,
  input: PageInput & { filter: AuditFilter },
): Promise<Page<AuditEntry>> {
  const { tenantId } = requireAdministrator(principal);
  return readPage((limit, cursor) => ports.audit.list(tenantId, input.filter, limit, cursor), input);
}
