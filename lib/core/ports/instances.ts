import type { Instance } from '../model/instance.ts';

export interface InstanceStore {
  /**
   * Instance, name claim, shard entry and the subscription's counter in one transaction.
   * Conditional on the name being free and on `currentInstances < maxInstances`.
   */
  create(instance: Instance): Promise<'created' | 'name-taken' | 'limit-reached'>;
  get(tenantId: string, instanceId: string): Promise<Instance | undefined>;
  findByName(tenantId: string, name: string): Promise<Instance | undefined>;
  /** All of a tenant (at most 40), by name. */
  list(tenantId: string): Promise<Instance[]>;
  /** Instance, name claim and shard entry go, the counter falls: one transaction. Returns false when it was gone. */
  remove(tenantId: string, instanceId: string): Promise<boolean>;
  /** Who lives on a shard; consistent. */
  listShard(shard: number): Promise<{ tenantId: string; instanceId: string }[]>;
}
