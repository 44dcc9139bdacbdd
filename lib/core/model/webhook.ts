import { createHash } from 'node:crypto';
import type { Environment } from './instance.ts';

/** The shape of what an endpoint is sent, by the face of the API through which it was made. */
export type WebhookFormat = 'a1' | 'native' | 'gateway' | 'sessions' | 'public';

/** Formats of which an instance has one endpoint at most. */
export const SINGLE_FORMATS: readonly WebhookFormat[] = ['a1', 'gateway', 'sessions'];

/** Whose messages: of chats with one person, or of groups. */
export type ChatType = 'user' | 'group';

/** Why an endpoint was switched off by the gateway: it answered 410, or failed for days. */
export type DisabledReason = 'gone' | 'failing';

/** Where events are sent. Times are ISO 8601 in UTC. */
export interface Webhook {
  id: string;
  tenantId: string;
  /** null: everything of the subscription. */
  instanceId: string | null;
  /** Only of instances of it; null: of any. */
  environment: Environment | null;
  format: WebhookFormat;
  url: string;
  description: string | null;
  /** Names of events in the words of the format; `*`: all. */
  events: string[];
  /** null: any. */
  chatTypes: ChatType[] | null;
  /** Sent along with every call. */
  headers: Record<string, string>;
  isActive: boolean;
  /** Set while the gateway itself has switched it off. */
  disabledReason: DisabledReason | null;
  /** Sealed under `secretContext`. */
  secret: string;
  /** The secret before the last rotation; it signs too until that moment. */
  previous: { secret: string; until: string } | null;
  /** Raised by every change. */
  version: number;
  createdAt: string;
  createdById: string;
  /** When it was last made active: failures before do not count. */
  activatedAtMs: number;
  /** What had ended by then is no longer shown in the log. */
  logClearedAtMs: number;
}

export type WebhookChanges = Partial<
  Pick<
    Webhook,
    | 'url'
    | 'description'
    | 'events'
    | 'chatTypes'
    | 'headers'
    | 'isActive'
    | 'disabledReason'
    | 'secret'
    | 'previous'
    | 'activatedAtMs'
    | 'logClearedAtMs'
  >
>;

export const DELIVERY_STATES = ['pending', 'delivered', 'failed'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** One call of an endpoint. */
export interface Attempt {
  atMs: number;
  /** null: there was no answer. */
  status: number | null;
  durationMs: number;
  /** Why it counts as failed; null when it does not. */
  error: string | null;
  /** The first bytes of the answer. */
  answer: string | null;
}

/** One event for one endpoint, with what became of it. */
export interface Delivery {
  id: string;
  tenantId: string;
  webhookId: string;
  /** The same at every attempt and replay: what receivers deduplicate by. */
  eventId: string;
  eventType: string;
  /** Where the event is recorded. */
  streamId: string;
  seq: number;
  instanceId: string | null;
  /** Name of the instance when it happened. */
  instanceName: string | null;
  /** Digits of its number at that moment. */
  instancePhone: string | null;
  /** When it happened, and when its delivery was decided; ms since epoch. */
  timestampMs: number;
  createdAtMs: number;
  state: DeliveryState;
  /** All so far, replays included. */
  tries: number;
  nextAttemptAtMs: number | null;
  endedAtMs: number | null;
  /** Why it failed in the end, or last. */
  error: string | null;
  /** The last `KEPT_ATTEMPTS`, oldest first. */
  attempts: Attempt[];
}

/** Attempts of a delivery that are kept. */
export const KEPT_ATTEMPTS = 20;
/** Bytes of an answer that are kept. */
export const KEPT_ANSWER_BYTES = 2_048;
/** How long the log reaches back; as long as the events themselves. */
export const DELIVERY_TTL_MS = 30 * 86_400_000;
/** Endpoints of a subscription. */
export const MAX_WEBHOOKS = 100;

/** Deliveries of an endpoint lie in one of these; a sweeper looks at all. */
export const DELIVERY_SHARDS = 4;

export function deliveryShard(webhookId: string): number {
  return (createHash('sha256').update(webhookId).digest()[0] as number) % DELIVERY_SHARDS;
}

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/**
 * The id of the delivery of an event to an endpoint: the same whoever works it out, and sorted by the event's time.
 */
export function deliveryId(webhookId: string, event: { id: string; timestampMs: number }): string {
  const hash = createHash('sha256').update(`${webhookId}|${event.id}`).digest();
  const tail = Array.from(hash.subarray(0, 16), (byte) => CROCKFORD[byte & 31]).join('');
  return `${deliveryIdFrom(event.timestampMs)}${tail}`;
}

/** What the ids of deliveries of that moment begin with, so that a range of time is a range of ids. */
export function deliveryIdFrom(timestampMs: number): string {
  let rest = Math.min(Math.max(Math.trunc(timestampMs), 0), 2 ** 50 - 1);
  let time = '';
  for (let i = 0; i < 10; i += 1) {
    time = CROCKFORD[rest % 32] + time;
    rest = Math.floor(rest / 32);
  }
  return `dlv_${time}`;
}

/** What a secret is sealed with: it opens for this endpoint only. */
export function secretContext({ tenantId, id }: Pick<Webhook, 'tenantId' | 'id'>): string {
  return `webhook|${tenantId}|${id}`;
}
