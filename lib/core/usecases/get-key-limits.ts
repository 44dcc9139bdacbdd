import { GatewayError } from '../errors.ts';
import type { Principal, Subscription } from '../model/account.ts';
import type { RateUse } from '../model/rate-limit.ts';
import { monthOf } from '../model/stats.ts';
import type { Ports } from '../ports/index.ts';
import { lookAtQuotas } from './limit-rate.ts';

export interface KeyLimits {
  messages: RateUse;
  reads: RateUse;
  subscription: Subscription;
  /** Sent by the whole subscription in this calendar month (UTC). */
  monthlyMessages: number;
}

/** What the calling API key, and the subscription that it belongs to, have used and have left. */
export async function getKeyLimits(
  ports: Pick<Ports, 'rateLimits' | 'accounts' | 'stats' | 'clock'>,
  principal: Extract<Principal, { kind: 'key' }>,
): Promise<KeyLimits> {
  const { tenantId } = principal;
  const [quotas, subscription, month] = await Promise.all([
    lookAtQuotas(ports, principal),
    ports.accounts.getSubscription(tenantId),
    ports.stats.month(tenantId, monthOf(ports.clock())),
  ]);
  if (!subscription) throw new GatewayError('AUTHENTICATION_ERROR');
  return { ...quotas, subscription, monthlyMessages: month.sent };
}
