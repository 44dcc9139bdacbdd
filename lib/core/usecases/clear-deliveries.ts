import type { Principal } from '../model/account.ts';
import type { Ports } from '../ports/index.ts';
import { ringDeliveries } from './ring-deliveries.ts';
import { findWebhook, type WebhookTarget, workKey } from './webhook-access.ts';

/**
 * Clears the log of an endpoint: it is empty at once, and deleted soon. What is pending stays.
 * @throws GatewayError as `findWebhook`
 */
export async function clearDeliveries(
  ports: Pick<Ports, 'webhooks' | 'instances' | 'deliveries' | 'deliveryQueue' | 'log' | 'clock'>,
  principal: Principal,
  input: { target: WebhookTarget },
): Promise<void> {
  const { webhook } = await findWebhook(ports, principal, input.target);
  const nowMs = ports.clock();
  // The work comes to no more than what the endpoint's row says.
  await Promise.all([
    ports.webhooks.clearLog(webhook, nowMs),
    ports.deliveries.addWork(workKey(webhook, nowMs), { kind: 'clear' }),
  ]);
  await ringDeliveries(ports, webhook);
}
