import type { LaterEntry } from '../lib/core/ports/index.ts';
import type { ShardDeps } from './deps.ts';

const LOOK_MS = 1_000;
const MAX_ENTRIES = 100;
/** Transactions at a time. */
const WIDTH = 8;

export interface LaterDeps extends Pick<ShardDeps, 'schedule' | 'clock' | 'isFenced' | 'logger'> {
  /** The instance has something to do. */
  wake(tenantId: string, instanceId: string): void;
}

/**
 * Turns what is scheduled on a shard into commands when its moment has come. It only looks into the table: who looks,
 * and how often, changes nothing about what is sent, since each release is one transaction on what is still scheduled.
 */
export class LaterReleaser {
  readonly #shard: number;
  readonly #deps: LaterDeps;
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;

  constructor(shard: number, deps: LaterDeps) {
    this.#shard = shard;
    this.#deps = deps;
  }

  start(): void {
    this.#timer = setInterval(() => void this.look(), LOOK_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Never throws. */
  async look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      for (;;) {
        const entries = await this.#deps.schedule.due(this.#shard, this.#deps.clock(), MAX_ENTRIES);
        const rest = entries.values();
        await Promise.all(Array.from({ length: WIDTH }, () => this.#release(rest)));
        if (entries.length < MAX_ENTRIES || this.#isOver()) return;
      }
    } catch (error) {
      this.#deps.logger.error({ err: error }, 'what is scheduled could not be looked at');
    } finally {
      this.#isLooking = false;
    }
  }

  /** What is not released is looked at again. */
  async #release(entries: Iterable<LaterEntry>): Promise<void> {
    for (const entry of entries) {
      if (this.#isOver()) return;
      const isReleased = await this.#deps.schedule.release(entry, this.#deps.clock());
      if (isReleased && !this.#isOver()) this.#deps.wake(entry.tenantId, entry.instanceId);
    }
  }

  #isOver(): boolean {
    return this.#timer === undefined || this.#deps.isFenced();
  }
}
