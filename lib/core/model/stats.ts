/** What is counted. `sent`: taken by WhatsApp's server, asked for here; `failed`: refused by WhatsApp. */
export const COUNTER_NAMES = ['sent', 'received', 'failed', 'delivered', 'read', 'autoReplies', 'apiCalls'] as const;
export type CounterName = (typeof COUNTER_NAMES)[number];
export type Counts = Record<CounterName, number>;

export const NO_COUNTS: Counts = {
  sent: 0,
  received: 0,
  failed: 0,
  delivered: 0,
  read: 0,
  autoReplies: 0,
  apiCalls: 0,
};

/** Whose counters: one instance's, those of a whole subscription, or the calls with one API key. */
export type StatsScope = { instanceId: string } | { tenantId: string } | { keyId: string };

/** UTC day of a moment, as `2026-11-24`. */
export function dayOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}

/** UTC hour of a moment, as `2026-11-24T09`. */
export function hourOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 13);
}

/** UTC month of a moment, as `2026-11`. */
export function monthOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 7);
}

const HOUR_MS = 3_600_000;

/** The beginning of the hour of a moment, in ms since epoch. */
export function hourStart(timeMs: number): number {
  return timeMs - (timeMs % HOUR_MS);
}

/** Sum of some counts. */
export function addUp(all: Iterable<Partial<Counts>>): Counts {
  const sum = { ...NO_COUNTS };
  for (const counts of all) for (const name of COUNTER_NAMES) sum[name] += counts[name] ?? 0;
  return sum;
}

/** `98.8%`: cut off, not rounded, so that 100.0% means all of it. null of nothing. */
export function percentOf(part: number, whole: number): string | null {
  return whole === 0 ? null : `${(Math.floor((part * 1000) / whole) / 10).toFixed(1)}%`;
}
