import { GatewayError } from '../errors.ts';
import type { Principal } from '../model/account.ts';
import { newId } from '../model/ids.ts';
import type { Instance } from '../model/instance.ts';
import { type ChatType, MAX_WEBHOOKS, secretContext, type Webhook, type WebhookFormat } from '../model/webhook.ts';
import { newWebhookSecret } from '../model/webhook-signature.ts';
import type { Ports } from '../ports/index.ts';
import { requireAccountReach, requireManager, requireReach } from './access.ts';
import { auditEntry } from './audit-entry.ts';
import { auditedWebhook, auditTarget, type FoundWebhook, sealedHeaders, webhookUrl } from './webhook-access.ts';

export interface CreateWebhookInput {
  /** null: everything of the subscription; only administrators may have that. It may still be on its way. */
  instance: Instance | null | Promise<Instance>;
  format: WebhookFormat;
  url: string;
  events: readonly string[];
  /** Absent: one is made. */
  secret?: string | undefined;
  description?: string | null | undefined;
  chatTypes?: readonly ChatType[] | null | undefined;
  headers?: Record<string, string> | undefined;
  isActive?: boolean | undefined;
  /** All of the subscription, where they were read just now. */
  present?: readonly Webhook[] | undefined;
}

/**
 * A new endpoint. `secret` is there when it was made here: it is returned here and nowhere else.
 * @throws GatewayError PERMISSION_DENIED; VALIDATION_ERROR for a URL that is not called; RESOURCE_ALREADY_EXISTS when
 *   the instance has the one endpoint that a face gives it; INVALID_STATE at the limit of the subscription
 */
export async function createWebhook(
  ports: Pick<Ports, 'webhooks' | 'seal' | 'policy' | 'clock'>,
  principal: Principal,
  input: CreateWebhookInput,
): Promise<FoundWebhook & { secret: string | undefined }> {
  const { userId, tenantId } = requireManager(principal, 'webhook:manage');
  if (!input.instance) requireAccountReach(principal);
  const [instance, present] = await Promise.all([input.instance, input.present ?? ports.webhooks.list(tenantId)]);
  if (instance) requireReach(principal, instance);
  const { format } = input;
  const url = webhookUrl(ports, input.url);
  if (present.length >= MAX_WEBHOOKS) {
    throw new GatewayError('INVALID_STATE', `A subscription has ${MAX_WEBHOOKS} webhooks at most.`);
  }
  const nowMs = ports.clock();
  const of = { tenantId, id: newId('webhook') };
  const made = input.secret === undefined ? newWebhookSecret() : undefined;
  const webhook: Webhook = {
    ...of,
    instanceId: instance?.id ?? null,
    environment: principal.kind === 'key' ? principal.environment : null,
    format,
    url,
    description: input.description ?? null,
    events: [...new Set(input.events)],
    chatTypes: input.chatTypes ? [...new Set(input.chatTypes)] : null,
    headers: sealedHeaders(ports, of, input.headers ?? {}),
    isActive: input.isActive ?? true,
    disabledReason: null,
    secret: ports.seal.seal(input.secret ?? (made as string), secretContext(of)),
    previous: null,
    version: 1,
    createdAt: new Date(nowMs).toISOString(),
    createdById: userId,
    activatedAtMs: nowMs,
    logClearedAtMs: 0,
  };
  const write = { action: 'CREATE_WEBHOOK' as const, target: auditTarget(webhook), after: auditedWebhook(webhook) };
  if ((await ports.webhooks.create(webhook, auditEntry(ports, principal, write))) === 'taken') {
    throw new GatewayError('RESOURCE_ALREADY_EXISTS', 'The instance has a webhook already. Change it with PUT.');
  }
  return { webhook, instanceName: instance?.name ?? null, secret: made };
}

/** All of the subscription, as `present` of a new one takes them, for whoever begins early. */
export function presentWebhooks(ports: Pick<Ports, 'webhooks'>, principal: Principal): Promise<Webhook[]> {
  return ports.webhooks.list(requireManager(principal, 'webhook:manage').tenantId);
}
