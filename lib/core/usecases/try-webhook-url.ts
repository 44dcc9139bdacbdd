import type { Principal } from '../model/account.ts';
import type { Attempt, Delivery, WebhookFormat } from '../model/webhook.ts';
import type { Ports } from '../ports/index.ts';
import { requireAccountReach } from './access.ts';
import { createWebhook } from './create-webhook.ts';
import { removeWebhook } from './remove-webhook.ts';
import { testWebhook } from './test-webhook.ts';
import type { FoundWebhook } from './webhook-access.ts';

/**
 * Sends a `webhook.test` to an address: of one of `webhooks` (as `listWebhooks` gave them to this principal), signed as all its calls are, or of none yet, as an
 * endpoint that is there for this one call.
 * @throws GatewayError as `testWebhook`; VALIDATION_ERROR for a URL that is not called; PERMISSION_DENIED for a key of
 *   an instance and an address that is no endpoint of it
 */
export async function tryWebhookUrl(
  ports: Pick<Ports, 'webhooks' | 'instances' | 'deliveries' | 'deliveryQueue' | 'seal' | 'policy' | 'log' | 'clock'>,
  principal: Principal,
  { url, format, webhooks }: { url: string; format: WebhookFormat; webhooks: readonly FoundWebhook[] },
): Promise<{ delivery: Delivery; attempt: Attempt }> {
  const wanted = URL.parse(url)?.href ?? url;
  const known = webhooks.find(({ webhook }) => webhook.url === wanted);
  if (known) return testWebhook(ports, principal, { target: { found: known } });
  requireAccountReach(principal);
  const made = await createWebhook(ports, principal, {
    ...{ instance: null, format, url, events: [], isActive: false, description: 'Test of an address' },
  });
  const target = { found: made };
  try {
    return await testWebhook(ports, principal, { target });
  } finally {
    await removeWebhook(ports, principal, { target });
  }
}
