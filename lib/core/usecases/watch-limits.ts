import type { AccountEvent, EventData } from '../catalogue/events.ts';
import type { Subscription } from '../model/account.ts';
import { monthOf } from '../model/stats.ts';
import type { Ports, RecordedEvent } from '../ports/index.ts';
import { limitWarningsFor } from './limit-warnings.ts';

type WatchPorts = Pick<Ports, 'accounts' | 'stats' | 'events' | 'eventQueue' | 'clock' | 'log'>;

/** Looks at limits after events of a tenant were settled. Never throws: the next event looks again. */
export type LimitWatch = (tenantId: string, events: readonly Pick<RecordedEvent, 'type'>[]) => Promise<void>;

/** A subscription is read again after this time. */
const CACHE_MS = 60_000;
const MAX_CACHED = 10_000;

/**
 * Warns the account when 80 % and 100 % of its instances, or of a monthly message quota, are reached: once a calendar
 * month (UTC) for each mark and limit. What is reached is looked at, not what changed, so a crash skips no warning.
 * Instances are looked at when one begins to connect, messages when one was sent.
 */
export function createLimitWatch(ports: WatchPorts): LimitWatch {
  const subscriptions = new Map<string, { subscription: Subscription; untilMs: number }>();
  const warned = new Set<string>();

  async function subscriptionOf(tenantId: string, fresh: boolean): Promise<Subscription | undefined> {
    const known = subscriptions.get(tenantId);
    if (!fresh && known && known.untilMs > ports.clock()) return known.subscription;
    const subscription = await ports.accounts.getSubscription(tenantId);
    if (subscriptions.size >= MAX_CACHED) subscriptions.clear();
    if (subscription) subscriptions.set(tenantId, { subscription, untilMs: ports.clock() + CACHE_MS });
    return subscription;
  }

  async function warn(
    tenantId: string,
    resource: EventData<'usage.limit_warning'>['resource'],
    used: number,
    limit: number,
  ): Promise<void> {
    const timestampMs = ports.clock();
    for (const percent of limitWarningsFor({ before: Number.NEGATIVE_INFINITY, after: used, limit })) {
      const once = `usage|${resource}|${limit}|${percent}|${monthOf(timestampMs)}`;
      if (warned.has(`${tenantId}|${once}`)) continue;
      const data = { resource, used, limit, percent };
      const event: AccountEvent = { type: 'usage.limit_warning', instanceId: null, timestampMs, data };
      const bell = await ports.events.recordAccountEvent(tenantId, event, once);
      if (warned.size >= MAX_CACHED) warned.clear();
      warned.add(`${tenantId}|${once}`);
      if (bell) await ports.eventQueue.publish([bell]);
    }
  }

  return async (tenantId, events) => {
    try {
      const isConnecting = events.some(({ type }) => type === 'instance.connecting');
      const hasSent = events.some(({ type }) => type === 'message.sent');
      if (!isConnecting && !hasSent) return;
      const subscription = await subscriptionOf(tenantId, isConnecting);
      if (!subscription) return;
      if (isConnecting) await warn(tenantId, 'instances', subscription.currentInstances, subscription.maxInstances);
      const quota = subscription.monthlyMessageQuota;
      if (!hasSent || quota === null) return;
      const { sent } = await ports.stats.month(tenantId, monthOf(ports.clock()));
      await warn(tenantId, 'messages', sent, quota);
    } catch (error) {
      ports.log.warn({ err: error, tenantId }, 'limits could not be looked at');
    }
  };
}
