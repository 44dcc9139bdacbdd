import type { DisabledReason, Webhook } from '../model/webhook.ts';
import { DOWN_AFTER_FAILURES, disabledBy, restAfter } from '../model/webhook-schedule.ts';
import type {
  DeliveryBell,
  DueEntry,
  EndpointHealth,
  HealthChange,
  OutboundClient,
  Ports,
  RecordedEvent,
} from '../ports/index.ts';
import { type AttemptResult, attemptDelivery } from './attempt-delivery.ts';
import { CALL_TIMEOUT_MS } from './call-webhook.ts';
import type { WebhookPayloads } from './enqueue-deliveries.ts';
import { loadDueEvents } from './load-due-events.ts';
import { ringDeliveries } from './ring-deliveries.ts';
import { workKey } from './webhook-access.ts';

export interface DeliverPorts
  extends Pick<
    Ports,
    'webhooks' | 'deliveries' | 'deliveryQueue' | 'events' | 'eventQueue' | 'seal' | 'log' | 'clock'
  > {
  outbound: OutboundClient;
  payloads: WebhookPayloads;
}

/** Who works, and for how long. */
export interface Shift {
  /** Nobody else has this name at the same time. */
  owner: string;
  /** Ends early, between two calls. */
  signal: AbortSignal;
  budgetMs: number;
}

/** Longer than a round may take: no call begins when the lease could end before it. */
const LEASE_MS = 60_000;
const LAST_CALL_MS = LEASE_MS - CALL_TIMEOUT_MS - 10_000;
/** Calls of a healthy endpoint at the same time; one that fails gets one. */
const WIDTH = 8;
const ROUND = 64;
/** Deliveries that a replay sets going at the same time. */
const REPLAY_PAGE = 20;

type Drained = 'empty' | 'more' | 'lost' | 'resting';

/**
 * Works through what is due at an endpoint, alone: whoever holds the lease looks again after giving it back, so whoever
 * does not get it may go.
 *
 *   lease ──► [ due ──► calls, 8 at a time or (failing) one ──► check in ]… ──► lease back ──► anything new? again
 *
 * One that goes on failing is left alone for a while after each call; nobody gets its lease then. When it answers well
 * again, what waits because of earlier failures is tried at once, as far as the first new failure.
 * A process that dies in between leaves its entries due and its lease to run out; the sweeper rings again.
 */
export async function deliverDue(
  ports: DeliverPorts,
  { tenantId, webhookId }: Pick<DeliveryBell, 'tenantId' | 'webhookId'>,
  shift: Shift,
): Promise<void> {
  const endMs = ports.clock() + shift.budgetMs;
  for (;;) {
    const health = await ports.deliveries.lease(webhookId, shift.owner, ports.clock() + LEASE_MS);
    if (!health) return;
    const lane = new Lane(ports, { tenantId, id: webhookId }, shift, health);
    let drained: Drained;
    try {
      drained = await lane.drain(endMs);
    } finally {
      await ports.deliveries.checkIn(webhookId, shift.owner, lane.takeChange(), 0);
    }
    if (drained === 'lost' || shift.signal.aborted) return;
    if (drained === 'more') return ringDeliveries(ports, { tenantId, id: webhookId });
    if (drained === 'resting') return ringDeliveries(ports, { tenantId, id: webhookId }, lane.restsForMs);
    if ((await ports.deliveries.due(webhookId, ports.clock(), 1)).length === 0) return;
  }
}

class Lane {
  readonly #ports: DeliverPorts;
  readonly #of: Pick<Webhook, 'tenantId' | 'id'>;
  readonly #shift: Shift;
  #failingSinceMs: number | null;
  #failures: number;
  #failedCalls = 0;
  /** When the last failure was counted: calls that were under way then are the same failure. */
  #countedAtMs = 0;
  #restUntilMs = 0;
  #change: HealthChange = {};
  #leasedAtMs: number;

  constructor(ports: DeliverPorts, of: Pick<Webhook, 'tenantId' | 'id'>, shift: Shift, health: EndpointHealth) {
    this.#ports = ports;
    this.#of = of;
    this.#shift = shift;
    this.#failingSinceMs = health.failingSinceMs;
    this.#failures = health.failuresInRow;
    this.#leasedAtMs = ports.clock();
  }

