import { SendMessageBatchCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import type { Config } from '../../config.ts';
import type { EventBell, EventQueue } from '../../ports/events.ts';
import type { LiveGreeting } from '../../ports/live.ts';
import {
  BATCH,
  createBellChannel,
  ensureQueueWithDeadLetters,
  parseBellBody,
  type QueueAttributes,
} from './bell-channel.ts';

/** Attributes of the event queue and its dead letters; the CDK stack takes all but the first from here too. */
export const EVENT_QUEUE = {
  /** Longer than a worker takes; on AWS as many times longer as SQS wants for a Lambda. */
  visibilityTimeoutSeconds: 60,
  retentionSeconds: 4 * 86_400,
  deadLetterRetentionSeconds: 14 * 86_400,
  /** Deliveries before a bell is a dead letter. */
  maxReceiveCount: 5,
} as const satisfies QueueAttributes;

const bellSchema: z.ZodType<EventBell> = z.object({
  v: z.literal(1),
  tenantId: z.string().min(1).max(128),
  instanceId: z.string().min(1).max(128),
  seq: z.number().int().min(1),
});

const greetingSchema: z.ZodType<LiveGreeting> = z.strictObject({
  v: z.literal(1),
  connectionId: z.string().min(1).max(128),
  error: z.string().optional(),
});

export function eventQueueName(queuePrefix: string): string {
  return `${queuePrefix}-events`;
}

export function eventDeadLettersName(queuePrefix: string): string {
  return `${eventQueueName(queuePrefix)}-dlq`;
}

/** The bell in a message's body, or undefined for anything else. */
export function parseEventBell(body: string | undefined): EventBell | undefined {
  return parseBellBody(bellSchema, body);
}

/** The greeting in a message's body, or undefined for anything else. */
export function parseGreeting(body: string | undefined): LiveGreeting | undefined {
  return parseBellBody(greetingSchema, body);
}

/** Makes the event queue and its dead letters where missing. For embedded use; on AWS the stack owns them. */
export async function ensureEventQueue(client: SQSClient, config: Pick<Config, 'queuePrefix'>): Promise<void> {
  const names = { queue: eventQueueName(config.queuePrefix), deadLetters: eventDeadLettersName(config.queuePrefix) };
  await ensureQueueWithDeadLetters(client, names, EVENT_QUEUE);
}

export function createEventQueue(client: SQSClient, config: Pick<Config, 'queuePrefix'>): EventQueue {
  const { queueUrl, receive, acknowledge } = createBellChannel(client, eventQueueName(config.queuePrefix), bellSchema);
  return {
    async publish(bells) {
      for (let i = 0; i < bells.length; i += BATCH) {
        const { Failed = [] } = await client.send(
          new SendMessageBatchCommand({
            QueueUrl: await queueUrl(),
            Entries: bells.slice(i, i + BATCH).map(({ v, tenantId, instanceId, seq }, n) => ({
              Id: String(n),
              MessageBody: JSON.stringify({ v, tenantId, instanceId, seq } satisfies EventBell),
            })),
          }),
        );
        if (Failed.length > 0) throw new Error(`The event queue did not take ${Failed.length} bells.`);
      }
    },

    receive,
    acknowledge,
    async greet(greeting) {
      await client.send(new SendMessageCommand({ QueueUrl: await queueUrl(), MessageBody: JSON.stringify(greeting) }));
    },
  };
}
