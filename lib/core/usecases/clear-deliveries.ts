import type { Principal } from '../model/account.ts';
import type { Ports } from '../ports/index.ts';
import { ringDeliveries } from './ring-deliveries.ts';
import { findWebhook, type WebhookTarget, workKey } from './webhook-access.ts';

/**
 * Clears the log of an endpoint of what had ended by a moment (now by default): it is hidden at once, and deleted soon.
 * What is pending stays.
 * @throws GatewayError as `findWebhook`
 */
export async function clearDeliveries(
  ports: Pick<Ports, 'webhooks' | 'instances' | 'deliveries' | 'deliveryQueue' | 'log' | 'clock'>,
  principal: Principal,
  input: { target: WebhookTarget; beforeMs?: number | undefined },
): Promise<void> {
  const { webhook } = await findWebhook(ports, principal, input.target);
  const nowMs = ports.clock();
  // The work comes to no more than what the endpoint's row says.
  await Promise.all([
    ports.webhooks.clearLog(webhook, Math.max(webhook.logClearedAtMs, input.beforeMs ?? nowMs)),
    ports.deliveries.addWork(workKey(webhook, nowMs), { kind: 'clear' }),
  ]);
  await ringDeliveries(ports, webhook);
}
