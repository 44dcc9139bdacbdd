import type { Principal } from '../model/account.ts';
import type { Ports } from '../ports/index.ts';
import { auditEntry } from './audit-entry.ts';
import { ringDeliveries } from './ring-deliveries.ts';
import { auditedWebhook, auditTarget, findWebhook, type WebhookTarget } from './webhook-access.ts';

/** Removes an endpoint; what was to be delivered, and its log, are dropped. @throws GatewayError as `findWebhook` */
export async function removeWebhook(
  ports: Pick<Ports, 'webhooks' | 'instances' | 'deliveryQueue' | 'policy' | 'log' | 'clock'>,
  principal: Principal,
  input: { target: WebhookTarget },
): Promise<void> {
  const { webhook } = await findWebhook(ports, principal, input.target);
  const audit = auditEntry(ports, principal, {
    action: 'DELETE_WEBHOOK',
    target: auditTarget(webhook),
    before: auditedWebhook(webhook),
  });
  // Whoever removed it meanwhile has said so in the log.
  if (await ports.webhooks.remove(webhook, audit)) await ringDeliveries(ports, webhook);
}
