import type { AuditAction, AuditEntry } from '../model/audit.ts';
import type { Page } from './messages.ts';

export interface AuditFilter {
  action?: AuditAction | undefined;
  /** Id of the user, or of the API key, who did it. */
  actorId?: string | undefined;
  /** Both included, ms since epoch. */
  fromMs?: number | undefined;
  toMs?: number | undefined;
}

/**
 * Reads what the other stores have written: a store takes the `AuditEntry` of a management write and adds it to the
 * write's own transaction, so that there is never one without the other. Entries are made by `auditEntry`.
 */
export interface AuditStore {
  /**
   * Newest first; consistent. A filter that finds little may end a page early: it is short then, or empty, and
   * `nextCursor` goes on. @throws GatewayError VALIDATION_ERROR for a cursor that is not one
   */
  list(tenantId: string, filter: AuditFilter, limit: number, cursor?: string): Promise<Page<AuditEntry>>;
}
