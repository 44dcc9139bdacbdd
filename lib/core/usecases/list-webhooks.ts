import type { Principal } from '../model/account.ts';
import type { Ports } from '../ports/index.ts';
import { mayReach, requireUser } from './access.ts';
import type { FoundWebhook } from './webhook-access.ts';

/**
 * The endpoints that the user may reach, oldest first.
 * @throws GatewayError PERMISSION_DENIED for an API key
 */
export async function listWebhooks(
  ports: Pick<Ports, 'webhooks' | 'instances'>,
  principal: Principal,
  input: { instanceName?: string | undefined },
): Promise<FoundWebhook[]> {
  const user = requireUser(principal);
  const [webhooks, instances] = await Promise.all([
    ports.webhooks.list(user.tenantId),
    ports.instances.list(user.tenantId),
  ]);
  const reached = new Map(instances.filter((one) => mayReach(user, one)).map(({ id, name }) => [id, name]));
  const wanted = input.instanceName?.toLowerCase();
  return webhooks
    .filter(({ instanceId }) => (instanceId === null ? user.role === 'ADMINISTRATOR' : reached.has(instanceId)))
    .map((webhook) => ({ webhook, instanceName: reached.get(webhook.instanceId ?? '') ?? null }))
    .filter(({ instanceName }) => wanted === undefined || instanceName?.toLowerCase() === wanted);
}
