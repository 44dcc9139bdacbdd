import { GatewayError } from '../errors.ts';
import type { Principal } from '../model/account.ts';
import { newSortableId } from '../model/ids.ts';
import type { DeliveryFilter, Ports } from '../ports/index.ts';
import { ringDeliveries } from './ring-deliveries.ts';
import { findWebhook, type WebhookTarget } from './webhook-access.ts';

/**
 * Has the worker send again what an endpoint was, or should have been, sent: all of a range of time, or what has failed.
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
  const key = { tenantId: webhook.tenantId, webhookId: webhook.id, id: newSortableId('dlv', nowMs), dueAtMs: nowMs };
  // What is decided from now on needs no second time.
  const filter = { ...input.filter, toMs: Math.min(input.filter.toMs ?? nowMs, nowMs) };
  await ports.deliveries.addWork(key, { kind: 'replay', filter });
  await ringDeliveries(ports, webhook);
}
