import type { Clock, EventStore, OutboxEntry } from '../lib/core/ports/index.ts';
import type { Logger } from './log.ts';
import type { Outbox } from './outbox.ts';

/** Between sweeps. */
export const OUTBOX_SWEEP_MS = 5_000;
/** An entry this old has lost its bell, or its events cannot be settled. */
const STALE_MS = 5_000;
const MAX_ENTRIES = 500;
/** An entry that stays is rung for less and less often: 5, 10, 20 … seconds, at most every 5 minutes. */
const MAX_PAUSE_MS = 300_000;
/** From this age on an entry may be a leftover: of events that were settled, or went with their instance. */
const LEFTOVER_MS = 60_000;

interface Rung {
  seq: number;
  pauseMs: number;
  nextAtMs: number;
}

/** Rings again for what stays in the outbox of a shard: bells are lost with the process that should have rung them. */
export class OutboxSweeper {
  readonly #shard: number;
  readonly #events: EventStore;
  readonly #outbox: Outbox;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #rung = new Map<string, Rung>();
  #timer: NodeJS.Timeout | undefined;

  constructor(shard: number, events: EventStore, outbox: Outbox, clock: Clock, log: Logger) {
    this.#shard = shard;
    this.#events = events;
    this.#outbox = outbox;
    this.#clock = clock;
    this.#log = log;
  }

  start(): void {
    this.#timer = setInterval(() => void this.sweep(), OUTBOX_SWEEP_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Never throws. */
  async sweep(): Promise<void> {
    try {
      const nowMs = this.#clock();
      const entries = await this.#events.listOutbox(this.#shard, MAX_ENTRIES);
      const stale = firstOfEach(entries.filter(({ recordedAtMs }) => nowMs - recordedAtMs >= STALE_MS));
      for (const stream of this.#rung.keys()) if (!stale.has(stream)) this.#rung.delete(stream);
      const leftovers: OutboxEntry[] = [];
      for (const [stream, entry] of stale) {
        const known = this.#rung.get(stream);
        const stuck = known?.seq === entry.seq ? known : undefined;
        if (stuck && stuck.nextAtMs > nowMs) continue;
        const pauseMs = stuck ? Math.min(stuck.pauseMs * 2, MAX_PAUSE_MS) : OUTBOX_SWEEP_MS;
        this.#rung.set(stream, { seq: entry.seq, pauseMs, nextAtMs: nowMs + pauseMs });
        if (nowMs - entry.recordedAtMs >= LEFTOVER_MS) leftovers.push(entry);
        const { v, tenantId, instanceId, seq } = entry;
        this.#outbox.announce({ v, tenantId, instanceId, seq });
      }
      await this.#events.clearOutbox(this.#shard, leftovers);
    } catch (error) {
      this.#log.error({ err: error }, 'the outbox could not be swept');
    }
  }
}

function firstOfEach(entries: readonly OutboxEntry[]): Map<string, OutboxEntry> {
  const first = new Map<string, OutboxEntry>();
  for (const entry of entries) if (!first.has(entry.instanceId)) first.set(entry.instanceId, entry);
  return first;
}
