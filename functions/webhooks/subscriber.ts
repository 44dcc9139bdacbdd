import type { EventSubscriber } from '../../lib/core/ports/events.ts';
import type { Ports } from '../../lib/core/ports/index.ts';
import { enqueueDeliveries } from '../../lib/core/usecases/enqueue-deliveries.ts';
import type { RingPorts } from '../../lib/core/usecases/ring-deliveries.ts';
import { WEBHOOK_PAYLOADS } from '../dialects/webhook-formats.ts';

/** Writes down, for every event, to which endpoints it is to be delivered. Must not miss any: it throws. */
export function createWebhookSubscriber(
  ports: Pick<Ports, 'webhooks' | 'deliveries' | 'clock'> & RingPorts,
): EventSubscriber {
  return {
    name: 'webhooks',
    tell: (event, { instance }) => enqueueDeliveries(ports, WEBHOOK_PAYLOADS, event, instance),
  };
}
