import type { Webhook } from '../model/webhook.ts';
import type { DeliveryQueue, Logger } from '../ports/index.ts';

/** What it takes to ring. */
export interface RingPorts {
  deliveryQueue: Pick<DeliveryQueue, 'ring'>;
  log: Logger;
}

/** SQS holds a message back for this long at most. */
const MAX_DELAY_MS = 900_000;

/**
 * Rings for an endpoint, now or when something is due. Never throws: a bell that could not be sent, and one for what is
 * due too late for a bell, are made up for by the sweeper.
 */
export async function ringDeliveries(
  ports: RingPorts,
  { tenantId, id }: Pick<Webhook, 'tenantId' | 'id'>,
  inMs = 0,
): Promise<void> {
  if (inMs > MAX_DELAY_MS) return;
  try {
    await ports.deliveryQueue.ring({ v: 1, tenantId, webhookId: id }, Math.ceil(inMs / 1000));
  } catch (err) {
    ports.log.warn({ err, webhookId: id }, 'a delivery was not announced; the sweeper will');
  }
}
