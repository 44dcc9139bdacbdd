import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import type { Config } from '../../config.ts';
import type { DeliveryBell, DeliveryQueue } from '../../ports/webhooks.ts';
import { createBellChannel, ensureQueueWithDeadLetters, parseBellBody, type QueueAttributes } from './bell-channel.ts';

/** Attributes of the delivery queue and its dead letters; the CDK stack takes all but the first from here too. */
export const DELIVERY_QUEUE = {
  /** Longer than a worker takes; on AWS as many times longer as SQS wants for a Lambda. */
  visibilityTimeoutSeconds: 120,
  /** A bell older than this says nothing that the sweeper has not said. */
  retentionSeconds: 3_600,
  deadLetterRetentionSeconds: 14 * 86_400,
  /** Deliveries before a bell is a dead letter. */
  maxReceiveCount: 5,
} as const satisfies QueueAttributes;

const bellSchema: z.ZodType<DeliveryBell> = z.object({
  v: z.literal(1),
  tenantId: z.string().min(1).max(128),
  webhookId: z.string().min(1).max(128),
});

export function deliveryQueueName(queuePrefix: string): string {
  return `${queuePrefix}-deliveries`;
}

export function deliveryDeadLettersName(queuePrefix: string): string {
  return `${deliveryQueueName(queuePrefix)}-dlq`;
}

/** The bell in a message's body, or undefined for anything else. */
export function parseDeliveryBell(body: string | undefined): DeliveryBell | undefined {
  return parseBellBody(bellSchema, body);
}

/** Makes the delivery queue and its dead letters where missing. For embedded use; on AWS the stack owns them. */
export async function ensureDeliveryQueue(client: SQSClient, config: Pick<Config, 'queuePrefix'>): Promise<void> {
  const names = {
    queue: deliveryQueueName(config.queuePrefix),
    deadLetters: deliveryDeadLettersName(config.queuePrefix),
  };
  await ensureQueueWithDeadLetters(client, names, DELIVERY_QUEUE);
}

export function createDeliveryQueue(client: SQSClient, config: Pick<Config, 'queuePrefix'>): DeliveryQueue {
  const { queueUrl, receive, acknowledge } = createBellChannel(
    client,
    deliveryQueueName(config.queuePrefix),
    bellSchema,
  );
  return {
    async ring({ v, tenantId, webhookId }, delaySeconds = 0) {
      const MessageBody = JSON.stringify({ v, tenantId, webhookId } satisfies DeliveryBell);
      const DelaySeconds = delaySeconds > 0 ? delaySeconds : undefined;
      await client.send(new SendMessageCommand({ QueueUrl: await queueUrl(), MessageBody, DelaySeconds }));
    },

    receive,
    acknowledge,
  };
}
