import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import * as z from 'zod';
import type { Config } from '../../config.ts';
import type { Bell, BellQueue, ReceivedBell } from '../../ports/commands.ts';
import { LOCAL_CREDENTIALS, unsigned } from '../unsigned.ts';
import type { QueueAttributes } from './bell-channel.ts';

/** SQS gives and deletes at most this many at once. */
const BATCH = 10;

const bellSchema: z.ZodType<Bell> = z.object({
  v: z.literal(1),
  instanceId: z.string().min(1).max(128),
  commandId: z.string().min(1).max(128),
});

/** Attributes of every bell queue and the dead letters of all; the CDK stack takes them from here too. */
export const BELL_QUEUE = {
  /** A bell that nobody acknowledged rings again after this time. */
  visibilityTimeoutSeconds: 30,
  /** A bell older than this says nothing that the sweeper has not said. */
  retentionSeconds: 3_600,
  deadLetterRetentionSeconds: 14 * 86_400,
  /** Enough for a runner that ends and starts again a few times. */
  maxReceiveCount: 10,
} as const satisfies QueueAttributes;

/** Name of the queue that announces the work of a shard. `*` for those of all. */
export function bellQueueName(queuePrefix: string, shard: number | '*'): string {
  return `${queuePrefix}-commands-${shard}`;
}

/** Of all shards together. */
export function bellDeadLettersName(queuePrefix: string): string {
  return `${queuePrefix}-commands-dlq`;
}

/** The SQS client of a process. Enough sockets for one long poll a shard beside the sends. */
export function createSqsClient(config: Pick<Config, 'region' | 'sqsEndpoint' | 'shardCount'>): SQSClient {
  const maxSockets = 64 + config.shardCount;
  return new SQSClient({
    region: config.region,
    maxAttempts: 3,
    requestHandler: {
      connectionTimeout: 1_000,
      // Longer than the longest long poll.
      requestTimeout: 25_000,
      throwOnRequestTimeout: true,
      httpsAgent: { keepAlive: true, maxSockets },
      httpAgent: { keepAlive: true, maxSockets },
    },
    ...(config.sqsEndpoint
      ? {
          endpoint: config.sqsEndpoint,
          credentials: LOCAL_CREDENTIALS,
          signer: unsigned(config.region),
          useQueueUrlAsEndpoint: false,
        }
      : {}),
  });
}

/** Makes the bell queues of all shards where missing. For embedded use; on AWS the stack owns them. */
export async function ensureQueues(
  client: SQSClient,
  config: Pick<Config, 'queuePrefix' | 'shardCount'>,
): Promise<void> {
  const shards = Array.from({ length: config.shardCount }, (_, shard) => shard);
  await Promise.all(
    shards.map((shard) =>
      client.send(
        new CreateQueueCommand({
          QueueName: bellQueueName(config.queuePrefix, shard),
          Attributes: {
            VisibilityTimeout: String(BELL_QUEUE.visibilityTimeoutSeconds),
            MessageRetentionPeriod: String(BELL_QUEUE.retentionSeconds),
          },
        }),
      ),
    ),
  );
}

export function createBellQueue(client: SQSClient, config: Pick<Config, 'queuePrefix'>): BellQueue {
  const urls = new Map<number, Promise<string>>();

  /** Asked once; a failed answer is not kept. */
  function urlOf(shard: number): Promise<string> {
    const known = urls.get(shard);
    if (known) return known;
    const asked = client
      .send(new GetQueueUrlCommand({ QueueName: bellQueueName(config.queuePrefix, shard) }))
      .then(({ QueueUrl }) => QueueUrl as string);
    urls.set(shard, asked);
    asked.catch(() => urls.delete(shard));
    return asked;
  }

  const queue: BellQueue = {
    async ring(shard, bell) {
      const { v, instanceId, commandId } = bell;
      const MessageBody = JSON.stringify({ v, instanceId, commandId } satisfies Bell);
      await client.send(new SendMessageCommand({ QueueUrl: await urlOf(shard), MessageBody }));
    },

    async receive(shard, waitSeconds, signal) {
      if (signal?.aborted) return [];
      const QueueUrl = await urlOf(shard);
      try {
        const { Messages = [] } = await client.send(
          new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: BATCH, WaitTimeSeconds: waitSeconds }),
          signal ? { abortSignal: signal } : {},
        );
        const received: ReceivedBell[] = [];
        const malformed: string[] = [];
        for (const { Body, ReceiptHandle } of Messages) {
          const bell = parseBell(Body);
          if (bell) received.push({ bell, receipt: ReceiptHandle as string });
          else malformed.push(ReceiptHandle as string);
        }
        await queue.acknowledge(shard, malformed);
        return received;
      } catch (error) {
        if (signal?.aborted) return [];
        throw error;
      }
    },

    async acknowledge(shard, receipts) {
      if (receipts.length === 0) return;
      const QueueUrl = await urlOf(shard);
      for (let i = 0; i < receipts.length; i += BATCH) {
        // One that fails rings again, which is harmless.
        await client.send(
          new DeleteMessageBatchCommand({
            QueueUrl,
            Entries: receipts.slice(i, i + BATCH).map((ReceiptHandle, n) => ({ Id: String(n), ReceiptHandle })),
          }),
        );
      }
    },
  };
  return queue;
}

function parseBell(body: string | undefined): Bell | undefined {
  try {
    const parsed = bellSchema.safeParse(JSON.parse(body ?? ''));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
