import type { Principal } from '../model/account.ts';
import type { Ports } from '../ports/index.ts';
import { clearDeliveries } from './clear-deliveries.ts';
import type { FoundWebhook } from './webhook-access.ts';

const DAY_MS = 86_400_000;
/** Entries of an endpoint that are counted. */
const MAX_COUNTED = 1_000;

/**
 * Clears the logs of endpoints, as `listWebhooks` gave them to this principal: all of it, or what is older than `days`.
 * Returns how many entries went, as far as they are counted.
 * @throws GatewayError PERMISSION_DENIED for an API key that may not
 */
export async function clearDeliveryLog(
  ports: Pick<Ports, 'webhooks' | 'instances' | 'deliveries' | 'deliveryQueue' | 'log' | 'clock'>,
  principal: Principal,
  { webhooks, days }: { webhooks: readonly FoundWebhook[]; days?: number | undefined },
): Promise<{ deleted: number }> {
  const beforeMs = ports.clock() - (days ?? 0) * DAY_MS;
  const counts = await Promise.all(
    webhooks.map(async (one) => {
      const filter = { toMs: beforeMs };
      const [page] = await Promise.all([
        ports.deliveries.list(one.webhook, filter, MAX_COUNTED),
        clearDeliveries(ports, principal, { target: { found: one }, beforeMs }),
      ]);
      return page.items.filter(({ state }) => state !== 'pending').length;
    }),
  );
  return { deleted: counts.reduce((sum, count) => sum + count, 0) };
}
