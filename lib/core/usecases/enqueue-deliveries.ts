import type { Instance } from '../model/instance.ts';
import { isGroupJid } from '../model/phone.ts';
import { type Delivery, deliveryId, type Webhook, type WebhookFormat } from '../model/webhook.ts';
import { type RecordedEvent, streamOf } from '../ports/events.ts';
import type { Ports } from '../ports/index.ts';
import type { PayloadOf } from '../ports/webhooks.ts';
import { type RingPorts, ringDeliveries } from './ring-deliveries.ts';

/** What each format sends of an event. */
export type WebhookPayloads = Record<WebhookFormat, PayloadOf>;

/**
 * Decides to which of the tenant's endpoints an event goes, writes down one delivery for each, and rings. Idempotent: the delivery of an
 * event to an endpoint is one row, however often it is told.
 * @throws Error of the store: the event must be told again
 */
export async function enqueueDeliveries(
  ports: Pick<Ports, 'deliveries' | 'clock'> & RingPorts,
  payloads: WebhookPayloads,
  webhooks: readonly Webhook[],
  event: RecordedEvent,
  instance: Instance | undefined,
): Promise<void> {
  const wanted = webhooks.filter((webhook) => wants(webhook, event, instance, payloads));
  await Promise.all(
    wanted.map(async (webhook) => {
      await ports.deliveries.enqueue(deliveryOf(webhook, event, instance, ports.clock()), 'event');
      await ringDeliveries(ports, webhook);
    }),
  );
}

function wants(
  webhook: Webhook,
  event: RecordedEvent,
  instance: Instance | undefined,
  payloads: WebhookPayloads,
): boolean {
  if (!webhook.isActive) return false;
  if (webhook.instanceId !== null && webhook.instanceId !== event.instanceId) return false;
  const { environment } = webhook;
  if (environment !== null && event.instanceId !== null && instance?.environment !== environment) return false;
  const name = payloads[webhook.format](event, null)?.name;
  if (name === undefined || !(webhook.events.includes(name) || webhook.events.includes('*'))) return false;
  const chat = 'chat' in event.data ? event.data.chat : undefined;
  if (webhook.chatTypes === null || chat === undefined) return true;
  return webhook.chatTypes.includes(isGroupJid(chat) ? 'group' : 'user');
}

function deliveryOf(
  webhook: Webhook,
  event: RecordedEvent,
  instance: Instance | undefined,
  createdAtMs: number,
): Delivery {
  const { tenantId, timestampMs, instanceId, seq } = event;
  return {
    id: deliveryId(webhook.id, event),
    tenantId,
    webhookId: webhook.id,
    eventId: event.id,
    eventType: event.type,
    streamId: streamOf(event),
    seq,
    instanceId,
    instanceName: instance?.name ?? null,
    instancePhone: instance?.state.phone ?? null,
    timestampMs,
    createdAtMs,
    ...{ state: 'pending', tries: 0, nextAttemptAtMs: createdAtMs, endedAtMs: null, error: null, attempts: [] },
  };
}
