import type { Principal } from '../model/account.ts';
import type { Instance } from '../model/instance.ts';
import type { WebhookFormat } from '../model/webhook.ts';
import type { Ports } from '../ports/index.ts';
import { reachableInstances } from './list-instances.ts';

/** An instance with the address of the one endpoint that a face gave it. */
export interface Session {
  instance: Instance;
  webhookUrl: string | null;
}

/** The instances within reach, by name, with their endpoints of a format. One round trip. */
export async function listSessions(
  ports: Pick<Ports, 'instances' | 'webhooks'>,
  principal: Principal,
  { format }: { format: WebhookFormat },
): Promise<Session[]> {
  const [instances, webhooks] = await Promise.all([
    reachableInstances(ports, principal),
    ports.webhooks.list(principal.tenantId),
  ]);
  return instances.map((instance) => {
    const own = webhooks.find((one) => one.format === format && one.instanceId === instance.id);
    return { instance, webhookUrl: own?.url ?? null };
  });
}
