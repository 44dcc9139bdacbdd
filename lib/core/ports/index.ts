import type { OutboundPolicy } from '../model/outbound.ts';
import type { AccountStore, ApiKeyStore, RefreshTokenStore } from './accounts.ts';
import type { AuditStore } from './audit.ts';
import type { BulkStore, TemplateStore } from './bulks.ts';
import type { ChatStore } from './chats.ts';
import type { BellQueue, CommandEnds, CommandStore } from './commands.ts';
import type { AccessTokens, AnswerSeal, PasswordHasher } from './credentials.ts';
import type { DeadLetterStore } from './dead-letters.ts';
import type { EventQueue, EventStore } from './events.ts';
import type { FleetControl, FleetHold } from './fleet.ts';
import type { IdempotencyStore } from './idempotency.ts';
import type { InstanceStore } from './instances.ts';
import type { LiveStore } from './live.ts';
import type { Logger } from './logger.ts';
import type { MediaStore } from './media.ts';
import type { MessageStore } from './messages.ts';
import type { PeopleStore } from './people.ts';
import type { RateLimitStore } from './rate-limits.ts';
import type { ScheduleStore } from './schedule.ts';
import type { ShardStore } from './shards.ts';
import type { ApiCallMeter, StatsStore } from './stats.ts';
import type { TestNetwork } from './test-network.ts';
import type { ThrottleStore } from './throttle.ts';
import type { DeliveryQueue, DeliveryStore, WebhookStore } from './webhooks.ts';

export type * from './accounts.ts';
export type * from './audit.ts';
export type * from './bulks.ts';
export type * from './chats.ts';
export type * from './commands.ts';
export type * from './credentials.ts';
export type * from './dead-letters.ts';
export type * from './events.ts';
export type * from './fleet.ts';
export type * from './idempotency.ts';
export type * from './instances.ts';
export type * from './intake.ts';
export type * from './live.ts';
export type * from './logger.ts';
export type * from './media.ts';
export type * from './messages.ts';
export type * from './outbound.ts';
export type * from './people.ts';
export type * from './rate-limits.ts';
export type * from './schedule.ts';
export type * from './shards.ts';
export type * from './stats.ts';
export type * from './test-network.ts';
export type * from './throttle.ts';
export type * from './webhooks.ts';

/** Milliseconds since the epoch; a test passes its own. */
export type Clock = () => number;

/** The part of the configuration that decides what use-cases do. */
export interface Policy {
  /** Who may register: everybody, nobody, or whoever comes first. */
  registration: 'open' | 'first' | 'closed';
  /** Shards that new instances are spread over. */
  shardCount: number;
  /** What may be called on behalf of callers. */
  outbound: OutboundPolicy;
  /** How callers reach the API, without a slash at its end; '' makes links relative. */
  publicUrl: string;
  /** How long audit entries are kept. */
  auditRetentionDays: number;
  /** Administrators may restart and stop the runners, which carry the sessions of every subscription. */
  fleetControl: boolean;
}

/** What the use-cases stand on. Each takes the part it needs (`Pick<Ports, …>`), so its signature says what it touches. */
export interface Ports {
  accounts: AccountStore;
  audit: AuditStore;
  throttle: ThrottleStore;
  refreshTokens: RefreshTokenStore;
  apiKeys: ApiKeyStore;
  rateLimits: RateLimitStore;
  instances: InstanceStore;
  shards: ShardStore;
  hold: FleetHold;
  /** Absent where nobody can start or end runners. */
  scaler: FleetControl | undefined;
  commands: CommandStore;
  /** What is to be sent later. */
  schedule: ScheduleStore;
  bulks: BulkStore;
  templates: TemplateStore;
  bells: BellQueue;
  /** Absent where runners are other processes: the rows are looked at then. */
  ends?: CommandEnds | undefined;
  messages: MessageStore;
  chats: ChatStore;
  people: PeopleStore;
  /** Absent when the gateway has no place for files of requests. */
  media: MediaStore | undefined;
  events: EventStore;
  live: LiveStore;
  eventQueue: EventQueue;
  webhooks: WebhookStore;
  deliveries: DeliveryStore;
  deliveryQueue: DeliveryQueue;
  deadLetters: DeadLetterStore;
  stats: StatsStore;
  apiCalls: ApiCallMeter;
  idempotency: IdempotencyStore;
  /** Absent when the gateway has no sandbox. */
  testNetwork: TestNetwork | undefined;
  passwords: PasswordHasher;
  accessTokens: AccessTokens;
  seal: AnswerSeal;
  log: Logger;
  policy: Policy;
  clock: Clock;
}
