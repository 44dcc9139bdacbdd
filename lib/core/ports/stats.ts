import type { Counts, StatsScope } from '../model/stats.ts';

/**
 * Counters per UTC day (kept 400 days), per hour (8 days) and, for tenants, per month (400 days). Event counters are
 * written by `EventStore.settle` alone; days, hours and months without traffic have no row and are left out here.
 */
export interface StatsStore {
  /** `from` and `to` are days as `2026-11-24`, both included; by day. */
  days(scope: StatsScope, from: string, to: string): Promise<{ day: string; counts: Counts }[]>;
  /** The hours that begin from `fromMs` to `toMs`, both included; by hour. */
  hours(scope: StatsScope, fromMs: number, toMs: number): Promise<{ hourMs: number; counts: Counts }[]>;
  /** One day of many instances, by instance id; one round trip. */
  dayOf(instanceIds: readonly string[], day: string): Promise<Map<string, Counts>>;
  /** `month` as `2026-11`. */
  month(tenantId: string, month: string): Promise<Counts>;
  /** Adds API calls of the hour that begins at `hourMs`: to the tenant, the instances they were about, and the keys. */
  addApiCalls(
    tenantId: string,
    hourMs: number,
    calls: number,
    byInstance: ReadonlyMap<string, number>,
    byKey?: ReadonlyMap<string, number>,
  ): Promise<void>;
}

/** Counts API calls in memory; they are stored about once a second, so a crash loses the last second's at most. */
export interface ApiCallMeter {
  /** Never waits, never throws. */
  count(tenantId: string, about?: { instanceId?: string | undefined; keyId?: string | undefined }): void;
  /** Stores what has been counted. Never throws: what cannot be stored is kept for the next time. */
  flush(): Promise<void>;
}
