import type { Webhook } from '../../lib/core/model/webhook.ts';
import type { EventContext, EventSubscriber } from '../../lib/core/ports/events.ts';
import type { Ports } from '../../lib/core/ports/index.ts';
import { enqueueDeliveries } from '../../lib/core/usecases/enqueue-deliveries.ts';
import type { RingPorts } from '../../lib/core/usecases/ring-deliveries.ts';
import { WEBHOOK_PAYLOADS } from '../dialects/webhook-formats.ts';

/**
 * Writes down, for every event, to which endpoints it is to be delivered. Must not miss any: it throws. The endpoints
 * are read once for a batch, after its events were recorded: one that was there before an event is told it.
 */
export function createWebhookSubscriber(
  ports: Pick<Ports, 'webhooks' | 'deliveries' | 'clock'> & RingPorts,
): EventSubscriber {
  const lists = new WeakMap<EventContext, Promise<Webhook[]>>();
  return {
    name: 'webhooks',
    async tell(event, context) {
      const list = lists.get(context) ?? ports.webhooks.list(event.tenantId);
      lists.set(context, list);
      await enqueueDeliveries(ports, WEBHOOK_PAYLOADS, await list, event, context.instance);
    },
  };
}
