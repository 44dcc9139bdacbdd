import type { Principal } from '../model/account.ts';
import type { Instance } from '../model/instance.ts';
import type { WebhookFormat } from '../model/webhook.ts';
import type { Ports } from '../ports/index.ts';
import { requireManager, requireReach } from './access.ts';
import { createWebhook } from './create-webhook.ts';
import { removeWebhook } from './remove-webhook.ts';
import { updateWebhook } from './update-webhook.ts';

export interface SetInstanceWebhookInput {
  instance: Instance;
  format: WebhookFormat;
  /** null: none any more. */
  url: string | null;
  /** Of a new one. */
  events: readonly string[];
  words: Record<WebhookFormat, readonly string[]>;
}

/**
 * Makes the one endpoint that a face gives an instance, changes its address, or removes it. `secret` is there when it
 * was made here.
 * @throws GatewayError as `createWebhook`
 */
export async function setInstanceWebhook(
  ports: Pick<Ports, 'webhooks' | 'instances' | 'deliveries' | 'deliveryQueue' | 'seal' | 'policy' | 'log' | 'clock'>,
  principal: Principal,
  { instance, format, url, events, words }: SetInstanceWebhookInput,
): Promise<{ secret: string | undefined }> {
  const { tenantId } = requireManager(principal, 'webhook:manage');
  requireReach(principal, instance);
  const present = await ports.webhooks.list(tenantId);
  const webhook = present.find((one) => one.format === format && one.instanceId === instance.id);
  if (!webhook) {
    if (url === null) return { secret: undefined };
    return createWebhook(ports, principal, { instance, format, url, events, present });
  }
  const target = { found: { webhook, instanceName: instance.name } };
  if (url === null) await removeWebhook(ports, principal, { target });
  else await updateWebhook(ports, principal, { target, words, url, isActive: true });
  return { secret: undefined };
}
