import type { Delivery } from '../model/webhook.ts';
import type { DeliveryFilter, Ports } from '../ports/index.ts';
import type { FoundWebhook } from './webhook-access.ts';

export interface DeliveryLogInput {
  /** As `listWebhooks` gave them to this principal. */
  webhooks: readonly FoundWebhook[];
  filter: DeliveryFilter;
  /** Of each endpoint. */
  limit: number;
}

/** An entry of the log with its endpoint. */
export interface LoggedDelivery extends FoundWebhook {
  delivery: Delivery;
}

/** What endpoints were sent, newest event first, and whether there is more than `limit` of one. */
export async function listDeliveryLog(
  ports: Pick<Ports, 'deliveries'>,
  { webhooks, filter, limit }: DeliveryLogInput,
): Promise<{ items: LoggedDelivery[]; hasMore: boolean }> {
  const pages = await Promise.all(
    webhooks.map(async (found) => {
      const page = await ports.deliveries.list(found.webhook, filter, limit);
      return { hasMore: page.nextCursor !== null, items: page.items.map((delivery) => ({ ...found, delivery })) };
    }),
  );
  const items = pages.flatMap((page) => page.items).sort((a, b) => b.delivery.timestampMs - a.delivery.timestampMs);
  return { items, hasMore: pages.some((page) => page.hasMore) };
}
