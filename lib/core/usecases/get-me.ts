import { notFound } from '../errors.ts';
import type { Principal, Subscription, User } from '../model/account.ts';
import type { Ports } from '../ports/index.ts';
import { requireUser } from './access.ts';

/** The signed-in user and their subscription. */
export async function getMe(
  ports: Pick<Ports, 'accounts'>,
  principal: Principal,
): Promise<{ user: User; subscription: Subscription }> {
  const { tenantId, userId } = requireUser(principal);
  const [user, subscription] = await Promise.all([
    ports.accounts.getUser(tenantId, userId),
    ports.accounts.getSubscription(tenantId),
  ]);
  if (!user || !subscription) throw notFound('user');
  return { user, subscription };
}
