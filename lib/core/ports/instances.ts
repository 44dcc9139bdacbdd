import type { AuditEntry } from '../model/audit.ts';
import type { Instance, InstanceSettings } from '../model/instance.ts';

export interface InstanceStore {
  /**
   * Instance, name claim, shard entry, the counters of subscription and owner, and the audit entry in one transaction.
   * Conditional on the name being free, on `currentInstances < maxInstances` and on the owner being there.
   */
  create(instance: Instance, audit: AuditEntry): Promise<'created' | 'name-taken' | 'limit-reached' | 'owner-gone'>;
  /**
   * Sets the title and the settings that are given and leaves the others; with `name`, moves the name claim. Conditional on the
   * instance being there under the name that it has in `before`, and on the new one being free.
   */
  update(
    before: Instance,
    change: {
      name?: string | undefined;
      title?: string | null | undefined;
      settings?: Partial<InstanceSettings> | undefined;
    },
    audit: AuditEntry,
  ): Promise<'updated' | 'name-taken' | 'changed'>;
  get(tenantId: string, instanceId: string): Promise<Instance | undefined>;
  /** Those that are there, by id; what was written a moment ago may be missing. A request for a hundred. */
  getMany(places: readonly { tenantId: string; instanceId: string }[]): Promise<Map<string, Instance>>;
  findByName(tenantId: string, name: string): Promise<Instance | undefined>;
  /** All of a tenant (at most 40), by name. */
  list(tenantId: string): Promise<Instance[]>;
  /** Instance, name claim and shard entry go, the counters fall: one transaction. Returns false when it was gone. */
  remove(tenantId: string, instanceId: string, audit: AuditEntry): Promise<boolean>;
  /** Who lives on a shard; consistent. */
  listShard(shard: number): Promise<{ tenantId: string; instanceId: string }[]>;
}
