// Sends a WhatsApp message through SQS, and hears of it through SQS: no HTTP at all. See README.md.
import { CreateTopicCommand, SNSClient, SubscribeCommand, UnsubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';

const { API_KEY, SQS_ENDPOINT, CONTACT = '15550109001', QUEUE_PREFIX = 'switchboard', INSTANCE_NAME } = process.env;
if (!API_KEY) throw new Error('API_KEY must be set: a key with the permission message:send');

// On AWS leave SQS_ENDPOINT away: the SDK finds region and credentials by itself.
const place = SQS_ENDPOINT
  ? {
      region: 'us-east-1',
      endpoint: SQS_ENDPOINT,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    }
  : {};
const sqs = new SQSClient(place);
const sns = new SNSClient(place);

const run = Date.now();
// What the gateway answers to must be named like this, or be on the operator's list (INTAKE_REPLY_QUEUES).
const replies = await newQueue(`${QUEUE_PREFIX}-reply-example-${run}`);
const events = await newQueue(`example-events-${run}`);

// Events of messages only. Filters may name `subscription`, `instance` and `type`. Needs EVENT_TOPIC on the gateway;
// CreateTopic answers with the ARN of the one that is there.
const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: `${QUEUE_PREFIX}-events` }));
await sqs.send(new SetQueueAttributesCommand({ QueueUrl: events.url, Attributes: { Policy: letIn(TopicArn) } }));
const { SubscriptionArn } = await sns.send(
  new SubscribeCommand({
    TopicArn,
    Protocol: 'sqs',
    Endpoint: events.arn,
    Attributes: { RawMessageDelivery: 'true', FilterPolicy: JSON.stringify({ type: [{ prefix: 'message.' }] }) },
    ReturnSubscriptionArn: true,
  }),
);

try {
  const { QueueUrl: intake } = await sqs.send(new GetQueueUrlCommand({ QueueName: `${QUEUE_PREFIX}-intake` }));
  await sqs.send(
    new SendMessageCommand({
      QueueUrl: intake,
      MessageBody: JSON.stringify({
        apiKey: API_KEY,
        operation: 'message.sendText',
        input: { to: CONTACT, text: 'Hello from a queue' },
        // Yours, and the same when you try again: it is sent once, however often this message comes.
        idempotencyKey: `example-${run}`,
        replyTo: `${QUEUE_PREFIX}-reply-example-${run}`,
        ...(INSTANCE_NAME && { instanceName: INSTANCE_NAME }), // for a key of the account
      }),
    }),
  );

  const outcome = await take(replies.url, (reply) => {
    console.log(`reply:    ${reply.state}${reply.error ? ` (${reply.error.code}: ${reply.error.message})` : ''}`);
    return reply.state !== 'accepted';
  });
  if (!outcome.ok) process.exitCode = 1;
  else if (outcome.state === 'finished') {
    // Events may come twice (`id` is the same then), and those of several chats in any order.
    const left = new Set(['message.read', 'message.received']);
    await take(events.url, ({ type, data }) => {
      const isOurs = type === 'message.received' ? data.text?.endsWith('Hello from a queue') : isOfMessage(data);
      if (isOurs) console.log(`event:    ${type}${data.text ? `: ${data.text}` : ''}`);
      if (isOurs) left.delete(type);
      return left.size === 0;
    });

    function isOfMessage(data) {
      return data.messageId === outcome.messageId;
    }
  }
} finally {
  await sns.send(new UnsubscribeCommand({ SubscriptionArn }));
  for (const { url } of [replies, events]) await sqs.send(new DeleteQueueCommand({ QueueUrl: url }));
}

/** Takes messages off a queue until one is what was waited for, for half a minute. */
async function take(QueueUrl, isIt) {
  for (const endMs = Date.now() + 30_000; Date.now() < endMs; ) {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }));
    for (const { Body, ReceiptHandle } of Messages) {
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      const message = JSON.parse(Body);
      if (isIt(message)) return message;
    }
  }
  throw new Error('it took too long');
}

async function newQueue(QueueName) {
  const { QueueUrl: url } = await sqs.send(new CreateQueueCommand({ QueueName }));
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }));
  return { url, arn: Attributes.QueueArn };
}

/** SNS may write to the queue, for this topic only. */
function letIn(topicArn) {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'sns.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: events.arn,
        Condition: { ArnEquals: { 'aws:SourceArn': topicArn } },
      },
    ],
  });
}
