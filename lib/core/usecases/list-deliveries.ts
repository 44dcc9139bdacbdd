import type { Principal } from '../model/account.ts';
import type { Delivery } from '../model/webhook.ts';
import type { DeliveryFilter, Page, Ports } from '../ports/index.ts';
import { type PageInput, readPage } from './read-page.ts';
import { findWebhook, type WebhookTarget } from './webhook-access.ts';

/**
 * What an endpoint was sent, newest event first.
 * @throws GatewayError as `findWebhook`; VALIDATION_ERROR for a cursor that is not one, and a page too far down
 */
export async function listDeliveries(
  ports: Pick<Ports, 'webhooks' | 'instances' | 'deliveries'>,
  principal: Principal,
  input: PageInput & { target: WebhookTarget; filter: DeliveryFilter },
): Promise<Page<Delivery>> {
  const { webhook } = await findWebhook(ports, principal, input.target);
  return readPage((limit, cursor) => ports.deliveries.list(webhook, input.filter, limit, cursor), input);
}
