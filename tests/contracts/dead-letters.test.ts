import {
  CreateQueueCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSqsClient } from '../../lib/core/adapters/sqs/bells.ts';
import type { DeadLetterStore } from '../../lib/core/ports/dead-letters.ts';
import { randomText, useEmbedded } from '../support/embedded.ts';

const embedded = useEmbedded();
let sqs: SQSClient;
let store: DeadLetterStore;

beforeAll(() => {
  sqs = createSqsClient(embedded.config);
  store = embedded.adapters().deadLetters;
});
afterAll(() => sqs?.destroy());

const nameOf = (queue: string) => `${embedded.config.queuePrefix}-${queue}`;
const urlOf = async (name: string) => (await sqs.send(new GetQueueUrlCommand({ QueueName: name }))).QueueUrl as string;

/** A queue and its dead letters, with `count` of them. */
async function queueWith(count: number, attributes: Record<string, string> = {}): Promise<string> {
  const queue = `some-${randomText()}`;
  await sqs.send(new CreateQueueCommand({ QueueName: nameOf(queue) }));
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: `${nameOf(queue)}-dlq` }));
  const MessageAttributes = Object.fromEntries(
    Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
  );
  for (let n = 0; n < count; n += 1) {
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: `body ${n}`, MessageAttributes }));
  }
  return queue;
}

async function bodiesOn(name: string): Promise<{ body: string; attributes: string[] }[]> {
  const QueueUrl = await urlOf(name);
  const found: { body: string; attributes: string[] }[] = [];
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] }),
    );
    if (Messages.length === 0) return found;
    for (const { Body = '', MessageAttributes = {} } of Messages) {
      found.push({ body: Body, attributes: Object.keys(MessageAttributes) });
    }
  }
}

it('counts them queue by queue, of every queue that has some', async () => {
  const queue = await queueWith(3);
  expect(await store.queues()).toEqual(
    expect.arrayContaining([
      { queue, count: 3 },
      { queue: 'events', count: 0 },
      { queue: 'intake', count: 0 },
    ]),
  );
});

it('lists each once with its reason and without its body, and again the next time', async () => {
  const queue = await queueWith(23, { Reason: 'VALIDATION_ERROR', Detail: 'to: is missing', MessageId: 'm-1' });
  for (let n = 0; n < 2; n += 1) {
    const listed = await store.list(queue, 100);
    expect(listed).toHaveLength(23);
    const [first] = listed ?? [];
    expect(first).toEqual({
      ...{ messageId: 'm-1', reason: 'VALIDATION_ERROR', detail: 'to: is missing', keyHint: null, bytes: 6 },
      sentAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    });
  }
  expect(await store.list(queue, 7)).toHaveLength(7);
});

it('puts all back as they were, without what was noted about them', async () => {
  const queue = await queueWith(23, { Reason: 'INTERNAL_ERROR', Tracing: 'mine' });
  expect(await store.redrive(queue, 5)).toBe(5);
  expect(await store.redrive(queue, 1_000)).toBe(18);
  expect(await store.redrive(queue, 1_000)).toBe(0);
  const back = await bodiesOn(nameOf(queue));
  expect(back.map(({ body }) => body).sort()).toEqual(Array.from({ length: 23 }, (_, n) => `body ${n}`).sort());
  expect(new Set(back.flatMap(({ attributes }) => attributes))).toEqual(new Set(['Tracing']));
  expect(await bodiesOn(`${nameOf(queue)}-dlq`)).toEqual([]);
});

it('knows a queue that is not there from one that is empty', async () => {
  expect(await store.list('none', 10)).toBe(undefined);
  expect(await store.redrive('none', 10)).toBe(undefined);
  expect(await store.redrive('commands-0', 10)).toBe(undefined);
  expect(await store.list('../x', 10)).toBe(undefined);
  expect(await store.list('intake', 10)).toEqual([]);
});

it('ends although what is put back fails again at once', async () => {
  const queue = await queueWith(12);
  const dead = await urlOf(`${nameOf(queue)}-dlq`);
  const send = sqs.send.bind(sqs);
  const bouncing = Object.assign(Object.create(sqs) as SQSClient, {
    async send(command: SendMessageCommand) {
      const done = await send(command);
      if (command instanceof SendMessageCommand) {
        await send(new SendMessageCommand({ QueueUrl: dead, MessageBody: 'again' }));
      }
      return done;
    },
  });
  const { createDeadLetterStore } = await import('../../lib/core/adapters/sqs/dead-letters.ts');
  const moved = await createDeadLetterStore(bouncing, embedded.config).redrive(queue, 1_000);
  expect(moved).toBe(12);
});
