import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  type Message,
  type MessageAttributeValue,
  QueueDoesNotExist,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { Config } from '../../config.ts';
import type { DeadLetter, DeadLetterStore } from '../../ports/dead-letters.ts';

/** What the names of all queues of dead letters end with. */
export const DEAD_LETTERS_SUFFIX = '-dlq';

const BATCH = 10;
/** Long enough to see each message once while all are looked at or moved. */
const HIDDEN_SECONDS = 30;
/** What the reader wrote about a message, not part of it. */
const NOTES = ['Reason', 'Detail', 'KeyHint', 'MessageId'];

export function createDeadLetterStore(
  client: SQSClient,
  { queuePrefix, sqsEndpoint }: Pick<Config, 'queuePrefix' | 'sqsEndpoint'>,
): DeadLetterStore {
  // A short poll of AWS asks some of its servers only; what stands in for it has one.
  const WaitTimeSeconds = sqsEndpoint ? 0 : 2;
  const deadLettersName = (queue: string) => `${queuePrefix}-${queue}${DEAD_LETTERS_SUFFIX}`;

  async function urlOf(QueueName: string): Promise<string | undefined> {
    if (!/^[A-Za-z0-9_-]{1,80}$/.test(QueueName)) return undefined;
    try {
      return (await client.send(new GetQueueUrlCommand({ QueueName }))).QueueUrl;
    } catch (error) {
      if (error instanceof QueueDoesNotExist) return undefined;
      throw error;
    }
  }

  /** Each message that lies there now, once, in batches; hidden from others for a while. */
  async function* batchesOf(QueueUrl: string, limit: number): AsyncGenerator<Message[]> {
    const startMs = Date.now();
    for (let left = limit; left > 0; ) {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({
          QueueUrl,
          MaxNumberOfMessages: Math.min(BATCH, left),
          WaitTimeSeconds,
          VisibilityTimeout: HIDDEN_SECONDS,
          MessageSystemAttributeNames: ['SentTimestamp'],
          MessageAttributeNames: ['All'],
        }),
      );
      // What failed again meanwhile is not put back a second time.
      const older = Messages.filter(({ Attributes }) => Number(Attributes?.SentTimestamp ?? 0) <= startMs);
      if (older.length === 0) return;
      left -= older.length;
      yield older;
    }
  }

  return {
    async queues() {
      const names: string[] = [];
      for (let NextToken: string | undefined; ; ) {
        const page = await client.send(
          new ListQueuesCommand({
            QueueNamePrefix: `${queuePrefix}-`,
            MaxResults: 1_000,
            ...(NextToken ? { NextToken } : {}),
          }),
        );
        names.push(...(page.QueueUrls ?? []).filter((url) => url.endsWith(DEAD_LETTERS_SUFFIX)));
        NextToken = page.NextToken;
        if (!NextToken) break;
      }
      return Promise.all(
        names.sort().map(async (QueueUrl) => {
          const { Attributes } = await client.send(
            new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] }),
          );
          const name = QueueUrl.split('/').at(-1) as string;
          return {
            queue: name.slice(queuePrefix.length + 1, -DEAD_LETTERS_SUFFIX.length),
            count: Number(Attributes?.ApproximateNumberOfMessages ?? 0),
          };
        }),
      );
    },

    async list(queue, limit) {
      const QueueUrl = await urlOf(deadLettersName(queue));
      if (QueueUrl === undefined) return undefined;
      const found: DeadLetter[] = [];
      const batches: Message[][] = [];
      for await (const messages of batchesOf(QueueUrl, limit)) {
        batches.push(messages);
        found.push(...messages.map(deadLetterOf));
      }
      for (const messages of batches) {
        const Entries = messages.map(({ ReceiptHandle }, n) => ({
          Id: String(n),
          ReceiptHandle,
          VisibilityTimeout: 0,
        }));
        await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }));
      }
      return found;
    },

    async redrive(queue, limit) {
      const [from, to] = await Promise.all([urlOf(deadLettersName(queue)), urlOf(`${queuePrefix}-${queue}`)]);
      if (from === undefined || to === undefined) return undefined;
      let moved = 0;
      for await (const messages of batchesOf(from, limit)) {
        for (const { Body, MessageAttributes = {}, ReceiptHandle } of messages) {
          const kept = Object.entries(MessageAttributes).filter(([name]) => !NOTES.includes(name));
          await client.send(
            new SendMessageCommand({
              QueueUrl: to,
              MessageBody: Body as string,
              MessageAttributes: Object.fromEntries(kept),
            }),
          );
          await client.send(new DeleteMessageCommand({ QueueUrl: from, ReceiptHandle }));
          moved += 1;
        }
      }
      return moved;
    },
  };
}

function deadLetterOf({ MessageId, Body, Attributes, MessageAttributes = {} }: Message): DeadLetter {
  const note = (value: MessageAttributeValue | undefined) => value?.StringValue ?? null;
  return {
    messageId: note(MessageAttributes.MessageId) ?? (MessageId as string),
    sentAt: new Date(Number(Attributes?.SentTimestamp)).toISOString(),
    reason: note(MessageAttributes.Reason),
    detail: note(MessageAttributes.Detail),
    keyHint: note(MessageAttributes.KeyHint),
    bytes: Buffer.byteLength(Body ?? ''),
  };
}
