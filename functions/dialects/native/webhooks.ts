import * as z from 'zod';
import { EVENTS, type EventName } from '../../../lib/core/catalogue/events.ts';
import { DELIVERY_STATES } from '../../../lib/core/model/webhook.ts';
import { clearDeliveries } from '../../../lib/core/usecases/clear-deliveries.ts';
import { createWebhook } from '../../../lib/core/usecases/create-webhook.ts';
import { getWebhookStats } from '../../../lib/core/usecases/get-webhook-stats.ts';
import { listDeliveries } from '../../../lib/core/usecases/list-deliveries.ts';
import { listWebhooks } from '../../../lib/core/usecases/list-webhooks.ts';
import { removeWebhook } from '../../../lib/core/usecases/remove-webhook.ts';
import { replayDeliveries } from '../../../lib/core/usecases/replay-deliveries.ts';
import { replayDelivery } from '../../../lib/core/usecases/replay-delivery.ts';
import { resolveInstance } from '../../../lib/core/usecases/resolve-instance.ts';
import { rotateWebhookSecret } from '../../../lib/core/usecases/rotate-webhook-secret.ts';
import { testWebhook } from '../../../lib/core/usecases/test-webhook.ts';
import { updateWebhook } from '../../../lib/core/usecases/update-webhook.ts';
import { findWebhook, webhookHeaders, webhookSecret } from '../../../lib/core/usecases/webhook-access.ts';
import { type Route, route } from '../dialect.ts';
import { EVENT_WORDS } from '../webhook-formats.ts';
import { NATIVE_EVENTS } from './events.ts';
import { emptyBody, moment, pageOf, pageQuery, paginationOf } from './fields.ts';
import { message } from './responses.ts';
import * as responses from './responses-webhooks.ts';
import { deliveryView, testView, webhookStatsView, webhookView } from './webhook-views.ts';

const TAG = 'Webhooks';

export const webhookFields = z.strictObject({
  url: z.string().min(1).max(2_048),
  events: z.array(z.enum(NATIVE_EVENTS)).min(1).max(NATIVE_EVENTS.length).meta({ description: '`*`: all' }),
  secret: webhookSecret,
  description: z.string().trim().min(1).max(200).nullable(),
  chatTypes: z
    .array(z.enum(['user', 'group']))
    .min(1)
    .max(2)
    .nullable()
    .meta({ description: 'Only events of these chats; null: any' }),
  headers: webhookHeaders.meta({ description: 'Sent along with every call; they replace those before' }),
  isActive: z.boolean(),
});
const { secret: _secret, description, chatTypes, headers, isActive } = webhookFields.shape;
const newWebhook = webhookFields.partial().extend({
  url: webhookFields.shape.url,
  events: webhookFields.shape.events.default(['*']),
  instanceName: z.string().min(1).max(128).optional().meta({ description: 'Absent: the whole subscription' }),
  ...{ description: description.optional(), chatTypes: chatTypes.optional(), headers: headers.optional() },
  isActive: isActive.optional(),
});
/** The words of all faces: which ones fit is known once the webhook is. */
const changes = webhookFields
  .extend({ events: z.array(z.enum([...new Set(Object.values(EVENT_WORDS).flat())])).min(1) })
  .partial()
  .refine((body) => Object.keys(body).length > 0, 'must change something');
const byId = z.object({ id: z.string() });
const deliveryQuery = z.object({
  ...pageQuery,
  status: z.enum(DELIVERY_STATES).optional(),
  event: z.enum(Object.keys(EVENTS) as [EventName, ...EventName[]]).optional(),
  from: moment(false).optional(),
  to: moment(true).optional(),
});
const replayed = z.strictObject({
  from: moment(false).optional(),
  to: moment(true).optional(),
  failed: z.boolean().optional().meta({ description: 'Only what has failed' }),
});
const replay = replayed.refine(
  (body) => body.failed === true || body.from !== undefined,
  'say what is sent again: from (and to), or failed: true',
);
const target = ({ params }: { params: { id: string } }) => ({ webhookId: params.id });

