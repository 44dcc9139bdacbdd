import { notFound } from '../errors.ts';
import { type Subscription, TIER_INSTANCES, type Tier } from '../model/account.ts';
import type { Ports } from '../ports/index.ts';
import { auditEntryOf } from './audit-entry.ts';
import { findSubscription } from './find-subscription.ts';
import { OPERATOR, OPERATOR_ORIGIN } from './operator.ts';

/**
 * For the operator of the gateway: gives a subscription another tier. With more instances than the new tier allows they
 * all stay, and no new one can be made.
 * @throws GatewayError RESOURCE_NOT_FOUND
 */
export async function setTier(
  ports: Pick<Ports, 'accounts' | 'policy' | 'clock'>,
  input: { subscription: string; tier: Tier },
): Promise<Subscription> {
  const before = await findSubscription(ports, input);
  const { tier } = input;
  const maxInstances = TIER_INSTANCES[tier];
  const audit = auditEntryOf(ports, before.id, OPERATOR, OPERATOR_ORIGIN, {
    action: 'UPDATE_SUBSCRIPTION',
    target: { kind: 'subscription', id: before.id, name: before.name },
    before: { tier: before.tier, maxInstances: before.maxInstances },
    after: { tier, maxInstances },
  });
  if (!(await ports.accounts.updateSubscription(before.id, { tier, maxInstances }, audit)))
    throw notFound('subscription');
  return { ...before, tier, maxInstances };
}
