import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueUrlCommand,
  QueueDoesNotExist,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { Config } from '../../config.ts';
import type { IntakeQueue } from '../../ports/intake.ts';

/** SQS gives at most this many at once. */
const BATCH = 10;

/** Attributes of the intake queue and its dead letters; the CDK stack takes all but the first from here too. */
export const INTAKE_QUEUE = {
  /** Longer than a reader waits for the end of a command; on AWS as many times longer as SQS wants for a Lambda. */
  visibilityTimeoutSeconds: 60,
  retentionSeconds: 4 * 86_400,
  deadLetterRetentionSeconds: 14 * 86_400,
} as const;

export function intakeQueueName(queuePrefix: string): string {
  return `${queuePrefix}-intake`;
}

export function intakeDeadLettersName(queuePrefix: string): string {
  return `${intakeQueueName(queuePrefix)}-dlq`;
}

/** What the names of all reply queues begin with. */
export function replyQueuePrefix(queuePrefix: string): string {
  return `${queuePrefix}-reply-`;
}

/**
 * Makes the intake queue and its dead letters where missing. For embedded use; on AWS the stack owns them. There is no
 * redrive policy: it would move messages with their API keys.
 */
export async function ensureIntakeQueue(client: SQSClient, config: Pick<Config, 'queuePrefix'>): Promise<void> {
  const { visibilityTimeoutSeconds, retentionSeconds, deadLetterRetentionSeconds } = INTAKE_QUEUE;
  await Promise.all([
    client.send(
      new CreateQueueCommand({
        QueueName: intakeQueueName(config.queuePrefix),
        Attributes: {
          VisibilityTimeout: String(visibilityTimeoutSeconds),
          MessageRetentionPeriod: String(retentionSeconds),
        },
      }),
    ),
    client.send(
      new CreateQueueCommand({
        QueueName: intakeDeadLettersName(config.queuePrefix),
        Attributes: { MessageRetentionPeriod: String(deadLetterRetentionSeconds) },
      }),
    ),
  ]);
}

export function createIntakeQueue(
  client: SQSClient,
  config: Pick<Config, 'queuePrefix' | 'intakeReplyQueues'>,
): IntakeQueue {
  const urls = new Map<string, Promise<string>>();

  /** Asked once; a failed answer is not kept. */
  function urlOf(QueueName: string): Promise<string> {
    const known = urls.get(QueueName);
    if (known) return known;
    const asked = client.send(new GetQueueUrlCommand({ QueueName })).then(({ QueueUrl }) => QueueUrl as string);
    urls.set(QueueName, asked);
    asked.catch(() => urls.delete(QueueName));
    return asked;
  }

  const own = () => urlOf(intakeQueueName(config.queuePrefix));

  return {
    async receive(waitSeconds, signal) {
      if (signal?.aborted) return [];
      try {
        const { Messages = [] } = await client.send(
          new ReceiveMessageCommand({
            QueueUrl: await own(),
            MaxNumberOfMessages: BATCH,
            WaitTimeSeconds: waitSeconds,
            MessageSystemAttributeNames: ['ApproximateReceiveCount'],
          }),
          signal ? { abortSignal: signal } : {},
        );
        return Messages.map(({ MessageId, Body, ReceiptHandle, Attributes }) => ({
          messageId: MessageId as string,
          body: Body ?? '',
          receipt: ReceiptHandle as string,
          receiveCount: Number(Attributes?.ApproximateReceiveCount ?? 1),
        }));
      } catch (error) {
        if (signal?.aborted) return [];
        throw error;
      }
    },

    async acknowledge(ReceiptHandle) {
      await client.send(new DeleteMessageCommand({ QueueUrl: await own(), ReceiptHandle }));
    },

    async postpone(ReceiptHandle, VisibilityTimeout) {
      await client.send(
        new ChangeMessageVisibilityCommand({ QueueUrl: await own(), ReceiptHandle, VisibilityTimeout }),
      );
    },

    async bury({ messageId, body, reason, detail, keyHint }) {
      const attribute = (StringValue: string) => ({ DataType: 'String', StringValue });
      await client.send(
        new SendMessageCommand({
          QueueUrl: await urlOf(intakeDeadLettersName(config.queuePrefix)),
          MessageBody: body,
          MessageAttributes: {
            Reason: attribute(reason),
            Detail: attribute(printable(detail)),
            MessageId: attribute(messageId),
            ...(keyHint ? { KeyHint: attribute(keyHint) } : {}),
          },
        }),
      );
    },

    async findReplyQueue(nameOrUrl) {
      if (config.intakeReplyQueues.includes(nameOrUrl) && URL.canParse(nameOrUrl)) return nameOrUrl;
      const name = nameOrUrl.split('/').at(-1) as string;
      const isAllowed =
        config.intakeReplyQueues.includes(nameOrUrl) || name.startsWith(replyQueuePrefix(config.queuePrefix));
      if (!isAllowed || !/^[A-Za-z0-9_-]{1,80}$/.test(name)) return undefined;
      try {
        const url = await urlOf(name);
        // A queue of that name in somebody else's account is another queue.
        return nameOrUrl === name || nameOrUrl === url ? url : undefined;
      } catch (error) {
        if (error instanceof QueueDoesNotExist) return undefined;
        throw error;
      }
    },

    async reply(QueueUrl, reply) {
      await client.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(reply) }));
    },
  };
}

/** SQS refuses attributes that are empty or hold control characters. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e\u00a0-\ud7ff]/g, ' ').slice(0, 500) || ' ';
}
