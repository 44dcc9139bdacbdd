import type { SNSClient } from '@aws-sdk/client-sns';
import type { Config } from '../../config.ts';
import type { EventTopic } from '../../ports/topic.ts';

/** SNS takes 256 KiB with the attributes. */
const MAX_BYTES = 250_000;

export function eventTopicName(queuePrefix: string): string {
  return `${queuePrefix}-events`;
}

/** Of an event that SNS cannot carry, `data` is left away: `truncated`. */
export function topicMessage(body: { data: object }): string {
  const whole = JSON.stringify(body);
  if (Buffer.byteLength(whole) <= MAX_BYTES) return whole;
  const { data } = body;
  const messageId = 'messageId' in data ? { messageId: data.messageId } : {};
  return JSON.stringify({ ...body, data: messageId, truncated: true });
}

/** undefined when the gateway has none. The SDK is loaded with the first event. */
export function createEventTopic(
  config: Pick<Config, 'eventTopic' | 'queuePrefix' | 'region' | 'sqsEndpoint'>,
): (EventTopic & { close(): void }) | undefined {
  if (config.eventTopic === 'off') return undefined;
  let opened: Promise<{ sdk: typeof import('./sdk.ts'); client: SNSClient }> | undefined;
  let arn: Promise<string> | undefined;

  const open = () => {
    opened ??= import('./sdk.ts').then((sdk) => ({ sdk, client: newClient(sdk, config) }));
    return opened;
  };

  async function make(): Promise<string> {
    const { sdk, client } = await open();
    const { TopicArn } = await client.send(new sdk.CreateTopicCommand({ Name: eventTopicName(config.queuePrefix) }));
    return TopicArn as string;
  }

  const topic: EventTopic = {
    arn() {
      if (config.eventTopic !== 'on') return Promise.resolve(config.eventTopic);
      arn ??= make().catch((error) => {
        arn = undefined;
        throw error;
      });
      return arn;
    },

    async publish(event, body) {
      const { sdk, client } = await open();
      const text = (StringValue: string) => ({ DataType: 'String', StringValue });
      await client.send(
        new sdk.PublishCommand({
          TopicArn: await topic.arn(),
          Message: topicMessage(body),
          MessageAttributes: {
            id: text(event.id),
            type: text(event.type),
            subscription: text(event.tenantId),
            ...(event.instanceId === null ? {} : { instance: text(event.instanceId) }),
          },
        }),
      );
    },
  };
  return { ...topic, close: () => void opened?.then(({ client }) => client.destroy()) };
}

/** What stands in for AWS on one machine serves SQS and SNS from one address. */
function newClient(
  sdk: typeof import('./sdk.ts'),
  { region, sqsEndpoint }: Pick<Config, 'region' | 'sqsEndpoint'>,
): SNSClient {
  return new sdk.SNSClient({
    region,
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
    ...(sqsEndpoint ? { endpoint: sqsEndpoint, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } } : {}),
  });
}
