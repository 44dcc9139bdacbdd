import * as z from 'zod';
import type { Principal } from '../../../lib/core/model/account.ts';
import type { Delivery } from '../../../lib/core/model/webhook.ts';
import type { Ports } from '../../../lib/core/ports/index.ts';
import { clearDeliveryLog } from '../../../lib/core/usecases/clear-delivery-log.ts';
import { type LoggedDelivery, listDeliveryLog } from '../../../lib/core/usecases/list-delivery-log.ts';
import { listWebhooks } from '../../../lib/core/usecases/list-webhooks.ts';
import { findDelivery, replayDelivery } from '../../../lib/core/usecases/replay-delivery.ts';
import { tryWebhookUrl } from '../../../lib/core/usecases/try-webhook-url.ts';
import type { FoundWebhook } from '../../../lib/core/usecases/webhook-access.ts';
import { begunRoute, type Route } from '../dialect.ts';
import { deliveryName } from './delivery-name.ts';
import { answer, answerOf, ok } from './envelope.ts';
import { tag } from './rows.ts';

const base = { tag: tag('Webhooks'), credential: 'key', permission: 'webhook:manage' } as const;
const DAY_MS = 86_400_000;
/** The log reaches back so far. */
const MAX_DAYS = 30;
/** Entries of each endpoint that statistics look at. */
const MAX_COUNTED = 1_000;
const TOP = 5;

const STATES = { success: 'delivered', failed: 'failed', pending: 'pending' } as const;
type Status = keyof typeof STATES;

const instanceId = z.string().min(1).max(128).optional().meta({ description: 'Id or name; absent: all' });
const days = z.coerce.number().int().min(1).max(MAX_DAYS);
const eventName = z.string().min(1).max(100);

const logEntry = z.object({
  id: z.string().meta({ description: 'What `X-Webhook-ID` said, and what retry takes' }),
  webhookId: z.string(),
  instanceId: z.string().nullable(),
  event: z.string(),
  url: z.string(),
  status: z.enum(Object.keys(STATES) as [Status, ...Status[]]),
  statusCode: z.number().int().nullable().meta({ description: 'Of the last attempt; null: no answer' }),
  response: z.string().nullable(),
  error: z.string().nullable(),
  attempts: z.number().int(),
  createdAt: z.iso.datetime(),
  nextRetryAt: z.iso.datetime().nullable(),
});

function statusOf({ state }: Delivery): Status {
  return state === 'delivered' ? 'success' : state;
}

function logView({ delivery, webhook }: LoggedDelivery) {
  const last = delivery.attempts.at(-1);
  const { nextAttemptAtMs } = delivery;
  return {
    ...{ id: deliveryName(delivery), webhookId: webhook.id, instanceId: delivery.instanceId },
    ...{ event: delivery.eventType, url: webhook.url, status: statusOf(delivery) },
    ...{
      statusCode: last?.status ?? null,
      response: last?.answer ?? null,
      error: delivery.error ?? last?.error ?? null,
    },
    ...{ attempts: delivery.tries, createdAt: new Date(delivery.timestampMs).toISOString() },
    nextRetryAt: nextAttemptAtMs === null ? null : new Date(nextAttemptAtMs).toISOString(),
  };
}

/** The events that were told most often. */
function topOf(items: readonly LoggedDelivery[]): { event: string; count: number }[] {
  const byEvent = Object.groupBy(items, ({ delivery }) => delivery.eventType);
  const counts = Object.entries(byEvent).map(([event, all = []]) => ({ event, count: all.length }));
  return counts.sort((a, b) => b.count - a.count).slice(0, TOP);
}

/** The webhooks that the caller may reach. */
function withinReach(ports: Ports, { principal }: { principal: Principal }): Promise<FoundWebhook[]> {
  return listWebhooks(ports, principal, {});
}

function ofInstance(webhooks: readonly FoundWebhook[], instance: string | undefined): readonly FoundWebhook[] {
  if (instance === undefined) return webhooks;
  const isMeant = ({ webhook, instanceName }: FoundWebhook) =>
    webhook.instanceId === instance || instanceName?.toLowerCase() === instance.toLowerCase();
  return webhooks.filter(isMeant);
}

/** What `deliveryName` made one. */
function partsOf(name = ''): { deliveryId: string; webhookId: string } {
  const [deliveryId = '', webhookId = ''] = name.split('.');
  return { deliveryId, webhookId };
}

