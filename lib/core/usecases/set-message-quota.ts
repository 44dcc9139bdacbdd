import { notFound } from '../errors.ts';
import type { Subscription } from '../model/account.ts';
import type { Ports } from '../ports/index.ts';
import { auditEntryOf } from './audit-entry.ts';
import { findSubscription } from './find-subscription.ts';
import { OPERATOR, OPERATOR_ORIGIN } from './operator.ts';

/**
 * For the operator of the gateway: sets how many messages a subscription means to send in a calendar month (null: any
 * number). It warns (`usage.limit_warning` at 80 % and 100 %); it stops nothing.
 * @throws GatewayError RESOURCE_NOT_FOUND
 */
export async function setMessageQuota(
  ports: Pick<Ports, 'accounts' | 'policy' | 'clock'>,
  input: { subscription: string; monthlyMessages: number | null },
): Promise<Subscription> {
  const before = await findSubscription(ports, input);
  const set = { monthlyMessageQuota: input.monthlyMessages };
  const audit = auditEntryOf(ports, before.id, OPERATOR, OPERATOR_ORIGIN, {
    action: 'UPDATE_SUBSCRIPTION',
    target: { kind: 'subscription', id: before.id, name: before.name },
    before: { monthlyMessageQuota: before.monthlyMessageQuota },
    after: set,
  });
  if (!(await ports.accounts.updateSubscription(before.id, set, audit))) throw notFound('subscription');
  return { ...before, ...set };
}
