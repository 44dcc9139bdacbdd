import { notFound } from '../errors.ts';
import type { Subscription } from '../model/account.ts';
import type { Ports } from '../ports/index.ts';

/**
 * For the operator of the gateway: a subscription by its id, or by the e-mail address of any of its users.
 * @throws GatewayError RESOURCE_NOT_FOUND
 */
export async function findSubscription(
  ports: Pick<Ports, 'accounts'>,
  input: { subscription: string },
): Promise<Subscription> {
  const named = input.subscription.trim();
  const id = named.includes('@') ? (await ports.accounts.findUserByLogin(named))?.tenantId : named;
  const subscription = id ? await ports.accounts.getSubscription(id) : undefined;
  if (!subscription) throw notFound('subscription');
  return subscription;
}