export const webhookRoutes: Route[] = [
  begunRoute({
    ...base,
    begin: withinReach,
    method: 'POST',
    path: '/api/webhook/test',
    summary: 'Send a webhook.test to an address and say what it answered',
    body: z.object({
      url: z.string().min(1).max(2_048),
      instanceId,
      event: eventName.optional().meta({ description: 'Taken and not used: a test is always `webhook.test`' }),
      data: z.unknown().optional().meta({ description: 'Taken and not used, likewise' }),
    }),
    status: 200,
    response: answer({
      message: z.string(),
      delivered: z.boolean(),
      statusCode: z.number().int().nullable(),
      response: z.string().nullable(),
    }),
    errors: ['COMMAND_TIMEOUT', 'INVALID_STATE'],
    run: async (ports, { principal, body, begun }) => {
      const webhooks = ofInstance(await begun, body.instanceId);
      const { attempt } = await tryWebhookUrl(ports, principal, { url: body.url, format: 'gateway', webhooks });
      const delivered = attempt.error === null;
      const message = delivered ? 'Webhook test sent successfully' : `Webhook test failed: ${attempt.error}`;
      return ok({ message, delivered, statusCode: attempt.status, response: attempt.answer });
    },
  }),
  begunRoute({
    ...base,
    begin: withinReach,
    method: 'GET',
    path: '/api/webhook/logs',
    summary: 'What the webhooks within reach were sent and answered, newest first; kept for 30 days',
    query: z.object({
      instanceId,
      limit: z.coerce.number().int().min(1).max(500).default(50),
      status: z.enum(Object.keys(STATES) as [Status, ...Status[]]).optional(),
      event: eventName.optional(),
    }),
    status: 200,
    response: answer({ count: z.number().int(), data: z.array(logEntry) }),
    run: async (ports, { query, begun }) => {
      const { limit, status, event } = query;
      const webhooks = ofInstance(await begun, query.instanceId);
      const filter = { state: status && STATES[status], eventType: event };
      const { items } = await listDeliveryLog(ports, { webhooks, limit, filter });
      const data = items.slice(0, limit).map(logView);
      return ok({ count: data.length, data });
    },
  }),
  begunRoute({
    ...base,
    begin: withinReach,
    method: 'GET',
    path: '/api/webhook/stats',
    summary: 'How the deliveries of the last days went',
    query: z.object({ instanceId, days: days.default(7) }),
    status: 200,
    response: answer({
      data: z.object({
        period: z.string().meta({ examples: ['7 days'] }),
        total: z.number().int(),
        success: z.number().int(),
        failed: z.number().int(),
        pending: z.number().int(),
        successRate: z.string().meta({ description: 'Of what has ended', examples: ['98.5%'] }),
        topEvents: z.array(z.object({ event: z.string(), count: z.number().int() })),
        instanceId: z.string().nullable(),
        isComplete: z.boolean().meta({ description: `false: only the newest ${MAX_COUNTED} of a webhook are counted` }),
      }),
    }),
    run: async (ports, { query, begun }) => {
      const webhooks = ofInstance(await begun, query.instanceId);
      const filter = { fromMs: ports.clock() - query.days * DAY_MS };
      const { items, hasMore } = await listDeliveryLog(ports, { webhooks, limit: MAX_COUNTED, filter });
      const count = (status: Status) => items.filter(({ delivery }) => statusOf(delivery) === status).length;
      const [success, failed] = [count('success'), count('failed')];
      const ended = success + failed;
      const data = {
        ...{ period: `${query.days} days`, total: items.length, success, failed, pending: count('pending') },
        successRate: `${ended === 0 ? '100.0' : ((success / ended) * 100).toFixed(1)}%`,
        ...{
          topEvents: topOf(items),
          instanceId: query.instanceId === undefined ? null : (webhooks[0]?.webhook.instanceId ?? null),
          isComplete: !hasMore,
        },
      };
      return ok({ data });
    },
  }),
  begunRoute({
    ...base,
    begin: (ports, { principal, params }) => findDelivery(ports, principal, partsOf(params.webhookId)),
    method: 'POST',
    path: '/api/webhook/retry/:webhookId',
    summary: 'Send an event again, under the same id',
    params: z.object({ webhookId: z.string() }),
    status: 200,
    response: answerOf(z.object({ id: z.string(), status: z.literal('pending') })),
    errors: ['INVALID_STATE'],
    run: async (ports, { principal, params, begun }) => {
      const input = { ...partsOf(params.webhookId), found: await begun };
      const delivery = await replayDelivery(ports, principal, input);
      return ok({ data: { id: deliveryName(delivery), status: 'pending' }, message: 'Webhook retry initiated' });
    },
  }),
  begunRoute({
    ...base,
    begin: withinReach,
    method: 'DELETE',
    path: '/api/webhook/logs',
    summary: 'Clear the logs of the webhooks within reach; what is pending stays',
    body: z.object({ instanceId, days: z.coerce.number().int().min(0).max(MAX_DAYS).optional() }),
    status: 200,
    response: answer({ message: z.string(), deletedCount: z.number().int() }),
    run: async (ports, { principal, body, begun }) => {
      const webhooks = ofInstance(await begun, body.instanceId);
      const { deleted } = await clearDeliveryLog(ports, principal, { webhooks, days: body.days });
      return ok({ message: 'Webhook logs cleared', deletedCount: deleted });
    },
  }),
];
