import * as z from 'zod';
import { GatewayError, notFound } from '../../../lib/core/errors.ts';
import type { Principal } from '../../../lib/core/model/account.ts';
import type { Delivery } from '../../../lib/core/model/webhook.ts';
import type { EndpointHealth, Ports } from '../../../lib/core/ports/index.ts';
import { createWebhook, presentWebhooks } from '../../../lib/core/usecases/create-webhook.ts';
import { getWebhookStats } from '../../../lib/core/usecases/get-webhook-stats.ts';
import { listDeliveries } from '../../../lib/core/usecases/list-deliveries.ts';
import { listWebhooks } from '../../../lib/core/usecases/list-webhooks.ts';
import { removeWebhook } from '../../../lib/core/usecases/remove-webhook.ts';
import { findDelivery, replayDelivery } from '../../../lib/core/usecases/replay-delivery.ts';
import { testWebhook } from '../../../lib/core/usecases/test-webhook.ts';
import { updateWebhook } from '../../../lib/core/usecases/update-webhook.ts';
import { type FoundWebhook, findWebhook } from '../../../lib/core/usecases/webhook-access.ts';
import { begunRoute, type Route, type TargetHints } from '../dialect.ts';
import { EVENT_WORDS } from '../webhook-formats.ts';
import { answer, ok } from './envelope.ts';
import { PUBLIC_EVENTS } from './events.ts';
import { PREFIX } from './messages.ts';

const base = { tag: 'Document D: Webhooks', credential: 'key', permission: 'webhook:manage' } as const;
const PATH = `${PREFIX}/webhooks`;

const url = z
  .string()
  .min(1)
  .max(2_048)
  .meta({ examples: ['https://example.com/webhook'] });
const events = z.array(z.enum(PUBLIC_EVENTS)).min(1).max(PUBLIC_EVENTS.length);
const description = z.string().trim().min(1).max(200).nullable();
const isoTime = z.iso.datetime();
const byId = z.object({ id: z.string() });

const webhook = z.object({
  id: z.string(),
  url: z.string(),
  events: z.array(z.string()),
  is_active: z.boolean(),
  description: z.string().nullable(),
  created_at: isoTime,
});
const withHealth = webhook.extend({
  last_triggered_at: isoTime.nullable(),
  success_count: z.number().int(),
  failure_count: z.number().int(),
  updated_at: isoTime.nullable(),
});
const withSecret = webhook.extend({
  secret: z.string().meta({ description: 'Signs its calls; shown in this answer only' }),
});

const delivery = z.object({
  id: z.string(),
  webhook_id: z.string(),
  event_type: z.string(),
  status: z.enum(['pending', 'delivered', 'failed']),
  success: z.boolean(),
  response_status: z.number().int().nullable(),
  response_body: z.string().nullable(),
  attempt_number: z.number().int(),
  delivered_at: isoTime.nullable(),
  error_message: z.string().nullable(),
  next_retry_at: isoTime.nullable(),
  created_at: isoTime,
});

const isoOrNull = (timeMs: number | null) => (timeMs === null ? null : new Date(timeMs).toISOString());

function webhookView({ webhook: one }: FoundWebhook) {
  return {
    ...{ id: one.id, url: one.url, events: one.events, is_active: one.isActive },
    ...{ description: one.description, created_at: one.createdAt },
  };
}

function healthView(found: FoundWebhook, health: EndpointHealth) {
  const last = Math.max(health.lastDeliveredAtMs ?? 0, health.lastFailedAtMs ?? 0);
  return {
    ...webhookView(found),
    last_triggered_at: isoOrNull(last || null),
    ...{ success_count: health.delivered, failure_count: health.failedAttempts },
    updated_at: isoOrNull(found.webhook.activatedAtMs),
  };
}

function deliveryView(one: Delivery) {
  const last = one.attempts.at(-1);
  return {
    ...{ id: one.id, webhook_id: one.webhookId, event_type: one.eventType, status: one.state },
    ...{ success: one.state === 'delivered', response_status: last?.status ?? null },
    ...{ response_body: last?.answer ?? null, attempt_number: one.tries },
    delivered_at: one.state === 'delivered' ? isoOrNull(one.endedAtMs) : null,
    error_message: one.error ?? last?.error ?? null,
    next_retry_at: isoOrNull(one.nextAttemptAtMs),
    created_at: new Date(one.timestampMs).toISOString(),
  };
}

/** One that was made through this face; others are not there. */
async function found(
  ports: Ports,
  { principal, params }: TargetHints & { principal: Principal },
): Promise<FoundWebhook> {
  const one = await findWebhook(ports, principal, { webhookId: params.id ?? '' });
  if (one.webhook.format !== 'public') throw notFound('webhook');
  return one;
}

