import type { RunnerConfig } from '../config.ts';
import type { Clock, ExpiredRows, IntakeQueue, LeftoverStore, Ports, RunnerStore } from '../ports/index.ts';
import type { SessionStore } from '../ports/session-store.ts';
import { createAccountStore } from './dynamodb/accounts.ts';
import { createApiKeyStore } from './dynamodb/api-keys.ts';
import { createAuditStore } from './dynamodb/audit.ts';
import { createBulkStore } from './dynamodb/bulks.ts';
import { createChatStore } from './dynamodb/chats.ts';
import { createDynamo } from './dynamodb/client.ts';
import { createCommandStore } from './dynamodb/commands.ts';
import { createEventStore } from './dynamodb/events.ts';
import { createExpiredRows } from './dynamodb/expired-rows.ts';
import { createFleetHold } from './dynamodb/fleet-hold.ts';
import { createIdempotencyStore } from './dynamodb/idempotency.ts';
import { createInstanceStore } from './dynamodb/instances.ts';
import { createLeftoverStore } from './dynamodb/leftovers.ts';
import { createLiveStore } from './dynamodb/live.ts';
import { createMessageStore } from './dynamodb/messages.ts';
import { createPeopleStore } from './dynamodb/people.ts';
import { createRateLimitStore } from './dynamodb/rate-limits.ts';
import { createRefreshTokenStore } from './dynamodb/refresh-tokens.ts';
import { createRunnerStore } from './dynamodb/runners.ts';
import { createScheduleStore } from './dynamodb/schedule.ts';
import { createSessionStore } from './dynamodb/sessions.ts';
import { createShardStore } from './dynamodb/shards.ts';
import { createStatsStore } from './dynamodb/stats.ts';
import { createTemplateStore } from './dynamodb/templates.ts';
import { createThrottleStore } from './dynamodb/throttle.ts';
import { createDeliveryStore } from './dynamodb/webhook-deliveries.ts';
import { createWebhookStore } from './dynamodb/webhooks.ts';
import { createBellQueue, createSqsClient } from './sqs/bells.ts';
import { createDeadLetterStore } from './sqs/dead-letters.ts';
import { createDeliveryQueue } from './sqs/deliveries.ts';
import { createEventQueue } from './sqs/events.ts';
import { createIntakeQueue } from './sqs/intake.ts';

/** What is stored and queued: the part of the ports that DynamoDB and SQS carry, and the runner's two stores. */
export interface Adapters
  extends Pick<
    Ports,
    | 'accounts'
    | 'audit'
    | 'throttle'
    | 'refreshTokens'
    | 'apiKeys'
    | 'rateLimits'
    | 'instances'
    | 'commands'
    | 'schedule'
    | 'bulks'
    | 'templates'
    | 'bells'
    | 'messages'
    | 'chats'
    | 'people'
    | 'events'
    | 'live'
    | 'eventQueue'
    | 'webhooks'
    | 'deliveries'
    | 'deliveryQueue'
    | 'deadLetters'
    | 'stats'
    | 'idempotency'
    | 'shards'
    | 'hold'
  > {
  runners: RunnerStore;
  leftovers: LeftoverStore;
  /** For a database that leaves rows past their ttl. */
  expired: ExpiredRows;
  sessions: SessionStore;
  intake: IntakeQueue;
  /** Closes the connections. */
  close(): void;
}

/** The stores of a process over DynamoDB and SQS, heartbeats over a client of their own. Nothing is connected until it is used. */
export function createAdapters(config: RunnerConfig, { clock = Date.now }: { clock?: Clock } = {}): Adapters {
  const { mainTable, keysTable } = config;
  const dynamo = createDynamo(config);
  const sqs = createSqsClient(config);
  const vital = createDynamo(config, { isVital: true });
  const place = { dynamo, clock, table: mainTable };
  const vitalPlace = { ...place, dynamo: vital };
  return {
    accounts: createAccountStore(place),
    audit: createAuditStore(place),
    throttle: createThrottleStore(place),
    refreshTokens: createRefreshTokenStore(place),
    apiKeys: createApiKeyStore(place),
    rateLimits: createRateLimitStore(place),
    instances: createInstanceStore(place),
    commands: createCommandStore(place),
    schedule: createScheduleStore(place),
    bulks: createBulkStore(place),
    templates: createTemplateStore(place),
    bells: createBellQueue(sqs, config),
    messages: createMessageStore(place),
    chats: createChatStore(place),
    people: createPeopleStore(place),
    events: createEventStore(place),
    live: createLiveStore(place),
    eventQueue: createEventQueue(sqs, config),
    webhooks: createWebhookStore(place),
    deliveries: createDeliveryStore(place),
    deliveryQueue: createDeliveryQueue(sqs, config),
    deadLetters: createDeadLetterStore(sqs, config),
    intake: createIntakeQueue(sqs, config),
    stats: createStatsStore(place),
    idempotency: createIdempotencyStore(place),
    shards: createShardStore(vitalPlace),
    runners: createRunnerStore(vitalPlace),
    hold: createFleetHold(place),
    leftovers: createLeftoverStore(place),
    expired: createExpiredRows(dynamo, [mainTable, keysTable], clock),
    sessions: createSessionStore({ dynamo, clock, mainTable, keysTable }),
    close() {
      dynamo.destroy();
      vital.destroy();
      sqs.destroy();
    },
  };
}
