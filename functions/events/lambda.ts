import { pino } from 'pino';
import { createSeal } from '../../lib/core/adapters/crypto/index.ts';
import { createApiGatewaySockets } from '../../lib/core/adapters/http/apigw-connections.ts';
import { createAdapters } from '../../lib/core/adapters/index.ts';
import { withSecrets } from '../../lib/core/adapters/secrets/secrets-manager.ts';
import { createEventTopic } from '../../lib/core/adapters/sns/topic.ts';
import { parseEventBell, parseGreeting } from '../../lib/core/adapters/sqs/events.ts';
import { readRunnerConfig } from '../../lib/core/config.ts';
import type { EventBell } from '../../lib/core/ports/events.ts';
import type { LiveGreeting } from '../../lib/core/ports/live.ts';
import { createLimitWatch } from '../../lib/core/usecases/watch-limits.ts';
import { kept } from '../kept.ts';
import { createSocketPush } from '../live/gateway.ts';
import { greetSession } from '../live/session-gateway.ts';
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
export function createEventsHandler(
  build: () => EventsPorts | Promise<EventsPorts>,
): (event: SqsEvent) => Promise<SqsBatchResponse> {
  const built = kept(build);
  const count = createLambdaMetrics(process.env);
  return async ({ Records }) => {
    const ports = await built();
    const bells: { bell: EventBell; messageId: string }[] = [];
    const greetings: LiveGreeting[] = [];
    const unreadable: string[] = [];
    for (const { messageId, body } of Records) {
      const bell = parseEventBell(body);
      const greeting = bell ? undefined : parseGreeting(body);
      if (bell) bells.push({ bell, messageId });
      else if (greeting) greetings.push(greeting);
      else unreadable.push(messageId);
    }
    if (unreadable.length > 0) ports.log.error({ messageIds: unreadable }, 'bells of events that are none');
    const { greet } = ports;
    const [left] = await Promise.all([hearBells(ports, bells), ...greetings.map((greeting) => greet?.(greeting))]);
    const failed = left.map(({ messageId }) => messageId);
    count({ MessagesFailed: unreadable.length + failed.length });
    return { batchItemFailures: [...unreadable, ...failed].map((itemIdentifier) => ({ itemIdentifier })) };
  };
}

export const handler = createEventsHandler(async () => {
  const config = readRunnerConfig(await withSecrets(process.env));
  const log = pino({ level: config.logLevel, base: null });
  const ports = { ...createAdapters(config), log, clock: Date.now };
  const { liveEndpoint, region, sealSecrets, publicUrl = '' } = config;
  const held =
    liveEndpoint === undefined
      ? undefined
      : { ...ports, sockets: createApiGatewaySockets({ endpoint: liveEndpoint, region }) };
  const topic = createEventTopic(config);
  const subscribers = [
    createWebhookSubscriber(ports),
    ...(topic ? [createTopicSubscriber(topic)] : []),
    ...(held ? [createSocketPush(held)] : []),
  ];
  const links =
    sealSecrets.length > 0 ? { seal: createSeal(config), policy: { publicUrl }, clock: Date.now } : undefined;
  return {
    ...ports,
    watchLimits: createLimitWatch(ports),
    subscribers: createSubscribers(links, subscribers),
    greet: held && ((greeting) => greetSession(held, greeting)),
  };
});
