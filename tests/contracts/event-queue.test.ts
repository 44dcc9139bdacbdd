import { GetQueueAttributesCommand, GetQueueUrlCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { expect, it } from 'vitest';
import { createSqsClient } from '../../lib/core/adapters/sqs/bells.ts';
import { EVENT_QUEUE, eventDeadLettersName, eventQueueName } from '../../lib/core/adapters/sqs/events.ts';
import type { EventBell } from '../../lib/core/ports/events.ts';
import { useEmbedded } from '../support/embedded.ts';

const embedded = useEmbedded();
const aBell = (seq: number): EventBell => ({ v: 1, tenantId: 'sub_1', instanceId: 'inst_1', seq });

it('brings bells in batches, and not again once they are acknowledged', async () => {
  const { eventQueue } = embedded.adapters();
  await eventQueue.publish(Array.from({ length: 13 }, (_, n) => aBell(n + 1)));
  const first = await eventQueue.receive(1);
  const second = await eventQueue.receive(1);
  const seqs = [...first, ...second].map(({ bell }) => bell.seq).sort((a, b) => a - b);
  expect(seqs).toEqual(Array.from({ length: 13 }, (_, n) => n + 1));
  await eventQueue.acknowledge([...first, ...second].map(({ receipt }) => receipt));
  expect(await eventQueue.receive(0)).toEqual([]);
  await eventQueue.publish([]);
});

it('answers nothing when it is told to stop', async () => {
  const { eventQueue } = embedded.adapters();
  const abort = new AbortController();
  const waiting = eventQueue.receive(20, abort.signal);
  abort.abort();
  expect(await waiting).toEqual([]);
});

it('leaves what is no bell to the dead letters', async () => {
  const { eventQueue } = embedded.adapters();
  const client = createSqsClient(embedded.config);
  const urlOf = async (QueueName: string) => (await client.send(new GetQueueUrlCommand({ QueueName }))).QueueUrl!;
  const url = await urlOf(eventQueueName(embedded.config.queuePrefix));
  const dead = await urlOf(eventDeadLettersName(embedded.config.queuePrefix));
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['RedrivePolicy', 'VisibilityTimeout'] }),
  );
  expect(Attributes?.VisibilityTimeout).toBe(String(EVENT_QUEUE.visibilityTimeoutSeconds));
  const policy = JSON.parse(Attributes?.RedrivePolicy ?? '{}');
  expect(Number(policy.maxReceiveCount)).toBe(EVENT_QUEUE.maxReceiveCount);
  expect(policy.deadLetterTargetArn).toMatch(/-events-dlq$/);
  expect(dead).toMatch(/-events-dlq$/);
  await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: '{"v":2}' }));
  await eventQueue.publish([aBell(1)]);
  const seen = [...(await eventQueue.receive(1)), ...(await eventQueue.receive(0))];
  expect(seen.map(({ bell }) => bell)).toEqual([aBell(1)]);
  client.destroy();
});
