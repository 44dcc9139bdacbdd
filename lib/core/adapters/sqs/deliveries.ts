import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import * as z from 'zod';
import type { Config } from '../../config.ts';
import type { DeliveryBell, DeliveryQueue, ReceivedDeliveryBell } from '../../ports/webhooks.ts';

/** SQS gives and deletes at most this many at once. */
const BATCH = 10;

/** Attributes of the delivery queue and its dead letters; the CDK stack takes them from here too. */
export const DELIVERY_QUEUE = {
  /** Longer than the worker's Lambda may run. */
  visibilityTimeoutSeconds: 120,
  /** A bell older than this says nothing that the sweeper has not said. */
  retentionSeconds: 3_600,
  deadLetterRetentionSeconds: 14 * 86_400,
  /** Deliveries before a bell is a dead letter. */
  maxReceiveCount: 5,
} as const;

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
  try {
    const parsed = bellSchema.safeParse(JSON.parse(body ?? ''));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** Makes the delivery queue and its dead letters where missing. For embedded use; on AWS the stack owns them. */
export async function ensureDeliveryQueue(client: SQSClient, config: Pick<Config, 'queuePrefix'>): Promise<void> {
  const dead = await client.send(
    new CreateQueueCommand({
      QueueName: deliveryDeadLettersName(config.queuePrefix),
      Attributes: { MessageRetentionPeriod: String(DELIVERY_QUEUE.deadLetterRetentionSeconds) },
    }),
  );
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: dead.QueueUrl as string, AttributeNames: ['QueueArn'] }),
  );
  await client.send(
    new CreateQueueCommand({
      QueueName: deliveryQueueName(config.queuePrefix),
      Attributes: {
        VisibilityTimeout: String(DELIVERY_QUEUE.visibilityTimeoutSeconds),
        MessageRetentionPeriod: String(DELIVERY_QUEUE.retentionSeconds),
        RedrivePolicy: JSON.stringify({
          deadLetterTargetArn: Attributes?.QueueArn,
          maxReceiveCount: DELIVERY_QUEUE.maxReceiveCount,
        }),
      },
    }),
  );
}

export function createDeliveryQueue(client: SQSClient, config: Pick<Config, 'queuePrefix'>): DeliveryQueue {
  let url: Promise<string> | undefined;

  /** Asked once; a failed answer is not kept. */
  function queueUrl(): Promise<string> {
    url ??= client
      .send(new GetQueueUrlCommand({ QueueName: deliveryQueueName(config.queuePrefix) }))
      .then(({ QueueUrl }) => QueueUrl as string)
      .catch((error) => {
        url = undefined;
        throw error;
      });
    return url;
  }

  return {
    async ring({ v, tenantId, webhookId }, delaySeconds = 0) {
      const MessageBody = JSON.stringify({ v, tenantId, webhookId } satisfies DeliveryBell);
      const DelaySeconds = delaySeconds > 0 ? delaySeconds : undefined;
      await client.send(new SendMessageCommand({ QueueUrl: await queueUrl(), MessageBody, DelaySeconds }));
    },

    async receive(waitSeconds, signal) {
      if (signal?.aborted) return [];
      try {
        const { Messages = [] } = await client.send(
          new ReceiveMessageCommand({
            QueueUrl: await queueUrl(),
            MaxNumberOfMessages: BATCH,
            WaitTimeSeconds: waitSeconds,
          }),
          signal ? { abortSignal: signal } : {},
        );
        return Messages.flatMap(({ Body, ReceiptHandle }): ReceivedDeliveryBell[] => {
          const bell = parseDeliveryBell(Body);
          return bell ? [{ bell, receipt: ReceiptHandle as string }] : [];
        });
      } catch (error) {
        if (signal?.aborted) return [];
        throw error;
      }
    },

    async acknowledge(receipts) {
      for (let i = 0; i < receipts.length; i += BATCH) {
        // One that fails rings again, which is harmless.
        await client.send(
          new DeleteMessageBatchCommand({
            QueueUrl: await queueUrl(),
            Entries: receipts.slice(i, i + BATCH).map((ReceiptHandle, n) => ({ Id: String(n), ReceiptHandle })),
          }),
        );
      }
    },
  };
}
