import type { BulkEntry, LaterEntry } from '../lib/core/ports/index.ts';
import { type FeedPorts, feedBulk } from '../lib/core/usecases/feed-bulk.ts';
import type { ShardDeps } from './deps.ts';

/** Between looks while there is something to do. */
const LOOK_MS = 1_000;
/** Between glances while there is nothing: what comes to be meanwhile, and is due at once, waits so long at most. */
export const GLANCE_MS = 2_000;
const MAX_ENTRIES = 100;
/** Transactions at a time. */
const WIDTH = 8;

export interface LaterDeps extends Pick<ShardDeps, 'schedule' | 'clock' | 'isFenced' | 'logger'>, FeedPorts {
  /** The instance has something to do. */
  wake(tenantId: string, instanceId: string): void;
}

/**
 * Turns what is scheduled on a shard into commands when its moment has come, and lets its bulks go on. It only looks into
 * the table: who looks, and how often, changes nothing about what is sent, since each step is one transaction on what is
 * still as it was.
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
    this.#wait(LOOK_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #wait(ms: number): void {
    this.#timer = setTimeout(() => void this.#turn(), ms);
    this.#timer.unref();
  }

  async #turn(): Promise<void> {
    const nextInMs = await this.#glance();
    if (nextInMs <= 0) await this.look();
    if (this.#timer !== undefined) this.#wait(nextInMs <= 0 ? LOOK_MS : Math.min(nextInMs, GLANCE_MS));
  }

  /** When the next is due, in ms; not above 0: now. Never throws. */
  async #glance(): Promise<number> {
    try {
      const nextMs = await this.#deps.schedule.nextMs(this.#shard);
      return nextMs === undefined ? GLANCE_MS : nextMs - this.#deps.clock();
    } catch (error) {
      this.#deps.logger.error({ err: error }, 'what is scheduled could not be glanced at');
      return LOOK_MS;
    }
  }

  /** Never throws. */
  async look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      for (;;) {
        const entries = await this.#deps.schedule.due(this.#shard, this.#deps.clock(), MAX_ENTRIES);
        const rest = entries.values();
        const hasMore = await Promise.all(Array.from({ length: WIDTH }, () => this.#work(rest)));
        if ((entries.length < MAX_ENTRIES && !hasMore.includes(true)) || this.#isOver()) return;
      }
    } catch (error) {
      this.#deps.logger.error({ err: error }, 'what is scheduled could not be looked at');
    } finally {
      this.#isLooking = false;
    }
  }

  /** What is not done is looked at again. Returns whether there is more at once. */
  async #work(entries: Iterable<LaterEntry | BulkEntry>): Promise<boolean> {
    let hasMore = false;
    for (const entry of entries) {
      if (this.#isOver()) return false;
      if (entry.kind === 'bulk') hasMore = (await this.#feed(entry)) || hasMore;
      else await this.#release(entry);
    }
    return hasMore;
  }

  async #release(entry: LaterEntry): Promise<void> {
    const isReleased = await this.#deps.schedule.release(entry, this.#deps.clock());
    if (isReleased && !this.#isOver()) this.#deps.wake(entry.tenantId, entry.instanceId);
  }

  /** A bulk that fails holds up nothing else. */
  async #feed(entry: BulkEntry): Promise<boolean> {
    try {
      const { accepted, again } = await feedBulk(this.#deps, entry);
      if (accepted && !this.#isOver()) this.#deps.wake(entry.tenantId, entry.instanceId);
      return again;
    } catch (error) {
      this.#deps.logger.error({ err: error, bulkId: entry.bulkId }, 'a bulk could not be looked at');
      return false;
    }
  }

  #isOver(): boolean {
    return this.#timer === undefined || this.#deps.isFenced();
  }
}
