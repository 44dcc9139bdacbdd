import type { Principal } from '../model/account.ts';
import type { EndpointHealth, Ports } from '../ports/index.ts';
import { type FoundWebhook, findWebhook, type WebhookTarget } from './webhook-access.ts';

/** How an endpoint does, since it was made. @throws GatewayError as `findWebhook` */
export async function getWebhookStats(
  ports: Pick<Ports, 'webhooks' | 'instances' | 'deliveries'>,
  principal: Principal,
  input: { target: WebhookTarget },
): Promise<FoundWebhook & { health: EndpointHealth }> {
  const { webhook, instanceName } = await findWebhook(ports, principal, input.target);
  return { webhook, instanceName, health: await ports.deliveries.health(webhook.id) };
}
