import type { AuditEntry } from '../model/audit.ts';
import type { Attempt, Delivery, DeliveryState, DisabledReason, Webhook, WebhookChanges } from '../model/webhook.ts';
import type { RecordedEvent } from './events.ts';
import type { Page } from './messages.ts';

export interface WebhookStore {
  /** With the audit entry in one transaction. `taken`: the instance has an endpoint of document A already. */
  create(webhook: Webhook, audit: AuditEntry): Promise<'created' | 'taken'>;
  get(tenantId: string, webhookId: string): Promise<Webhook | undefined>;
  /** All of a tenant (at most `MAX_WEBHOOKS`), oldest first; consistent. */
  list(tenantId: string): Promise<Webhook[]>;
  /**
   * Conditional on nobody having changed it since `before`. Returns false when somebody has, or it is gone. With
   * `backlog` the worker tries again what waits because of earlier failures.
   */
  update(before: Webhook, changes: WebhookChanges, audit: AuditEntry, backlog?: DueKey): Promise<boolean>;
  /** Returns false when it was gone. What is still to be delivered is dropped by the worker. */
  remove(webhook: Webhook, audit: AuditEntry): Promise<boolean>;
  /** Those of an instance that is deleted. Returns them. */
  removeAll(tenantId: string, instanceId: string): Promise<Webhook[]>;
  /** Switches it off. Conditional on nobody having changed it since. Returns false when somebody has. */
  disable(webhook: Webhook, reason: DisabledReason): Promise<boolean>;
  /** Sets from when on the log is shown. */
  clearLog(webhook: Webhook, atMs: number): Promise<void>;
}

export interface DeliveryFilter {
  state?: DeliveryState | undefined;
  eventType?: string | undefined;
  /** Those that have failed in the end, and those whose last attempt has. */
  failed?: boolean | undefined;
  /** Of the event, both included, ms since epoch. */
  fromMs?: number | undefined;
  toMs?: number | undefined;
}

/** Work on an endpoint's log, or on what waits for it because of earlier failures. */
export type DueWork = { kind: 'replay'; filter: DeliveryFilter } | { kind: 'clear' } | { kind: 'backlog' };

/** What waits for an endpoint. */
export type DueEntry = DueKey & (DueAttempt | DueWork);

export interface DueAttempt {
  kind: 'event' | 'test';
  delivery: Pick<
    Delivery,
    | 'eventId'
    | 'eventType'
    | 'streamId'
    | 'seq'
    | 'instanceId'
    | 'instanceName'
    | 'instancePhone'
    | 'timestampMs'
    | 'tries'
  >;
  /** Attempts since it was sent or replayed. */
  attempt: number;
  /** Why it is not brought forward when the endpoint is mended: that asked for the pause, or it was before, in vain. */
  held?: 'asked' | 'tried' | undefined;
}

export interface DueKey {
  tenantId: string;
  webhookId: string;
  /** Of the delivery, or of the work. */
  id: string;
  dueAtMs: number;
}

/** How an endpoint does. Counts may miss the last seconds of a process that was killed. */
export interface EndpointHealth {
  delivered: number;
  failedAttempts: number;
  /** Deliveries that were given up. */
  exhausted: number;
  /** Sum over all answered attempts. */
  latencyTotalMs: number;
  answered: number;
  /** Since when there were only failures; null: the last attempt went well, or there was none. */
  failingSinceMs: number | null;
  failuresInRow: number;
  lastDeliveredAtMs: number | null;
  lastFailedAtMs: number | null;
}

/** What changed in an endpoint's health, and until when it is left alone; counts are added. */
export type HealthChange = Partial<EndpointHealth> & { restUntilMs?: number };

/** What follows an attempt. */
export type AfterAttempt =
  | ({ state: 'pending'; atMs: number } & Pick<DueAttempt, 'attempt' | 'held'>)
  | { state: 'delivered' }
  | { state: 'failed'; error: string };

