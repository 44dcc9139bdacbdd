import type { Principal, Subscription } from '../model/account.ts';
import type { Ports } from '../ports/index.ts';
import { requireUser } from './access.ts';

/** The subscription of the caller, and how many instances it still has room for. */
export async function getSubscription(
  ports: Pick<Ports, 'accounts'>,
  principal: Principal,
): Promise<{ subscription: Subscription; remaining: number }> {
  const { tenantId } = requireUser(principal);
  const subscription = await ports.accounts.getSubscription(tenantId);
  if (!subscription) throw new Error(`${tenantId} has no subscription`);
  return { subscription, remaining: Math.max(0, subscription.maxInstances - subscription.currentInstances) };
}