export const webhookRoutes: Route[] = [
  begunRoute({
    ...base,
    begin: (ports, { principal }) => listWebhooks(ports, principal, { format: 'public' }),
    method: 'GET',
    path: PATH,
    summary: 'The webhooks of the account, without their secrets',
    status: 200,
    response: answer({ data: z.array(withHealth) }),
    run: async (ports, { principal, begun }) => {
      const healths = await Promise.all(
        (await begun).map((one) => getWebhookStats(ports, principal, { target: { found: one } })),
      );
      return ok({ data: healths.map((one) => healthView(one, one.health)) });
    },
  }),
  begunRoute({
    ...base,
    begin: async (ports, { principal }) => presentWebhooks(ports, principal),
    method: 'POST',
    path: PATH,
    summary: 'Make a webhook; its secret is shown in this answer only',
    body: z.object({
      url,
      events: events.default(['message.received']),
      description: description.optional(),
    }),
    status: 201,
    response: answer({ data: withSecret, message: z.string() }),
    errors: ['INVALID_STATE'],
    run: async (ports, { principal, body, begun }) => {
      const present = await begun;
      const made = await createWebhook(ports, principal, { instance: null, format: 'public', present, ...body });
      const data = { ...webhookView(made), secret: made.secret };
      return ok({ data, message: 'Webhook created. Keep the secret: it is not shown again.' });
    },
  }),
  begunRoute({
    ...base,
    begin: found,
    method: 'PUT',
    path: `${PATH}/:id`,
    summary: 'Change a webhook; what is not given stays',
    params: byId,
    body: z
      .object({ url, events, description, is_active: z.boolean() })
      .partial()
      .refine((body) => Object.keys(body).length > 0, 'must change something'),
    status: 200,
    response: answer({ data: webhook, message: z.string() }),
    errors: ['INVALID_STATE'],
    run: async (ports, { principal, body: { is_active: isActive, ...body }, begun }) => {
      const target = { found: await begun };
      const changed = await updateWebhook(ports, principal, { target, words: EVENT_WORDS, isActive, ...body });
      return ok({ data: webhookView(changed), message: 'Webhook updated successfully' });
    },
  }),
  begunRoute({
    ...base,
    begin: found,
    method: 'DELETE',
    path: `${PATH}/:id`,
    summary: 'Remove a webhook and its log',
    params: byId,
    status: 200,
    response: answer({ message: z.string() }),
    run: async (ports, { principal, begun }) => {
      await removeWebhook(ports, principal, { target: { found: await begun } });
      return ok({ message: 'Webhook deleted successfully' });
    },
  }),
  begunRoute({
    ...base,
    begin: found,
    method: 'POST',
    path: `${PATH}/:id/test`,
    summary: 'Call a webhook with a webhook.test and say what it answered',
    params: byId,
    status: 200,
    response: answer({
      message: z.string(),
      data: z.object({
        delivered: z.boolean(),
        response_status: z.number().int().nullable(),
        response_body: z.string().nullable(),
        error_message: z.string().nullable(),
      }),
    }),
    errors: ['COMMAND_TIMEOUT'],
    run: async (ports, { principal, begun }) => {
      const { attempt } = await testWebhook(ports, principal, { target: { found: await begun } });
      const { status, answer: body, error } = attempt;
      return ok({
        message: error === null ? 'Test webhook delivered' : 'Test webhook failed',
        data: { delivered: error === null, response_status: status, response_body: body, error_message: error },
      });
    },
  }),
  begunRoute({
    ...base,
    begin: found,
    method: 'GET',
    path: `${PATH}/:id/deliveries`,
    summary: 'What a webhook was sent and answered, newest first; kept for 30 days',
    params: byId,
    query: z.object({
      limit: z.coerce.number().int().min(1).max(100).default(50),
      cursor: z.string().min(1).max(2_048).optional(),
      status: z.enum(['pending', 'delivered', 'failed']).optional(),
    }),
    status: 200,
    response: answer({ data: z.array(delivery), next_cursor: z.string().nullable() }),
    run: async (ports, { principal, query, begun }) => {
      const { items, nextCursor } = await listDeliveries(ports, principal, {
        ...{ target: { found: await begun }, filter: { state: query.status } },
        ...{ page: 1, perPage: query.limit, cursor: query.cursor },
      });
      return ok({ data: items.map(deliveryView), next_cursor: nextCursor });
    },
  }),
  begunRoute({
    ...base,
    begin: (ports, { principal, params }) =>
      findDelivery(ports, principal, { webhookId: params.id ?? '', deliveryId: params.deliveryId ?? '' }),
    method: 'POST',
    path: `${PATH}/:id/deliveries/:deliveryId/retry`,
    summary: 'Send an event again whose delivery has failed, under the same id',
    params: z.object({ id: z.string(), deliveryId: z.string() }),
    status: 200,
    response: answer({ data: delivery, message: z.string() }),
    errors: ['INVALID_STATE'],
    run: async (ports, { principal, params: { id: webhookId, deliveryId }, begun }) => {
      const one = await begun;
      if (one.webhook.format !== 'public') throw notFound('webhook');
      if (one.delivery.state === 'delivered') {
        throw new GatewayError('INVALID_STATE', 'This delivery has not failed.');
      }
      const again = await replayDelivery(ports, principal, { webhookId, deliveryId, found: one });
      return ok({ data: deliveryView(again), message: 'Delivery will be tried again' });
    },
  }),
];