/**
 * Deliveries, what is due, and who works on an endpoint. The rows are the truth: bells only say that it is worth
 * looking, and the sweeper finds what nobody was told of.
 *
 *   enqueue ──► due entry ──► lease of the endpoint ──► attempt ──► finish ─┬─► delivered · failed
 *                   ▲                                                       │
 *                   └──────────── later ◄───────────────────────────────────┘
 */
export interface DeliveryStore {
  /** Delivery and due entry in one transaction. Returns false when it was there: an event is delivered once. */
  enqueue(delivery: Delivery, kind: 'event' | 'test'): Promise<boolean>;
  get(webhookId: string, deliveryId: string): Promise<Delivery | undefined>;
  /** Newest first. A filter that finds little may end a page early: `nextCursor` goes on. */
  list(webhook: Webhook, filter: DeliveryFilter, limit: number, cursor?: string): Promise<Page<Delivery>>;
  /**
   * Due at once, from the first attempt on. Conditional on nothing having happened to it meanwhile. Returns false then,
   * and for one that is pending and due already.
   */
  replay(delivery: Delivery): Promise<boolean>;
  addWork(key: DueKey, work: DueWork): Promise<void>;
  endWork(entry: DueKey): Promise<void>;

  /** Makes `owner` the only one who works on the endpoint until then, or says that somebody else does, or that it rests. */
  lease(webhookId: string, owner: string, untilMs: number): Promise<EndpointHealth | undefined>;
  /** Adds to the health and ends the lease, or moves it. Returns false when the lease was lost. */
  checkIn(webhookId: string, owner: string, change: HealthChange, untilMs: number): Promise<boolean>;
  /** Ends the rest of an endpoint. */
  wake(webhookId: string): Promise<void>;
  health(webhookId: string): Promise<EndpointHealth>;
  /** What is due by then, longest due first; consistent. */
  due(webhookId: string, byMs: number, limit: number): Promise<DueEntry[]>;
  /** What is due later, soonest first, page by page; consistent. */
  waiting(webhookId: string, afterMs: number): AsyncIterable<DueEntry[]>;
  /**
   * Records an attempt (null: none was made) and what follows: another one, not at the same moment as this, or the end.
   * Conditional on the entry being there. Returns false when somebody else was faster.
   */
  finish(entry: DueKey & DueAttempt, attempt: Attempt | null, next: AfterAttempt): Promise<boolean>;
  /** Endpoints with something that was due before then, and so was perhaps not heard of. */
  overdue(shard: number, beforeMs: number): AsyncIterable<Pick<DueKey, 'tenantId' | 'webhookId'>>;
  /** Deletes what the log holds and nobody waits for. */
  deleteEnded(webhookId: string, beforeMs: number): Promise<void>;
  /** Deletes everything of an endpoint that is gone. */
  purge(webhookId: string): Promise<void>;
}

/** Says that something is due at an endpoint. May be lost or doubled. */
export interface DeliveryBell {
  v: 1;
  tenantId: string;
  webhookId: string;
}

export interface ReceivedDeliveryBell {
  bell: DeliveryBell;
  receipt: string;
}

export interface DeliveryQueue {
  /** @param delaySeconds at most 900 @throws when it was not taken */
  ring(bell: DeliveryBell, delaySeconds?: number): Promise<void>;
  /** As `EventQueue.receive`. */
  receive(waitSeconds: number, signal?: AbortSignal): Promise<ReceivedDeliveryBell[]>;
  acknowledge(receipts: readonly string[]): Promise<void>;
}

/** What is sent: `name` is what endpoints subscribe to. */
export interface WebhookPayload {
  name: string;
  body: object;
  /** Headers of the format, beside those that every call has. */
  headers?: (delivery: { id: string; webhookId: string; attempt: number }) => Record<string, string>;
}

/** Turns an event into what a format sends; null: it deliberately says nothing of it. */
export type PayloadOf = (
  event: RecordedEvent,
  instanceName: string | null,
  /** Digits of the instance's number. */
  instancePhone?: string | null,
) => WebhookPayload | null;
