import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import * as z from 'zod';
import type { Config } from '../../config.ts';
import type { EventBell, EventQueue, ReceivedEventBell } from '../../ports/events.ts';

/** SQS takes, gives and deletes at most this many at once. */
const BATCH = 10;

/** Attributes of the event queue and its dead letters; the CDK stack takes them from here too. */
export const EVENT_QUEUE = {
  /** Longer than the worker's Lambda may run. */
  visibilityTimeoutSeconds: 60,
  retentionSeconds: 4 * 86_400,
  deadLetterRetentionSeconds: 14 * 86_400,
  /** Deliveries before a bell is a dead letter. */
  maxReceiveCount: 5,
} as const;

const bellSchema: z.ZodType<EventBell> = z.object({
  v: z.literal(1),
  tenantId: z.string().min(1).max(128),
  instanceId: z.string().min(1).max(128),
  seq: z.number().int().min(1),
});

export function eventQueueName(queuePrefix: string): string {
  return `${queuePrefix}-events`;
}

export function eventDeadLettersName(queuePrefix: string): string {
  return `${eventQueueName(queuePrefix)}-dlq`;
}

/** The bell in a message's body, or undefined for anything else. */
export function parseEventBell(body: string | undefined): EventBell | undefined {
  try {
    const parsed = bellSchema.safeParse(JSON.parse(body ?? ''));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** Makes the event queue and its dead letters where missing. For embedded use; on AWS the stack owns them. */
export async function ensureEventQueue(client: SQSClient, config: Pick<Config, 'queuePrefix'>): Promise<void> {
  const dead = await client.send(
    new CreateQueueCommand({
      QueueName: eventDeadLettersName(config.queuePrefix),
      Attributes: { MessageRetentionPeriod: String(EVENT_QUEUE.deadLetterRetentionSeconds) },
    }),
  );
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: dead.QueueUrl as string, AttributeNames: ['QueueArn'] }),
  );
  await client.send(
    new CreateQueueCommand({
      QueueName: eventQueueName(config.queuePrefix),
      Attributes: {
        VisibilityTimeout: String(EVENT_QUEUE.visibilityTimeoutSeconds),
        MessageRetentionPeriod: String(EVENT_QUEUE.retentionSeconds),
        RedrivePolicy: JSON.stringify({
          deadLetterTargetArn: Attributes?.QueueArn,
          maxReceiveCount: EVENT_QUEUE.maxReceiveCount,
        }),
      },
    }),
  );
}

export function createEventQueue(client: SQSClient, config: Pick<Config, 'queuePrefix'>): EventQueue {
  let url: Promise<string> | undefined;

  /** Asked once; a failed answer is not kept. */
  function queueUrl(): Promise<string> {
    url ??= client
      .send(new GetQueueUrlCommand({ QueueName: eventQueueName(config.queuePrefix) }))
      .then(({ QueueUrl }) => QueueUrl as string)
      .catch((error) => {
        url = undefined;
        throw error;
      });
    return url;
  }

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
        return Messages.flatMap(({ Body, ReceiptHandle }): ReceivedEventBell[] => {
          const bell = parseEventBell(Body);
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
