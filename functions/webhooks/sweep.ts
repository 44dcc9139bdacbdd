import { DELIVERY_SHARDS } from '../../lib/core/model/webhook.ts';
import type { Ports } from '../../lib/core/ports/index.ts';
import { ringDeliveries } from '../../lib/core/usecases/ring-deliveries.ts';

/** What is overdue for this long has lost its bell, or was due too late to be given one. */
const OVERDUE_MS = 2_000;

/** Rings for the endpoints at which something is overdue. @throws Error of the store; the next sweep goes on */
export async function sweepDeliveries(
  ports: Pick<Ports, 'deliveries' | 'deliveryQueue' | 'log' | 'clock'>,
): Promise<void> {
  const shards = Array.from({ length: DELIVERY_SHARDS }, (_, shard) => shard);
  await Promise.all(
    shards.map(async (shard) => {
      for await (const { tenantId, webhookId } of ports.deliveries.overdue(shard, ports.clock() - OVERDUE_MS)) {
        await ringDeliveries(ports, { tenantId, id: webhookId });
      }
    }),
  );
}
