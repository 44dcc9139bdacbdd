import type { Principal } from '../model/account.ts';
import type { WebhookFormat } from '../model/webhook.ts';
import type { Ports } from '../ports/index.ts';
import { requireManager } from './access.ts';
import { type FoundWebhook, mayReachWebhook } from './webhook-access.ts';

/**
 * The endpoints that the caller may reach, oldest first; with `instance` only those of the instance of that name or id.
 * @throws GatewayError PERMISSION_DENIED for an API key that may not
 */
export async function listWebhooks(
  ports: Pick<Ports, 'webhooks' | 'instances'>,
  principal: Principal,
  input: { instance?: string | undefined; format?: WebhookFormat | undefined },
): Promise<FoundWebhook[]> {
  const { tenantId } = requireManager(principal, 'webhook:manage');
  const [webhooks, instances] = await Promise.all([ports.webhooks.list(tenantId), ports.instances.list(tenantId)]);
  const known = new Map(instances.map((instance) => [instance.id, instance]));
  const wanted = input.instance?.toLowerCase();
  return webhooks
    .map((webhook) => ({ webhook, instance: known.get(webhook.instanceId ?? '') }))
    .filter(({ webhook, instance }) => mayReachWebhook(principal, webhook, instance))
    .map(({ webhook, instance }) => ({ webhook, instanceName: instance?.name ?? null }))
    .filter(({ webhook, instanceName }) => {
      if (input.format !== undefined && webhook.format !== input.format) return false;
      return wanted === undefined || instanceName?.toLowerCase() === wanted || webhook.instanceId === input.instance;
    });
}
