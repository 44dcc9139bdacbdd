import * as z from 'zod';
import { GatewayError, notFound } from '../errors.ts';
import type { Principal } from '../model/account.ts';
import { newSortableId } from '../model/ids.ts';
import type { Instance } from '../model/instance.ts';
import { judgeUrl } from '../model/outbound.ts';
import { secretContext, type Webhook, type WebhookFormat } from '../model/webhook.ts';
import { isWebhookSecret } from '../model/webhook-signature.ts';
import type { DueKey, Ports } from '../ports/index.ts';
import { mayReach, reachesAccount, requireManager } from './access.ts';
import { judgedUrl } from './judge-url.ts';

/** An endpoint by its id, or the one of a face (document A by default) by its instance; or as it was found just now. */
export type WebhookTarget =
  | { webhookId: string }
  | { instance: Instance; format?: WebhookFormat }
  | { found: FoundWebhook };

/** An endpoint with the name of its instance, for whoever shows it. */
export interface FoundWebhook {
  webhook: Webhook;
  /** null: of the whole subscription. */
  instanceName: string | null;
}

const MAX_TRIES = 4;
const MAX_HEADERS = 20;

/** What belongs to the connection, to the gateway, or says who signed. */
const OWN_HEADERS =
  /^(host|content-.*|transfer-encoding|connection|keep-alive|te|trailers?|upgrade|expect|accept-encoding|proxy-.*|user-agent|forwarded|x-forwarded-.*|webhook-.*|x-webhook-.*|svix-.*|x-amz.*)$/;

/** Headers that an endpoint is sent along with every call. */
export const webhookHeaders = z
  .record(
    z
      .string()
      .max(128)
      .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'is not the name of a header')
      .refine((name) => !OWN_HEADERS.test(name.toLowerCase()), 'is a header that the gateway sets itself'),
    z
      .string()
      .max(1_024)
      .regex(/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/, 'must be printable ASCII'),
  )
  .refine((headers) => Object.keys(headers).length <= MAX_HEADERS, `takes ${MAX_HEADERS} headers at most`)
  .refine((headers) => {
    const names = Object.keys(headers).map((name) => name.toLowerCase());
    return new Set(names).size === names.length;
  }, 'names a header twice');

/** A secret that a caller brings along. */
export const webhookSecret = z
  .string()
  .min(8)
  .max(128)
  .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces')
  .refine(isWebhookSecret, 'after whsec_ there must be base64 of 24 to 64 bytes');

/** @throws GatewayError VALIDATION_ERROR */
export function webhookUrl(ports: Pick<Ports, 'policy'>, url: string): string {
  return judgedUrl('url', judgeUrl, url, ports.policy.outbound);
}

/**
 * The endpoint that a caller means and may reach: of an instance within their reach, or (administrators) of the
 * subscription.
 * @throws GatewayError PERMISSION_DENIED for an API key that may not; RESOURCE_NOT_FOUND, the same for "not there" and "not yours"
 */
export async function findWebhook(
  ports: Pick<Ports, 'webhooks' | 'instances'>,
  principal: Principal,
  target: WebhookTarget,
): Promise<FoundWebhook> {
  const { tenantId } = requireManager(principal, 'webhook:manage');
  if ('found' in target) return target.found;
  if ('instance' in target) {
    const { instance, format = 'a1' } = target;
    const all = await ports.webhooks.list(tenantId);
    const webhook = all.find((one) => one.format === format && one.instanceId === instance.id);
    if (!webhook || !mayReach(principal, instance)) throw notFound('webhook');
    return { webhook, instanceName: instance.name };
  }
  const { webhookId } = target;
  if (!/^webhook_[A-Za-z0-9]{1,64}$/.test(webhookId)) throw notFound('webhook');
  const [webhook, instances] = await Promise.all([
    ports.webhooks.get(tenantId, webhookId),
    ports.instances.list(tenantId),
  ]);
  if (!webhook) throw notFound('webhook');
  const instance = instances.find(({ id }) => id === webhook.instanceId);
  if (!mayReachWebhook(principal, webhook, instance)) throw notFound('webhook');
  return { webhook, instanceName: instance?.name ?? null };
}

/** `instance`: the one of the endpoint, where it has one. A key of one environment sees only endpoints of it. */
export function mayReachWebhook(principal: Principal, webhook: Webhook, instance: Instance | undefined): boolean {
  if (webhook.instanceId !== null) return instance !== undefined && mayReach(principal, instance);
  const environment = principal.kind === 'key' ? principal.environment : null;
  return reachesAccount(principal) && (environment === null || webhook.environment === environment);
}

/**
 * Finds an endpoint and changes it; finds it again when somebody else changed it in between.
 * @throws GatewayError as `findWebhook`; INVALID_STATE when others do not stop changing it
 */
export async function changeWebhook<T>(
  ports: Pick<Ports, 'webhooks' | 'instances'>,
  principal: Principal,
  target: WebhookTarget,
  change: (found: FoundWebhook) => Promise<{ written: boolean; result: T }>,
): Promise<T> {
  for (let attempt = 0; attempt < MAX_TRIES; attempt += 1) {
    const again = 'found' in target && attempt > 0 ? { webhookId: target.found.webhook.id } : target;
    const { written, result } = await change(await findWebhook(ports, principal, again));
    if (written) return result;
  }
  throw new GatewayError('INVALID_STATE', 'This webhook is being changed by others. Try again.');
}

/** The headers as they are kept: their values may be credentials. */
export function sealedHeaders(
  ports: Pick<Ports, 'seal'>,
  of: Pick<Webhook, 'tenantId' | 'id'>,
  headers: Record<string, string>,
): Record<string, string> {
  const sealed = (value: string) => ports.seal.seal(value, secretContext(of));
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, sealed(value)]));
}

/** What the audit log keeps of an endpoint; queries of URLs and headers' values may be credentials. */
export function auditedWebhook(webhook: Webhook): Record<string, unknown> {
  const { url, description, events, chatTypes, headers, isActive, instanceId, format } = webhook;
  const { origin, pathname } = new URL(url);
  const shown = { url: `${origin}${pathname}`, headers: Object.keys(headers) };
  return { ...shown, description, events, chatTypes, isActive, instanceId, format };
}

/** Of work that an endpoint's worker is to do at once. */
export function workKey({ tenantId, id }: Pick<Webhook, 'tenantId' | 'id'>, nowMs: number): DueKey {
  return { tenantId, webhookId: id, id: newSortableId('dlv', nowMs), dueAtMs: nowMs };
}

/** How the audit log names an endpoint. */
export function auditTarget({ id, description, url }: Webhook) {
  return { kind: 'webhook' as const, id, name: description ?? new URL(url).host };
}
