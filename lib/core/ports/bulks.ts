import type { AuditEntry } from '../model/audit.ts';
import type { Bulk, BulkLane, BulkRecipient, BulkState } from '../model/bulk.ts';
import type { Template } from '../model/template.ts';
import type { AcceptedCommand } from './commands.ts';
import type { Page } from './messages.ts';

/** A lane that is to be looked at, as the shard's list of what is due has it. */
export interface BulkEntry {
  kind: 'bulk';
  tenantId: string;
  homeId: string;
  bulkId: string;
  instanceId: string;
  shard: number;
  dueMs: number;
}

export interface BulkWithLanes {
  bulk: Bulk;
  /** In the order of their instances' names. */
  lanes: BulkLane[];
}

export interface NewBulk extends BulkWithLanes {
  recipients: readonly BulkRecipient[];
  idempotency: { key: string; fingerprint: string } | null;
}

/** Rows of bulks: nothing of one is anywhere else until its messages are accepted. */
export interface BulkStore {
  /**
   * The bulk, its lanes, their entries, its recipients and its Idempotency-Key in one transaction, or nothing. `bulkId`:
   * as what the same key and request were accepted before; null: the key was used for another request.
   */
  create(bulk: NewBulk): Promise<{ created: true } | { created: false; bulkId: string | null }>;
  /** Consistent read. */
  get(homeId: string, bulkId: string): Promise<BulkWithLanes | undefined>;
  /** What an Idempotency-Key of the last 24 h was accepted as. Consistent read. */
  findByIdempotencyKey(tenantId: string, key: string): Promise<{ bulkId: string; fingerprint: string } | undefined>;
  /** Of an instance, newest first. @throws GatewayError VALIDATION_ERROR for a cursor of another list */
  list(homeId: string, limit: number, cursor?: string): Promise<Page<BulkWithLanes>>;
  /** The recipients of these pages of `PAGE_SIZE`, by page; one that is not there is empty. */
  pages(homeId: string, bulkId: string, pages: readonly number[]): Promise<Map<number, BulkRecipient[]>>;
  /** Conditional on its being in one of the states `from`. */
  setState(bulk: Bulk, from: readonly BulkState[], to: BulkState): Promise<boolean>;
  /**
   * As `setState`, and its lanes are looked at from `dueMs` on: one transaction. Conditional besides on every lane being as
   * it was read.
   */
  steer(found: BulkWithLanes, from: readonly BulkState[], to: BulkState, dueMs: number): Promise<boolean>;
  /**
   * Puts `next` in place of `present`, moves its entry, and accepts these commands, in one transaction. Conditional on
   * `present.dueMs` being as it was read, and on its not being done; false: somebody was faster.
   */
  advance(present: BulkLane, next: BulkLane, commands: readonly AcceptedCommand[]): Promise<boolean>;
  /** Deletes an entry whose lane is gone, done, or due at another moment. */
  dropEntry(entry: BulkEntry): Promise<void>;
}

/** Templates of a subscription. */
export interface TemplateStore {
  /** Conditional on there being none of the name. With its record, as all writes here. */
  create(template: Template, audit: AuditEntry): Promise<boolean>;
  /** Conditional on its being there. */
  replace(template: Template, audit: AuditEntry): Promise<boolean>;
  /** False: there was none. */
  remove(tenantId: string, name: string, audit: AuditEntry): Promise<boolean>;
  /** Consistent read. */
  get(tenantId: string, name: string): Promise<Template | undefined>;
  /** By name. @throws GatewayError VALIDATION_ERROR for a cursor of another list */
  list(tenantId: string, limit: number, cursor?: string): Promise<Page<Template>>;
}
