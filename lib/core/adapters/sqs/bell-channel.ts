import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type * as z from 'zod';

/** SQS takes, gives and deletes at most this many at once. */
export const BATCH = 10;

/** Attributes of a queue and its dead letters. */
export interface QueueAttributes {
  visibilityTimeoutSeconds: number;
  retentionSeconds: number;
  deadLetterRetentionSeconds: number;
  /** Deliveries before a bell is a dead letter. */
  maxReceiveCount: number;
}

/** The bell in a message's body, or undefined for anything else. */
export function parseBellBody<Bell>(schema: z.ZodType<Bell>, body: string | undefined): Bell | undefined {
  try {
    const parsed = schema.safeParse(JSON.parse(body ?? ''));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** Makes a queue and its dead letters where missing. For embedded use; on AWS the stack owns them. */
export async function ensureQueueWithDeadLetters(
  client: SQSClient,
  names: { queue: string; deadLetters: string },
  attributes: QueueAttributes,
): Promise<void> {
  const dead = await client.send(
    new CreateQueueCommand({
      QueueName: names.deadLetters,
      Attributes: { MessageRetentionPeriod: String(attributes.deadLetterRetentionSeconds) },
    }),
  );
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: dead.QueueUrl as string, AttributeNames: ['QueueArn'] }),
  );
  await client.send(
    new CreateQueueCommand({
      QueueName: names.queue,
      Attributes: {
        VisibilityTimeout: String(attributes.visibilityTimeoutSeconds),
        MessageRetentionPeriod: String(attributes.retentionSeconds),
        RedrivePolicy: JSON.stringify({
          deadLetterTargetArn: Attributes?.QueueArn,
          maxReceiveCount: attributes.maxReceiveCount,
        }),
      },
    }),
  );
}

/** What every queue of bells with dead letters does alike; sending is each one's own. */
export interface BellChannel<Bell> {
  /** Asked once; a failed answer is not kept. */
  queueUrl(): Promise<string>;
  /** Long-polls; [] when nothing came or `signal` was aborted. What is no bell is left for the dead letters. */
  receive(waitSeconds: number, signal?: AbortSignal): Promise<{ bell: Bell; receipt: string }[]>;
  acknowledge(receipts: readonly string[]): Promise<void>;
}

export function createBellChannel<Bell>(
  client: SQSClient,
  queueName: string,
  schema: z.ZodType<Bell>,
): BellChannel<Bell> {
  let url: Promise<string> | undefined;

  function queueUrl(): Promise<string> {
    url ??= client
      .send(new GetQueueUrlCommand({ QueueName: queueName }))
      .then(({ QueueUrl }) => QueueUrl as string)
      .catch((error) => {
        url = undefined;
        throw error;
      });
    return url;
  }

  return {
    queueUrl,

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
        return Messages.flatMap(({ Body, ReceiptHandle }) => {
          const bell = parseBellBody(schema, Body);
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
