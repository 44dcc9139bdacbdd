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

/** Whose counters: one instance's, or those of a whole subscription. */
export type StatsScope = { instanceId: string } | { tenantId: string };
