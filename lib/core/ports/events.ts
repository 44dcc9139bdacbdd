import type { AccountEvent, DomainEvent, InstanceEvent } from '../catalogue/events.ts';
import type { Instance } from '../model/instance.ts';
import type { Counts } from '../model/stats.ts';
import type { LiveGreeting } from './live.ts';

/**
 * An event as recorded. Events of one stream (`streamOf`) are numbered from 1 without gaps, in the order in which they
 * became true. `id` is derived from what happened: the same happening told twice has two numbers and one id.
 */
export type RecordedEvent = DomainEvent & {
  /** `evt_…`; what receivers deduplicate by. */
  id: string;
  seq: number;
  tenantId: string;
};
export type RecordedInstanceEvent = RecordedEvent & InstanceEvent;
export type RecordedAccountEvent = RecordedEvent & AccountEvent;

/** Whose numbers an event carries: the instance's, or the account's for an event without one. */
export function streamOf(event: Pick<RecordedEvent, 'instanceId' | 'tenantId'>): string {
  return event.instanceId ?? event.tenantId;
}

/** Says that a stream has events up to `seq`; the rows are the truth. May be lost or doubled. */
export interface EventBell {
  v: 1;
  tenantId: string;
  /** Instance id, or the tenant id for account events. */
  instanceId: string;
  seq: number;
}

export interface ReceivedEventBell {
  bell: EventBell;
  receipt: string;
}

/** One queue for all streams. A bell that is received too often without being acknowledged goes to the dead letters. */
export interface EventQueue {
  /** Batches of 10. @throws when any was not taken */
  publish(bells: readonly EventBell[]): Promise<void>;
  /** Long-polls up to `waitSeconds`; [] when nothing came or `signal` was aborted. Malformed bells are left to the
   *  dead letters. */
  receive(waitSeconds: number, signal?: AbortSignal): Promise<ReceivedEventBell[]>;
  acknowledge(receipts: readonly string[]): Promise<void>;
  /** For whoever tells events on AWS: `receive` leaves greetings to the dead letters. */
  greet(greeting: LiveGreeting): Promise<void>;
}

/** A recorded event that was not settled yet. */
export interface OutboxEntry extends EventBell {
  recordedAtMs: number;
}

export interface UnsettledEvent {
  event: RecordedEvent;
  /** Its id was settled before. */
  repeat: boolean;
  /** It might be told twice. */
  once: boolean;
  /** Where its outbox entry is, if it has one of its own. */
  shard: number;
  isAnnounced: boolean;
}

/** What settling some events of a stream adds up to. */
export interface Settlement {
  tenantId: string;
  streamId: string;
  /** The cursor as read: the settlement is conditional on it. */
  cursor: number;
  /** In order, starting at `cursor + 1`. */
  events: readonly UnsettledEvent[];
  /** Added to the counters of the instance and of the tenant, per hour start in ms since epoch. */
  counts: readonly { hourMs: number; counts: Partial<Counts> }[];
  /** Replaces the instance's record of connected times, when given. */
  connections?: readonly number[];
}

/** Recorded events, newest 30 days. They are recorded by `SessionStore.commit`, in the transaction of what they tell. */
export interface EventStore {
  /** Events after `afterSeq`, oldest first, without repeats; consistent. `lastSeq` is the last number looked at. */
  list(streamId: string, afterSeq: number, limit: number): Promise<{ events: RecordedEvent[]; lastSeq: number }>;
  /** The newest, newest first, without repeats. */
  latest(streamId: string, limit: number): Promise<RecordedEvent[]>;
  /** Records an event of the account, once per `once`. Returns its bell, or undefined when it had been told. */
  recordAccountEvent(tenantId: string, event: AccountEvent, once: string): Promise<EventBell | undefined>;

  /** What is not settled: the cursor and up to `limit` events after it, each with whether its id was settled before. */
  unsettled(streamId: string, limit: number): Promise<{ cursor: number; events: UnsettledEvent[] }>;
  /**
   * Moves the cursor over the events, adds their counts, and deletes their outbox entries: one transaction.
   * Conditional on the cursor and on no id being settled twice. Returns false when somebody was faster: read again.
   */
  settle(settlement: Settlement): Promise<boolean>;
  /** The outbox of a shard, oldest number first within a stream; at most `limit`. What came or went a moment ago may be told as before. */
  listOutbox(shard: number, limit: number): Promise<OutboxEntry[]>;
  /** Takes entries out whose events are settled or gone with their instance. */
  clearOutbox(shard: number, entries: readonly EventBell[]): Promise<void>;
}

/** What a subscriber is told along with an event. One object for all events of a batch. */
export interface EventContext {
  /** As it is now; undefined for account events. */
  instance: Instance | undefined;
}

/**
 * Somebody who is told every event, in order within a stream, at least once: idempotent by `event.id`. A subscriber that
 * throws has the event, and all after it in the stream, told again later; one that may miss events catches its own errors.
 */
export interface EventSubscriber {
  /** For logs. */
  name: string;
  tell(event: RecordedEvent, context: EventContext): Promise<void>;
}

/** Everybody who is told, in this order. */
export type EventSubscribers = readonly EventSubscriber[];