export const webhookRoutes: Route[] = [
  route({
    method: 'POST',
    path: '/api/webhooks',
    summary: 'Create a webhook, of an instance or (administrators) of the subscription',
    tag: TAG,
    credential: 'user',
    body: newWebhook,
    status: 201,
    response: responses.newWebhook,
    errors: ['RESOURCE_NOT_FOUND', 'INVALID_STATE'],
    run: async (ports, { principal, body: { instanceName: name, ...fields } }) => {
      const instance = name === undefined ? null : resolveInstance(ports, principal, { by: 'name', name });
      const made = await createWebhook(ports, principal, { ...fields, instance, format: 'native' });
      return { data: { ...webhookView(made), ...(made.secret && { secret: made.secret }) } };
    },
  }),
  route({
    method: 'GET',
    path: '/api/webhooks',
    summary: 'List the webhooks that the user may reach, also those of instances',
    tag: TAG,
    credential: 'user',
    query: z.object({ page: pageQuery.page, per_page: pageQuery.per_page, instanceName: z.string().optional() }),
    status: 200,
    response: z.object({ webhooks: z.array(responses.webhook) }),
    run: async (ports, { principal, query }) => {
      const all = await listWebhooks(ports, principal, { instance: query.instanceName });
      const { items, pagination } = pageOf(all, query);
      return { data: { webhooks: items.map(webhookView) }, pagination };
    },
  }),
  route({
    method: 'GET',
    path: '/api/webhooks/:id',
    summary: 'A webhook, without its secret',
    tag: TAG,
    credential: 'user',
    params: byId,
    status: 200,
    response: responses.webhook,
    run: async (ports, { principal, params }) => ({
      data: webhookView(await findWebhook(ports, principal, target({ params }))),
    }),
  }),
  route({
    method: 'PUT',
    path: '/api/webhooks/:id',
    summary: 'Change a webhook; what is not given stays',
    tag: TAG,
    credential: 'user',
    params: byId,
    body: changes,
    status: 200,
    response: responses.webhook,
    errors: ['INVALID_STATE'],
    run: async (ports, { principal, params, body }) => {
      const input = { target: target({ params }), words: EVENT_WORDS, ...body };
      return { data: webhookView(await updateWebhook(ports, principal, input)) };
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/webhooks/:id',
    summary: 'Remove a webhook, its log, and what was still to be delivered',
    tag: TAG,
    credential: 'user',
    params: byId,
    status: 204,
    run: async (ports, { principal, params }) => {
      await removeWebhook(ports, principal, { target: target({ params }) });
      return { data: undefined };
    },
  }),
  route({
    method: 'POST',
    path: '/api/webhooks/:id/test',
    summary: 'Call a webhook with a webhook.test and say what it answered',
    tag: TAG,
    credential: 'user',
    params: byId,
    body: emptyBody,
    status: 200,
    response: responses.testResult,
    errors: ['COMMAND_TIMEOUT'],
    run: async (ports, { principal, params }) => ({
      data: testView(await testWebhook(ports, principal, { target: target({ params }) })),
    }),
  }),
  route({
    method: 'POST',
    path: '/api/webhooks/:id/rotate-secret',
    summary: 'Give a webhook a new secret; for 24 hours its calls are signed by the old one too',
    tag: TAG,
    credential: 'user',
    params: byId,
    body: z.strictObject({ secret: webhookSecret.optional() }),
    status: 200,
    response: responses.rotatedSecret,
    errors: ['INVALID_STATE'],
    run: async (ports, { principal, params, body }) => {
      const rotated = await rotateWebhookSecret(ports, principal, { target: target({ params }), ...body });
      const { id, previous } = rotated.webhook;
      return { data: { id, secret: rotated.secret, oldSecretUntil: previous?.until } };
    },
  }),
  route({
    method: 'GET',
    path: '/api/webhooks/:id/deliveries',
    summary: 'What a webhook was sent and answered, newest event first; kept for 30 days',
    tag: TAG,
    credential: 'user',
    params: byId,
    query: deliveryQuery,
    status: 200,
    response: z.object({ deliveries: z.array(responses.delivery) }),
    run: async (ports, { principal, params, query }) => {
      const { status, event, from, to, per_page, page, cursor } = query;
      const filter = { state: status, eventType: event, fromMs: from, toMs: to };
      const input = { target: target({ params }), filter, page, perPage: per_page, cursor };
      const { items, nextCursor } = await listDeliveries(ports, principal, input);
      return { data: { deliveries: items.map(deliveryView) }, pagination: paginationOf(query, nextCursor) };
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/webhooks/:id/deliveries',
    summary: 'Clear the log of a webhook; what is pending stays',
    tag: TAG,
    credential: 'user',
    params: byId,
    status: 204,
    run: async (ports, { principal, params }) => {
      await clearDeliveries(ports, principal, { target: target({ params }) });
      return { data: undefined };
    },
  }),
  route({
    method: 'POST',
    path: '/api/webhooks/:id/deliveries/:deliveryId/replay',
    summary: 'Send an event again, under the same id',
    tag: TAG,
    credential: 'user',
    params: z.object({ id: z.string(), deliveryId: z.string() }),
    body: emptyBody,
    status: 202,
    response: responses.delivery,
    errors: ['INVALID_STATE'],
    run: async (ports, { principal, params: { id: webhookId, deliveryId } }) => ({
      data: deliveryView(await replayDelivery(ports, principal, { webhookId, deliveryId })),
    }),
  }),
  route({
    method: 'POST',
    path: '/api/webhooks/:id/replay',
    summary: 'Send again all events of a time, or all whose delivery, or last attempt, has failed',
    tag: TAG,
    credential: 'user',
    params: byId,
    body: replay,
    status: 202,
    response: z.object({ message }),
    errors: ['INVALID_STATE'],
    run: async (ports, { principal, params, body: { from, to, failed } }) => {
      const filter = { fromMs: from, toMs: to, ...(failed && { failed }) };
      await replayDeliveries(ports, principal, { target: target({ params }), filter });
      return { data: { message: 'Replay initiated' } };
    },
  }),
  route({
    method: 'GET',
    path: '/api/webhooks/:id/stats',
    summary: 'How a webhook does, since it was made',
    tag: TAG,
    credential: 'user',
    params: byId,
    status: 200,
    response: responses.webhookStats,
    run: async (ports, { principal, params }) => {
      const { webhook, health } = await getWebhookStats(ports, principal, { target: target({ params }) });
      return { data: webhookStatsView(webhook, health) };
    },
  }),
];
