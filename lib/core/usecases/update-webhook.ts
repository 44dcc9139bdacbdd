import { GatewayError } from '../errors.ts';
import type { Principal } from '../model/account.ts';
import { type ChatType, secretContext, type WebhookChanges, type WebhookFormat } from '../model/webhook.ts';
import type { Ports } from '../ports/index.ts';
import { auditEntry } from './audit-entry.ts';
import { ringDeliveries } from './ring-deliveries.ts';
import {
  auditedWebhook,
  auditTarget,
  changeWebhook,
  type FoundWebhook,
  sealedHeaders,
  type WebhookTarget,
  webhookUrl,
  workKey,
} from './webhook-access.ts';

export interface UpdateWebhookInput {
  target: WebhookTarget;
  /** The words for events that each format knows. */
  words: Record<WebhookFormat, readonly string[]>;
  /** What is absent stays. */
  url?: string | undefined;
  events?: readonly string[] | undefined;
  /** Replaces all secrets at once; `rotateWebhookSecret` lets the old one sign on. */
  secret?: string | undefined;
  description?: string | null | undefined;
  chatTypes?: readonly ChatType[] | null | undefined;
  headers?: Record<string, string> | undefined;
  isActive?: boolean | undefined;
}

/**
 * Changes an endpoint; it counts from the next delivery on. Making it active again forgives its failures. After that,
 * and with a new URL, what waits because of earlier failures is tried again at once.
 * @throws GatewayError as `findWebhook`; VALIDATION_ERROR for a URL that is not called, and for the words of another format
 */
export async function updateWebhook(
  ports: Pick<Ports, 'webhooks' | 'instances' | 'deliveries' | 'deliveryQueue' | 'seal' | 'policy' | 'log' | 'clock'>,
  principal: Principal,
  input: UpdateWebhookInput,
): Promise<FoundWebhook> {
  const { target, words, url, events, secret, description, chatTypes, headers, isActive } = input;
  return changeWebhook(ports, principal, target, async ({ webhook, instanceName }) => {
    const unknown = events?.find((word) => !words[webhook.format].includes(word));
    if (unknown !== undefined) throw new GatewayError('VALIDATION_ERROR', `events: this webhook knows no ${unknown}.`);
    const changes: WebhookChanges = {
      ...(url !== undefined && { url: webhookUrl(ports, url) }),
      ...(events && { events: [...new Set(events)] }),
      ...(secret !== undefined && { secret: ports.seal.seal(secret, secretContext(webhook)), previous: null }),
      ...(description !== undefined && { description }),
      ...(chatTypes !== undefined && { chatTypes: chatTypes && [...new Set(chatTypes)] }),
      ...(headers && { headers: sealedHeaders(ports, webhook, headers) }),
      ...(isActive !== undefined && { isActive, disabledReason: null }),
      ...(isActive && !webhook.isActive && { activatedAtMs: ports.clock() }),
    };
    const changed = { ...webhook, ...changes };
    const [before, after] = [webhook, changed].map((one) => {
      return Object.fromEntries(Object.entries(auditedWebhook(one)).filter(([name]) => Object.hasOwn(changes, name)));
    });
    const audit = auditEntry(ports, principal, {
      ...{ action: 'UPDATE_WEBHOOK', target: auditTarget(webhook) },
      before,
      after: { ...after, ...(secret !== undefined && { secretReplaced: true }) },
    });
    const mended = url !== undefined || changes.activatedAtMs !== undefined;
    const [written] = await Promise.all([
      ports.webhooks.update(webhook, changes, audit, mended ? workKey(webhook, ports.clock()) : undefined),
      mended && ports.deliveries.wake(webhook.id),
    ]);
    if (mended && written) await ringDeliveries(ports, webhook);
    return { written, result: { webhook: { ...changed, version: webhook.version + 1 }, instanceName } };
  });
}
