import { GatewayError } from '../errors.ts';
import type { Principal } from '../model/account.ts';
import type { AuditEntry } from '../model/audit.ts';
import type { AuditFilter, Page, Ports } from '../ports/index.ts';
import { requireAdministrator } from './access.ts';

/** Pages are reached by reading everything before them; beyond this many entries a cursor must be used. */
export const MAX_PAGED_ENTRIES = 5_000;

const SKIP_CHUNK = 500;

export interface ListAuditLogInput {
  filter: AuditFilter;
  /** From 1. Ignored when there is a cursor. */
  page: number;
  perPage: number;
  cursor?: string | undefined;
}

/**
 * Management writes of the administrator's subscription, newest first. `nextCursor` goes on where this page ends.
 * @throws GatewayError PERMISSION_DENIED; VALIDATION_ERROR for a page too far down
 */
export async function listAuditLog(
  ports: Pick<Ports, 'audit'>,
  principal: Principal,
  input: ListAuditLogInput,
): Promise<Page<AuditEntry>> {
  const { tenantId } = requireAdministrator(principal);
  const { filter, perPage } = input;
  let cursor = input.cursor;
  let toSkip = cursor === undefined ? (input.page - 1) * perPage : 0;
  if (toSkip + perPage > MAX_PAGED_ENTRIES) {
    throw new GatewayError('VALIDATION_ERROR', `Pages end after ${MAX_PAGED_ENTRIES} entries. Go on with cursor.`);
  }
  while (toSkip > 0) {
    const skipped = await ports.audit.list(tenantId, filter, Math.min(toSkip, SKIP_CHUNK), cursor);
    if (skipped.nextCursor === null) return { items: [], nextCursor: null };
    toSkip -= skipped.items.length;
    cursor = skipped.nextCursor;
  }
  return ports.audit.list(tenantId, filter, perPage, cursor);
}
