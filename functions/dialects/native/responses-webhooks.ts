import * as z from 'zod';
import { DELIVERY_STATES } from '../../../lib/core/model/webhook.ts';
import { isoTime } from './responses.ts';

/** What answers about webhooks hold in `data`. */
const text = (example: string) => z.string().meta({ examples: [example] });
const count = z.number().int().min(0);
const webhookId = text('webhook_5pXc7GmVJm0pYF2aQbTzRk');

export const webhook = z
  .object({
    id: webhookId,
    url: text('https://mystore.com/webhook/whatsapp'),
    events: z.array(z.string()).meta({ examples: [['message', 'status']] }),
    isActive: z.boolean().meta({ examples: [true] }),
    disabledReason: z
      .enum(['gone', 'failing'])
      .nullable()
      .meta({ description: 'Why the gateway has switched it off: it answered 410, or failed for five days' }),
    instanceName: text('customer-service').nullable().meta({ description: 'null: the whole subscription' }),
    format: z.enum(['a1', 'native', 'gateway', 'sessions', 'public']).meta({
      description:
        '`a1`: {event, instanceName, data}; `native`: {id, type, timestamp, instance, seq, data}; others: of the face it was made through',
    }),
    chatTypes: z
      .array(z.enum(['user', 'group']))
      .nullable()
      .meta({ description: 'null: any', examples: [null] }),
    headers: z.array(z.string()).meta({ description: 'Names only: values are not shown', examples: [['X-Shop']] }),
    description: text('The shop').nullable(),
    oldSecretUntil: isoTime.nullable().meta({ description: 'The secret before the last rotation signs along' }),
    createdAt: isoTime,
  })
  .meta({ id: 'Webhook' });

const secret = text('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');

export const newWebhook = webhook
  .extend({ secret: secret.optional().meta({ description: 'When it was made here; shown in this answer only' }) })
  .meta({ id: 'NewWebhook' });

export const rotatedSecret = z.object({ id: webhookId, secret, oldSecretUntil: isoTime });

export const testResult = z
  .object({
    delivered: z.boolean().meta({ description: 'The endpoint answered 2xx' }),
    deliveryId: text('dlv_01HKQ5XJ4R9W8Z3T6M2NVYBCDE'),
    eventId: text('evt_5pXc7GmVJm0pYF2aQbTzRk'),
    status: count.nullable().meta({ description: 'null: no answer', examples: [200] }),
    latencyMs: count.meta({ examples: [84] }),
    response: text('ok').nullable().meta({ description: 'The first 2 KB of the answer' }),
    error: z
      .string()
      .nullable()
      .meta({ examples: [null] }),
  })
  .meta({ id: 'WebhookTest' });

const attempt = z.object({
  at: isoTime,
  status: count.nullable().meta({ description: 'null: no answer', examples: [200] }),
  durationMs: count,
  error: z
    .string()
    .nullable()
    .meta({ examples: [null] }),
  response: text('ok').nullable().meta({ description: 'The first 2 KB of the answer' }),
});

export const delivery = z
  .object({
    id: text('dlv_01HKQ5XJ4R9W8Z3T6M2NVYBCDE'),
    eventId: text('evt_0f3a9c51b2d84e67a0c1d2e3').meta({ description: 'The same in every attempt: `webhook-id`' }),
    event: text('message.received'),
    instanceName: text('customer-service').nullable(),
    status: z.enum(DELIVERY_STATES),
    timestamp: isoTime.meta({ description: 'When it happened' }),
    tries: count,
    nextAttemptAt: isoTime.nullable(),
    error: z
      .string()
      .nullable()
      .meta({ examples: [null] }),
    attempts: z.array(attempt).meta({ description: 'The last 20, oldest first' }),
  })
  .meta({ id: 'WebhookDelivery' });

export const webhookStats = z
  .object({
    id: webhookId,
    isActive: z.boolean(),
    delivered: count,
    failedAttempts: count,
    givenUp: count.meta({ description: 'Deliveries whose attempts have all failed' }),
    successRate: text('98.8%').meta({ description: 'Of all attempts' }),
    averageLatencyMs: count.nullable(),
    failingSince: isoTime.nullable(),
    lastDeliveredAt: isoTime.nullable(),
    lastFailedAt: isoTime.nullable(),
  })
  .meta({ id: 'WebhookStats' });
