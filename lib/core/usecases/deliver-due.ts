import type { DisabledReason, Webhook } from '../model/webhook.ts';
import { disabledBy } from '../model/webhook-schedule.ts';
import type { DeliveryBell, DueEntry, HealthChange, OutboundClient, Ports, RecordedEvent } from '../ports/index.ts';
import { type AttemptResult, attemptDelivery } from './attempt-delivery.ts';
import { CALL_TIMEOUT_MS } from './call-webhook.ts';
import type { WebhookPayloads } from './enqueue-deliveries.ts';
import { loadDueEvents } from './load-due-events.ts';
import { ringDeliveries } from './ring-deliveries.ts';

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

type Drained = 'empty' | 'more' | 'lost';

/**
 * Works through what is due at an endpoint, alone: whoever holds the lease looks again after giving it back, so whoever
 * does not get it may go.
 *
 *   lease ──► [ due ──► calls, 8 at a time or (failing) one ──► check in ]… ──► lease back ──► anything new? again
 *
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
    const lane = new Lane(ports, { tenantId, id: webhookId }, shift, health.failingSinceMs);
    let drained: Drained;
    try {
      drained = await lane.drain(endMs);
    } finally {
      await ports.deliveries.checkIn(webhookId, shift.owner, lane.takeChange(), 0);
    }
    if (drained === 'lost' || shift.signal.aborted) return;
    if (drained === 'more') return ringDeliveries(ports, { tenantId, id: webhookId });
    if ((await ports.deliveries.due(webhookId, ports.clock(), 1)).length === 0) return;
  }
}

class Lane {
  readonly #ports: DeliverPorts;
  readonly #of: Pick<Webhook, 'tenantId' | 'id'>;
  readonly #shift: Shift;
  #failingSinceMs: number | null;
  #change: HealthChange = {};
  #leasedAtMs: number;

  constructor(ports: DeliverPorts, of: Pick<Webhook, 'tenantId' | 'id'>, shift: Shift, failingSinceMs: number | null) {
    this.#ports = ports;
    this.#of = of;
    this.#shift = shift;
    this.#failingSinceMs = failingSinceMs;
    this.#leasedAtMs = ports.clock();
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
      const finished = await this.#work(webhook, entries);
      // What has come meanwhile is seen once the lease is back.
      if (finished && entries.length < limit) return 'empty';
    }
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
    if (entry.kind === 'replay') return this.#replay(webhook, entry);
    if (entry.kind === 'clear') {
      await this.#ports.deliveries.deleteEnded(webhook.id, webhook.logClearedAtMs);
      return this.#ports.deliveries.endWork(entry);
    }
    const event = events.get(entry.delivery.eventId);
    const result = await attemptDelivery(this.#ports, webhook, entry, event);
    if (result && entry.kind === 'event') await this.#judge(webhook, result);
  }

  async #replay(webhook: Webhook, entry: Extract<DueEntry, { kind: 'replay' }>): Promise<void> {
    const { deliveries } = this.#ports;
    let cursor: string | undefined;
    do {
      const page = await deliveries.list(webhook, entry.filter, REPLAY_PAGE, cursor);
      const again = page.items.filter(({ state, eventType }) => state !== 'pending' && eventType !== 'webhook.test');
      await Promise.all(again.map((delivery) => deliveries.replay(delivery)));
      cursor = page.nextCursor ?? undefined;
      if (!(await this.#renew())) return;
    } while (cursor !== undefined);
    await deliveries.endWork(entry);
  }

  /** What an attempt says about the endpoint. */
  async #judge(webhook: Webhook, { attempt, exhausted }: AttemptResult): Promise<void> {
    const change = this.#change;
    const add = (name: 'delivered' | 'failedAttempts' | 'exhausted' | 'answered' | 'latencyTotalMs', by: number) => {
      change[name] = (change[name] ?? 0) + by;
    };
    if (attempt.status !== null) {
      add('answered', 1);
      add('latencyTotalMs', attempt.durationMs);
    }
    if (attempt.error === null) {
      add('delivered', 1);
      change.lastDeliveredAtMs = attempt.atMs;
      change.failingSinceMs = null;
      this.#failingSinceMs = null;
      return;
    }
    add('failedAttempts', 1);
    if (exhausted) add('exhausted', 1);
    const nowMs = this.#ports.clock();
    const failingSinceMs = Math.max(this.#failingSinceMs ?? attempt.atMs, webhook.activatedAtMs);
    change.lastFailedAtMs = attempt.atMs;
    change.failingSinceMs = failingSinceMs;
    this.#failingSinceMs = failingSinceMs;
    const reason = webhook.isActive ? disabledBy(attempt.status, failingSinceMs, nowMs) : null;
    if (reason) await this.#disable(webhook, reason, nowMs);
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