  get restsForMs(): number {
    return Math.max(0, this.#restUntilMs - this.#ports.clock());
  }

  /** What has changed in the endpoint's health since it was last asked. */
  takeChange(): HealthChange {
    const change = this.#change;
    this.#change = {};
    return change;
  }

  async drain(endMs: number): Promise<Drained> {
    const { deliveries, webhooks, clock } = this.#ports;
    const { tenantId, id } = this.#of;
    for (let round = 0; ; round += 1) {
      const limit = this.#failingSinceMs === null ? ROUND : 1;
      const [webhook, entries] = await Promise.all([webhooks.get(tenantId, id), deliveries.due(id, clock(), limit)]);
      if (!webhook) {
        await deliveries.purge(id);
        return 'lost';
      }
      if (entries.length === 0) return 'empty';
      if (clock() >= endMs || this.#shift.signal.aborted) return 'more';
      if (round > 0 && !(await this.#renew())) return 'lost';
      const backlog = entries.filter((entry) => entry.kind === 'backlog');
      const others = entries.filter((entry) => entry.kind !== 'backlog');
      let finished = await this.#work(webhook, others);
      if (finished && backlog.length > 0) finished = await this.#catchUp(webhook, backlog);
      if (this.restsForMs > 0) return 'resting';
      // What has come meanwhile is seen once the lease is back.
      if (finished && entries.length < limit) return 'empty';
    }
  }

  /**
   * Tries at once what waits because of earlier failures and not because the endpoint asked for it. Ends with the first
   * failure: the rest keep their places in the schedule. Returns whether nothing is left to do.
   */
  async #catchUp(webhook: Webhook, work: readonly DueEntry[]): Promise<boolean> {
    const { deliveries, clock } = this.#ports;
    const end = () => Promise.all(work.map((entry) => deliveries.endWork(entry)));
    for await (const page of deliveries.waiting(webhook.id, clock())) {
      const left = page.filter((entry) => entry.kind === 'event' && entry.attempt > 0 && !entry.held);
      while (left.length > 0) {
        const failedCalls = this.#failedCalls;
        const finished = await this.#work(webhook, left.splice(0, this.#failingSinceMs === null ? left.length : 1));
        if (this.#failedCalls > failedCalls) {
          await end();
          return true;
        }
        if (!finished || !(await this.#renew())) return false;
      }
    }
    await end();
    return true;
  }

  async #renew(): Promise<boolean> {
    const nowMs = this.#ports.clock();
    const untilMs = nowMs + LEASE_MS;
    const kept = await this.#ports.deliveries.checkIn(this.#of.id, this.#shift.owner, this.takeChange(), untilMs);
    this.#leasedAtMs = nowMs;
    return kept;
  }

  /**
   * A round: stops beginning calls once one has failed, the lease grows old, or the process is to end. Returns whether
   * it came through.
   */
  async #work(webhook: Webhook, entries: readonly DueEntry[]): Promise<boolean> {
    const events = await loadDueEvents(this.#ports, entries);
    const wasFailing = this.#failingSinceMs !== null;
    const queue = [...entries];
    let stopped = false;
    const runner = async () => {
      while (!stopped && queue.length > 0) {
        if (this.#shift.signal.aborted || this.#ports.clock() > this.#leasedAtMs + LAST_CALL_MS) return;
        const entry = queue.shift() as DueEntry;
        try {
          await this.#one(webhook, entry, events);
        } catch (error) {
          stopped = true;
          throw error;
        }
        if (!wasFailing && this.#failingSinceMs !== null) stopped = true;
      }
    };
    const runners = Array.from({ length: wasFailing ? 1 : Math.min(WIDTH, queue.length) }, runner);
    const failed = (await Promise.allSettled(runners)).find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
    return queue.length === 0;
  }

  async #one(webhook: Webhook, entry: DueEntry, events: Map<string, RecordedEvent>): Promise<void> {
    if (entry.kind === 'backlog') return;
    if (entry.kind === 'replay') return this.#replay(webhook, entry);
    if (entry.kind === 'clear') {
      await this.#ports.deliveries.deleteEnded(webhook.id, webhook.logClearedAtMs);
      return this.#ports.deliveries.endWork(entry);
    }
    const event = events.get(entry.delivery.eventId);
    const result = await attemptDelivery(this.#ports, webhook, entry, event);
    if (!result) return;
    if (entry.kind === 'event') return this.#judge(webhook, result);
    if (result.attempt.error === null && this.#failures > 0) await this.#addBacklog(webhook);
  }

  async #addBacklog(webhook: Webhook): Promise<void> {
    const { deliveries, clock } = this.#ports;
    await deliveries.addWork(workKey(webhook, clock()), { kind: 'backlog' });
  }

  async #replay(webhook: Webhook, entry: Extract<DueEntry, { kind: 'replay' }>): Promise<void> {
    const { deliveries, clock } = this.#ports;
    let cursor: string | undefined;
    do {
      const page = await deliveries.list(webhook, entry.filter, REPLAY_PAGE, cursor);
      const nowMs = clock();
      const again = page.items.filter(({ state, eventType, error, nextAttemptAtMs }) => {
        const waits = state === 'pending';
        return eventType !== 'webhook.test' && (!waits || (error !== null && (nextAttemptAtMs ?? 0) > nowMs));
      });
      await Promise.all(again.map((delivery) => deliveries.replay(delivery)));
      cursor = page.nextCursor ?? undefined;
      if (!(await this.#renew())) return;
    } while (cursor !== undefined);
    await deliveries.endWork(entry);
  }

  /** What an attempt says about the endpoint. */
  async #judge(webhook: Webhook, { attempt, retryAfter, exhausted }: AttemptResult): Promise<void> {
    const delivered = attempt.error === null;
    // Before the health says so: a process that dies in between still knows that the endpoint was down.
    if (delivered && this.#failures >= DOWN_AFTER_FAILURES) await this.#addBacklog(webhook);
    const change = this.#change;
    const add = (name: 'delivered' | 'failedAttempts' | 'exhausted' | 'answered' | 'latencyTotalMs', by: number) => {
      change[name] = (change[name] ?? 0) + by;
    };
    if (attempt.status !== null) {
      add('answered', 1);
      add('latencyTotalMs', attempt.durationMs);
    }
    if (delivered) {
      add('delivered', 1);
      change.lastDeliveredAtMs = attempt.atMs;
      change.failingSinceMs = null;
      change.failuresInRow = 0;
      this.#failingSinceMs = null;
      this.#failures = 0;
      return;
    }
    add('failedAttempts', 1);
    this.#failedCalls += 1;
    if (exhausted) add('exhausted', 1);
    const nowMs = this.#ports.clock();
    const failingSinceMs = Math.max(this.#failingSinceMs ?? attempt.atMs, webhook.activatedAtMs);
    change.lastFailedAtMs = attempt.atMs;
    change.failingSinceMs = failingSinceMs;
    this.#failingSinceMs = failingSinceMs;
    if (attempt.atMs >= this.#countedAtMs) {
      this.#failures += 1;
      this.#countedAtMs = nowMs;
      change.failuresInRow = this.#failures;
    }
    const reason = webhook.isActive ? disabledBy(attempt.status, failingSinceMs, nowMs) : null;
    if (reason) return this.#disable(webhook, reason, nowMs);
    const restMs = restAfter({ failures: this.#failures, retryAfter, nowMs }, Math.random());
    if (restMs === 0) return;
    this.#restUntilMs = nowMs + restMs;
    change.restUntilMs = this.#restUntilMs;
  }

  /** Tells first: once it is switched off nobody would come by here again. Told once for each version of its settings. */
  async #disable(webhook: Webhook, reason: DisabledReason, nowMs: number): Promise<void> {
    const { events, eventQueue, webhooks, log } = this.#ports;
    const data = { webhookId: webhook.id, reason, description: webhook.description };
    const event = { type: 'webhook.disabled' as const, instanceId: null, timestampMs: nowMs, data };
    const bell = await events.recordAccountEvent(webhook.tenantId, event, `disabled|${webhook.id}|${webhook.version}`);
    await webhooks.disable(webhook, reason);
    log.warn({ webhookId: webhook.id, tenantId: webhook.tenantId, reason }, 'a webhook was switched off');
    if (bell) await eventQueue.publish([bell]).catch((err: unknown) => log.warn({ err }, 'the sweeper will tell'));
  }
}
