import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { expect, it } from 'vitest';
import { bellQueueName, createSqsClient, ensureQueues } from '../../lib/core/adapters/sqs/bells.ts';
import type { Bell } from '../../lib/core/ports/commands.ts';
import { useEmbedded } from '../support/embedded.ts';

/** A shard for each test: a queue is shared by all who read it. */
const embedded = useEmbedded(6);

const aBell = (n: number): Bell => ({ v: 1, instanceId: `inst_${n}`, commandId: `cmd_${n}` });

it('brings a bell to who waits for it, and not again once it is acknowledged', async () => {
  const { bells } = embedded.adapters();
  const waiting = bells.receive(0, 20);
  await bells.ring(0, aBell(1));
  const received = await waiting;
  expect(received).toEqual([{ bell: aBell(1), receipt: expect.any(String) }]);
  await bells.acknowledge(
    0,
    received.map(({ receipt }) => receipt),
  );
  await bells.ring(0, aBell(2));
  expect((await bells.receive(0, 20)).map(({ bell }) => bell)).toEqual([aBell(2)]);
  expect(await bells.receive(0, 0)).toEqual([]);
});

it('takes up to ten at once, and acknowledges more', async () => {
  const { bells } = embedded.adapters();
  await Promise.all(Array.from({ length: 13 }, (_, i) => bells.ring(1, aBell(i))));
  const first = await bells.receive(1, 1);
  const second = await bells.receive(1, 1);
  expect([first.length, second.length]).toEqual([10, 3]);
  expect(new Set([...first, ...second].map(({ bell }) => bell.commandId)).size).toBe(13);
  await bells.acknowledge(
    1,
    [...first, ...second].map(({ receipt }) => receipt),
  );
  await bells.acknowledge(1, []);
});

it('keeps shards apart', async () => {
  const { bells } = embedded.adapters();
  await bells.ring(2, aBell(1));
  expect(await bells.receive(3, 0)).toEqual([]);
  expect(await bells.receive(2, 0)).toHaveLength(1);
});

it('gives nothing to who has stopped waiting', async () => {
  const { bells } = embedded.adapters();
  const client = createSqsClient(embedded.config);
  const { QueueUrl } = await client.send(
    new GetQueueUrlCommand({ QueueName: bellQueueName(embedded.config.queuePrefix, 5) }),
  );
  const abort = new AbortController();
  const poll = new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 });
  const waiting = client.send(poll, { abortSignal: abort.signal }).catch((error: Error) => error.name);
  const roundTrip = () => client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
  await roundTrip();
  abort.abort();
  expect(await waiting).toBe('AbortError');
  await roundTrip();
  await bells.ring(5, aBell(1));
  expect((await bells.receive(5, 5)).map(({ bell }) => bell)).toEqual([aBell(1)]);
});

it('drops what is no bell, and delivers what came with it', async () => {
  const { bells } = embedded.adapters();
  const client = createSqsClient(embedded.config);
  const { QueueUrl } = await client.send(
    new GetQueueUrlCommand({ QueueName: bellQueueName(embedded.config.queuePrefix, 4) }),
  );
  const bodies = [
    'not json',
    '{}',
    '{"v":2,"instanceId":"a","commandId":"b"}',
    '[]',
    '{"v":1,"instanceId":"","commandId":"b"}',
  ];
  for (const MessageBody of bodies) await client.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  await bells.ring(4, aBell(1));
  expect((await bells.receive(4, 1)).map(({ bell }) => bell)).toEqual([aBell(1)]);
  const { ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible } = await countsOf(client, QueueUrl);
  expect([ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible]).toEqual(['0', '1']);
  client.destroy();
});

it('ends a long poll when told to, and starts none afterwards', async () => {
  const { bells } = embedded.adapters();
  const abort = new AbortController();
  const waiting = bells.receive(5, 20, abort.signal);
  abort.abort();
  expect(await waiting).toEqual([]);
  expect(await bells.receive(5, 20, abort.signal)).toEqual([]);
});

it('tells when there is no such queue, and finds it once there is one', async () => {
  const { bells } = embedded.adapters();
  await expect(bells.ring(6, aBell(1))).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
  const client = createSqsClient(embedded.config);
  await ensureQueues(client, { ...embedded.config, shardCount: 7 });
  client.destroy();
  await bells.ring(6, aBell(1));
  expect(await bells.receive(6, 1)).toHaveLength(1);
});

async function countsOf(client: ReturnType<typeof createSqsClient>, QueueUrl: string | undefined) {
  const { Attributes = {} } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
  return Attributes;
}
