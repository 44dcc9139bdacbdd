import { GatewayError } from '../errors.ts';
import type { Principal } from '../model/account.ts';
import type { DeliveryFilter, Ports } from '../ports/index.ts';
import { ringDeliveries } from './ring-deliveries.ts';
import { findWebhook, type WebhookTarget, workKey } from './webhook-access.ts';

/**
 * Has the worker send again what an endpoint was, or should have been, sent: all of a range of time, or what has failed.
 * What waits after a failed attempt is sent at once, too, whatever was asked for.
 * @throws GatewayError as `findWebhook`; INVALID_STATE for an endpoint that is not active
 */
export async function replayDeliveries(
  ports: Pick<Ports, 'webhooks' | 'instances' | 'deliveries' | 'deliveryQueue' | 'log' | 'clock'>,
  principal: Principal,
  input: { target: WebhookTarget; filter: DeliveryFilter },
): Promise<void> {
  const { webhook } = await findWebhook(ports, principal, input.target);
  if (!webhook.isActive) throw new GatewayError('INVALID_STATE', 'The webhook is not active.');
  const nowMs = ports.clock();
  // What is decided from now on needs no second time.
  const filter = { ...input.filter, toMs: Math.min(input.filter.toMs ?? nowMs, nowMs) };
  const { deliveries } = ports;
  const work = deliveries.addWork(workKey(webhook, nowMs), { kind: 'replay', filter });
  await Promise.all([work, deliveries.wake(webhook.id)]);
  await ringDeliveries(ports, webhook);
}
