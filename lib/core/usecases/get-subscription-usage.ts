import type { Principal, Subscription } from '../model/account.ts';
import type { InstanceStatus } from '../model/instance.ts';
import type { Ports } from '../ports/index.ts';
import { requireUser } from './access.ts';
import { getSubscription } from './get-subscription.ts';

export interface SubscriptionUsage {
  subscription: Subscription;
  remaining: number;
  /** Everybody's, by name: who uses the room that all of them share (document A1, example 2, step 4). */
  instances: { name: string; owner: string | null; status: InstanceStatus }[];
}

/** What the subscription allows and what takes it up. */
export async function getSubscriptionUsage(
  ports: Pick<Ports, 'accounts' | 'instances'>,
  principal: Principal,
): Promise<SubscriptionUsage> {
  const { tenantId } = requireUser(principal);
  const [room, instances, users] = await Promise.all([
    getSubscription(ports, principal),
    ports.instances.list(tenantId),
    ports.accounts.listUsers(tenantId),
  ]);
  const names = new Map(users.map(({ id, name }) => [id, name]));
  return {
    ...room,
    instances: instances.map(({ name, createdById, state }) => ({
      ...{ name, owner: names.get(createdById) ?? null, status: state.status },
    })),
  };
}
