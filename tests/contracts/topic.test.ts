import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSubscribers } from '../../functions/events/subscribers.ts';
import { createTopicSubscriber, topicBody } from '../../functions/events/topic-subscriber.ts';
import { createAnswerSeal } from '../../lib/core/adapters/crypto/answer-seal.ts';
import { createEventTopic, topicMessage } from '../../lib/core/adapters/sns/topic.ts';
import { createSqsClient } from '../../lib/core/adapters/sqs/bells.ts';
import type { RecordedEvent } from '../../lib/core/ports/events.ts';
import { settleEvents } from '../../lib/core/usecases/settle-events.ts';
import { randomText, useEmbedded } from '../support/embedded.ts';

const LINKS = {
  seal: createAnswerSeal(['x'.repeat(32)]),
  policy: { publicUrl: 'https://gateway.example' },
  clock: Date.now,
};

const embedded = useEmbedded();
let sqs: SQSClient;
let sns: SNSClient;
let topic: NonNullable<ReturnType<typeof createEventTopic>>;

beforeAll(() => {
  const { region, sqsEndpoint: endpoint } = embedded.config;
  sqs = createSqsClient(embedded.config);
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  sns = new SNSClient({ region, endpoint: endpoint as string, credentials });
  topic = createEventTopic({ ...embedded.config, eventTopic: 'on' }) as typeof topic;
});
afterAll(() => {
  sqs?.destroy();
  sns?.destroy();
  topic?.close();
});

const anEvent = (seq: number, fields: object = {}): RecordedEvent =>
  ({
    ...{ id: `evt_${seq}`, seq, tenantId: 'sub_1', instanceId: 'inst_1', timestampMs: 1_767_225_600_000 },
    type: 'instance.connected',
    data: { status: 'CONNECTED', phone: null, reason: null },
    ...fields,
  }) as RecordedEvent;

const publish = (event: RecordedEvent, name: string | null) => topic.publish(event, topicBody(event, name));

/** A queue that hears the topic, by a filter policy. */
async function subscribed(policy?: object): Promise<string> {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: `hears-${randomText()}` }));
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
  await sns.send(
    new SubscribeCommand({
      TopicArn: await topic.arn(),
      Protocol: 'sqs',
      Endpoint: Attributes?.QueueArn as string,
      Attributes: { RawMessageDelivery: 'true', ...(policy ? { FilterPolicy: JSON.stringify(policy) } : {}) },
    }),
  );
  return QueueUrl as string;
}

async function heard(QueueUrl: string): Promise<{ body: Record<string, unknown>; attributes: object }[]> {
  const all: { body: Record<string, unknown>; attributes: object }[] = [];
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] }),
    );
    if (Messages.length === 0) return all;
    for (const { Body = '', MessageAttributes = {}, ReceiptHandle } of Messages) {
      const attributes = Object.fromEntries(
        Object.entries(MessageAttributes).map(([name, v]) => [name, v.StringValue]),
      );
      all.push({ body: JSON.parse(Body), attributes });
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  }
}

it('brings events to queues by their filter policies', async () => {
  const [everything, mine, failures] = await Promise.all([
    subscribed(),
    subscribed({ subscription: ['sub_1'], instance: ['inst_1'] }),
    subscribed({ type: [{ prefix: 'usage.' }] }),
  ]);
  await publish(anEvent(1), 'shop');
  await publish(anEvent(2, { tenantId: 'sub_2', instanceId: 'inst_2' }), 'other');
  const data = { resource: 'messages', used: 8, limit: 10, percent: 80 };
  await publish(anEvent(3, { type: 'usage.limit_warning', instanceId: null, data }), null);
  expect((await heard(everything)).map(({ body }) => body.id)).toEqual(['evt_1', 'evt_2', 'evt_3']);
  expect(await heard(mine)).toEqual([
    {
      body: {
        ...{ id: 'evt_1', type: 'instance.connected', timestamp: '2026-01-01T00:00:00.000Z', seq: 1 },
        ...{ subscription: { id: 'sub_1' }, instance: { id: 'inst_1', name: 'shop' } },
        data: { status: 'CONNECTED', phone: null, reason: null },
      },
      attributes: { id: 'evt_1', type: 'instance.connected', subscription: 'sub_1', instance: 'inst_1' },
    },
  ]);
  expect((await heard(failures)).map(({ attributes }) => attributes)).toEqual([
    { id: 'evt_3', type: 'usage.limit_warning', subscription: 'sub_1' },
  ]);
});

it('leaves away what SNS cannot carry, so that it holds up nothing', async () => {
  const everything = await subscribed();
  const data = { messageId: 'msg_1', chat: 'x', text: '\u{1f600}'.repeat(65_536) };
  const long = anEvent(4, { type: 'message.received', data });
  expect(topicMessage({ data: { text: 'x' } })).not.toContain('truncated');
  await publish(long, 'shop');
  expect((await heard(everything)).map(({ body }) => body)).toMatchObject([
    { id: 'evt_4', seq: 4, truncated: true, data: { messageId: 'msg_1' } },
  ]);
});

it('is none unless it is configured, and the one that is named', async () => {
  expect(createEventTopic({ ...embedded.config, eventTopic: 'off' })).toBe(undefined);
  const named = createEventTopic({ ...embedded.config, eventTopic: 'arn:aws:sns:us-east-1:000000000000:nowhere' });
  await expect(named?.publish(anEvent(1), { data: {} })).rejects.toThrow(/does not exist/i);
  named?.close();
  expect(await topic.arn()).toBe(`arn:aws:sns:us-east-1:000000000000:${embedded.config.queuePrefix}-events`);
});

it('that fails has the event told again, to nobody twice', async () => {
  const adapters = embedded.adapters();
  const tenantId = `sub_${randomText()}`;
  const data = { resource: 'messages', used: 8, limit: 10, percent: 80 } as const;
  const warning = { type: 'usage.limit_warning', instanceId: null, timestampMs: Date.now(), data } as const;
  await adapters.events.recordAccountEvent(tenantId, warning, 'one');
  await adapters.events.recordAccountEvent(tenantId, warning, 'two');

  const published: number[] = [];
  const told: number[] = [];
  let isAway = false;
  let isDeaf = true;
  const flaky = createTopicSubscriber({
    async publish({ seq }) {
      if (isAway) throw new Error('SNS is away');
      published.push(seq);
      isAway = true;
    },
  });
  const other = {
    name: 'other',
    async tell({ seq }: RecordedEvent) {
      if (seq === 1 && isDeaf) throw new Error('somebody else is away');
      told.push(seq);
    },
  };
  const ports = { ...adapters, subscribers: createSubscribers(LINKS, [flaky, other]) };
  const settle = () => settleEvents(ports, { tenantId, instanceId: tenantId });
  await expect(settle()).rejects.toThrow('somebody else is away');
  isDeaf = false;
  await expect(settle()).rejects.toThrow('SNS is away');
  expect([published, told]).toEqual([[1], [1]]);
  isAway = false;
  expect(await settle()).toBe(2);
  expect([published, told]).toEqual([
    [1, 2],
    [1, 2],
  ]);
});
