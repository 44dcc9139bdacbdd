import { pino } from 'pino';
import { createSeal } from '../../lib/core/adapters/crypto/index.ts';
import { createApiGatewaySockets } from '../../lib/core/adapters/http/apigw-connections.ts';
import { createAdapters } from '../../lib/core/adapters/index.ts';
import { createEventTopic } from '../../lib/core/adapters/sns/topic.ts';
import { parseEventBell } from '../../lib/core/adapters/sqs/events.ts';
import { readRunnerConfig } from '../../lib/core/config.ts';
import type { EventBell } from '../../lib/core/ports/events.ts';
import { createLimitWatch } from '../../lib/core/usecases/watch-limits.ts';
import { createSocketPush } from '../live/gateway.ts';
import { createLambdaMetrics } from '../metrics.ts';
import { createWebhookSubscriber } from '../webhooks/subscriber.ts';
import { createSubscribers } from './subscribers.ts';
import { createTopicSubscriber } from './topic-subscriber.ts';
import { type EventsPorts, hearBells } from './worker.ts';

/** The part of an SQS event that is looked at. */
export interface SqsEvent {
  Records: { messageId: string; body: string }[];
}

/** With `ReportBatchItemFailures` on the event source: only what is named here is delivered again. */
export interface SqsBatchResponse {
  batchItemFailures: { itemIdentifier: string }[];
}

/**
 * Hears the bells of an SQS event source. Bells that nobody can read and bells of streams that failed are reported as
 * failures, so they come again, and end as dead letters. The ports are built at the first event.
 */
export function createEventsHandler(build: () => EventsPorts): (event: SqsEvent) => Promise<SqsBatchResponse> {
  let ports: EventsPorts | undefined;
  const metrics = createLambdaMetrics(process.env);
  return async ({ Records }) => {
    ports ??= build();
    const bells: { bell: EventBell; messageId: string }[] = [];
    const unreadable: string[] = [];
    for (const { messageId, body } of Records) {
      const bell = parseEventBell(body);
      if (bell) bells.push({ bell, messageId });
      else unreadable.push(messageId);
    }
    if (unreadable.length > 0) ports.log.error({ messageIds: unreadable }, 'bells of events that are none');
    const failed = (await hearBells(ports, bells)).map(({ messageId }) => messageId);
    metrics.batch(Records.length, unreadable.length + failed.length);
    return { batchItemFailures: [...unreadable, ...failed].map((itemIdentifier) => ({ itemIdentifier })) };
  };
}

export const handler = createEventsHandler(() => {
  const config = readRunnerConfig(process.env);
  const log = pino({ level: config.logLevel, base: null });
  const adapters = createAdapters(config);
  const eventTopic = createEventTopic(config);
  const topic = eventTopic ? [createTopicSubscriber(eventTopic)] : [];
  const { liveEndpoint, region } = config;
  const live =
    liveEndpoint === undefined
      ? []
      : [
          createSocketPush({
            ...{ ...adapters, log, clock: Date.now },
            sockets: createApiGatewaySockets({ endpoint: liveEndpoint, region }),
          }),
        ];
  const watchLimits = createLimitWatch({ ...adapters, log, clock: Date.now });
  const webhooks = createWebhookSubscriber({ ...adapters, log, clock: Date.now });
  const { sealSecrets, publicUrl = '' } = config;
  const links =
    sealSecrets.length > 0 ? { seal: createSeal(config), policy: { publicUrl }, clock: Date.now } : undefined;
  return { ...adapters, log, watchLimits, subscribers: createSubscribers(links, [webhooks, ...topic, ...live]) };
});
