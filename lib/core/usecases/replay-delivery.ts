import { GatewayError, notFound } from '../errors.ts';
import type { Principal } from '../model/account.ts';
import type { Delivery } from '../model/webhook.ts';
import type { Ports } from '../ports/index.ts';
import { ringDeliveries } from './ring-deliveries.ts';
import { type FoundWebhook, findWebhook } from './webhook-access.ts';

/**
 * Sends an event to an endpoint again, under the same id, with all attempts before it; at once also when it waits for
 * its next attempt.
 * @throws GatewayError as `findWebhook`; RESOURCE_NOT_FOUND for a delivery of another endpoint; INVALID_STATE while it
 *   is due already, for a test, and for an endpoint that is not active
 */
export async function replayDelivery(
  ports: Pick<Ports, 'webhooks' | 'instances' | 'deliveries' | 'deliveryQueue' | 'log' | 'clock'>,
  principal: Principal,
  input: { webhookId: string; deliveryId: string; found?: Awaited<ReturnType<typeof findDelivery>> },
): Promise<Delivery> {
  const { webhook, delivery } = input.found ?? (await findDelivery(ports, principal, input));
  if (delivery.eventType === 'webhook.test') throw new GatewayError('INVALID_STATE', 'A test is not sent again.');
  if (!webhook.isActive) throw new GatewayError('INVALID_STATE', 'The webhook is not active.');
  const [replayed] = await Promise.all([ports.deliveries.replay(delivery), ports.deliveries.wake(webhook.id)]);
  if (!replayed) {
    throw new GatewayError('INVALID_STATE', 'This delivery is pending already.');
  }
  await ringDeliveries(ports, webhook);
  return { ...delivery, state: 'pending', nextAttemptAtMs: ports.clock(), endedAtMs: null };
}

/** A delivery with its endpoint. @throws GatewayError as `findWebhook`; RESOURCE_NOT_FOUND for another endpoint's */
export async function findDelivery(
  ports: Pick<Ports, 'webhooks' | 'instances' | 'deliveries'>,
  principal: Principal,
  { webhookId, deliveryId }: { webhookId: string; deliveryId: string },
): Promise<FoundWebhook & { delivery: Delivery }> {
  const known = /^dlv_[0-9A-Z]{1,64}$/.test(deliveryId);
  const [found, delivery] = await Promise.all([
    findWebhook(ports, principal, { webhookId }),
    known ? ports.deliveries.get(webhookId, deliveryId) : undefined,
  ]);
  if (!delivery) throw notFound('delivery');
  return { ...found, delivery };
}
