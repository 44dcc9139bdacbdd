import { servedShards, targetOwner } from '../lib/core/model/ownership.ts';
import type { ShardOwnership, ShardRow, ShardStore } from '../lib/core/ports/index.ts';
import type { Logger } from './log.ts';
import type { Membership } from './membership.ts';
import type { Shard } from './shards.ts';

/** How fast shards move. */
export interface OwnershipTiming {
  /** No rebalancing for this long after a runner has come or gone. */
  coolDownMs: number;
  /** Between two shards that move for balance alone. */
  moveEveryMs: number;
  /** How often a runner that is not alone looks at the others, besides after its own beats. */
  lookMs: number;
  /** How often who expects a shard looks for its release. */
  pollMs: number;
  /** Between telling of a release and beginning it, so that the next owner looks closely: longer than a beat. */
  noticeMs: number;
  /** After this time of draining, what is left is released without waiting for the next owners. */
  drainMs: number;
}

export const OWNERSHIP_TIMING: OwnershipTiming = {
  coolDownMs: 60_000,
  moveEveryMs: 10_000,
  lookMs: 1_000,
  pollMs: 150,
  noticeMs: 2_200,
  drainMs: 75_000,
};

/** A draining runner lets its sessions go at the pace at which another one can connect them. */
const PACE_MS_PER_SESSION = 100;
/** How long a draining runner waits for one shard to be claimed before it releases the next. */
const CLAIM_WAIT_MS = 3_000;
const RETRY_MS = 500;
const DEATH_MARGIN_MS = 5;
const MIN_WAIT_MS = 20;

export interface OwnershipOptions {
  id: string;
  /** Shards that new instances are spread over. */
  shardCount: number;
  store: ShardStore;
  membership: Membership;
  timing: OwnershipTiming;
  monotonic(): number;
  logger: Logger;
  /** The work of a shard that was just claimed; not started yet. */
  open(ownership: ShardOwnership): Shard;
}

interface Held {
  ownership: ShardOwnership;
  shard: Shard;
  started: Promise<void>;
  /** Told of as about to be released. */
  releasing: boolean;
}

/**
 * Which shards this runner owns. Every runner computes the same target owner of each shard, claims what is its own and
 * free or a dead runner's, and hands over what is another's:
 *
 *   nobody's, or a dead owner's ──claim, epoch + 1──► held ──target is another──► releasing ──stopped, flushed──► nobody's
 *                                                      ├──the row names another──► lost: abandoned, nothing flushed
 *                                                      └──runner fenced──────────► abandoned, nothing flushed
 */
export class Ownership {
  readonly #options: OwnershipOptions;
  readonly #log: Logger;
  readonly #held = new Map<number, Held>();
  #draining = false;
  #looking = false;
  #again = false;
  #closed = false;
  #poll: NodeJS.Timeout | undefined;
  #moving: Promise<void> | undefined;
  #members = '';
  #membersSinceMs = 0;
  #lastMoveMs = Number.NEGATIVE_INFINITY;

  constructor(options: OwnershipOptions) {
    this.#options = options;
    this.#log = options.logger;
  }

  get shards(): Shard[] {
    return [...this.#held.values()].map(({ shard }) => shard);
  }

  get releasing(): number[] {
    return [...this.#held.values()].filter(({ releasing }) => releasing).map(({ shard }) => shard.number);
  }

  /** Looks once, and waits until what it claimed is listened to. @throws when the store cannot be read */
  async start(): Promise<void> {
    await this.#step();
    await Promise.all([...this.#held.values()].map(({ started }) => started));
  }

  /** Looks who is there and acts on it. Never throws; while it looks, a further call makes it look once more. */
  async look(): Promise<void> {
    if (this.#looking) {
      this.#again = true;
      return;
    }
    this.#looking = true;
    clearTimeout(this.#poll);
    try {
      do {
        this.#again = false;
        await this.#step();
      } while (this.#again);
    } catch (error) {
      this.#log.warn({ err: error }, 'the owners of the shards could not be read');
    } finally {
      this.#looking = false;
    }
  }

  /** Reads strongly whether the shard is still this runner's, under this epoch. @throws when the store cannot be read */
  async owns({ shard, epoch }: ShardOwnership): Promise<boolean> {
    const row = await this.#options.store.get(shard);
    return row?.owner === this.#options.id && row.epoch === epoch && this.#held.has(shard);
  }

  /** Looks no more. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#poll);
  }

  /** Ends all work at once: nothing is flushed, nothing released. Somebody else may own it all by now. */
  abandon(): void {
    for (const { shard } of this.#held.values()) shard.abandon();
    this.#held.clear();
  }

  /** Hands everything over, the idle shards first. Resolves when nothing is left. Never throws. */
  async drain(): Promise<void> {
    this.#draining = true;
    const { membership, monotonic, timing } = this.#options;
    const endMs = monotonic() + timing.drainMs;
    await this.#moving;
    await membership.drain();
    // Who came since the last look is the one to hand over to: ECS starts the next task just before it stops this one.
    await membership.observe().catch((error) => this.#log.warn({ err: error }, 'the runners could not be read'));
    const hurried = () => monotonic() >= endMs || membership.eligible().length === 0;
    if (!hurried() && this.#held.size > 0) await pause(timing.noticeMs);
    const lanes = new Map<string, Held[]>();
    const eligible = membership.eligible();
    for (const held of this.#idleFirst()) {
      // With nobody to hand over to, each goes at once.
      const lane = targetOwner(held.shard.number, eligible) ?? `nobody ${held.shard.number}`;
      lanes.set(lane, [...(lanes.get(lane) ?? []), held]);
    }
    const lastly = async (lane: Held[]) => {
      for (const [n, held] of lane.entries()) {
        const paceMs = held.shard.load * PACE_MS_PER_SESSION;
        await this.#release(held);
        if (n === lane.length - 1 || hurried()) continue;
        await Promise.all([pause(paceMs), this.#untilClaimed(held.ownership)]);
      }
    };
    await Promise.all([...lanes.values()].map(lastly));
  }

  async #step(): Promise<void> {
    const { id, store, membership, shardCount, timing } = this.#options;
    if (this.#closed || membership.isFenced()) return;
    // In this order: an owner that is named here has beaten before, so it is among the observed.
    const rows = await store.list();
    await membership.observe();
    if (membership.isFenced()) return;
    const known = new Map(rows.map((row) => [row.shard, row]));
    const eligible = membership.eligible();
    this.#noticeMembers(eligible);
    const misplaced: Held[] = [];
    const claims: Promise<void>[] = [];
    let expecting = false;
    for (let number = 0; number < servedShards(shardCount, rows); number += 1) {
      const row = known.get(number) ?? { shard: number, owner: null, epoch: 0, instances: 0 };
      const held = this.#held.get(number);
      const mine = targetOwner(number, eligible) === id;
      if (held) {
        if (held.releasing) continue;
        if (row.owner !== id || row.epoch !== held.ownership.epoch) this.#lose(held, row);
        else if (!mine) misplaced.push(held);
        continue;
      }
      const owner = row.owner === null || row.owner === id ? undefined : membership.beatOf(row.owner);
      if (mine && !owner) claims.push(this.#claim(row));
      else if (mine && owner) expecting ||= owner.draining || owner.releasing.includes(number);
      // Claimed in an earlier life of this runner: nobody else would take it while this one is alive.
      else if (row.owner === id) await store.release({ shard: number, owner: id, epoch: row.epoch });
    }
    await Promise.all(claims);
    this.#lookAgain(expecting ? timing.pollMs : Number.POSITIVE_INFINITY);
    if (misplaced.length > 0) this.#rebalance(misplaced);
  }

  /** Beside the look after each beat: others' beats are seen soon, and a dead runner at the moment it is dead. */
  #lookAgain(waitMs: number): void {
    const { membership, timing } = this.#options;
    const soonMs = Math.min(waitMs, timing.lookMs, membership.untilNextDeathMs() + DEATH_MARGIN_MS);
    if (this.#closed || membership.isAlone) return;
    this.#poll = setTimeout(() => void this.look(), Math.max(soonMs, MIN_WAIT_MS));
  }

  async #claim(row: ShardRow): Promise<void> {
    const { id, store, membership, open } = this.#options;
    const ownership = await store.claim(row.shard, id, row.epoch).catch((error) => {
      this.#log.warn({ err: error, shard: row.shard }, 'a shard could not be claimed');
      return undefined;
    });
    if (!ownership || membership.isFenced()) return;
    if (this.#draining) {
      await store.release(ownership).catch(() => undefined);
      return;
    }
    this.#log.info({ shard: row.shard, epoch: ownership.epoch, before: row.owner }, 'shard claimed');
    const shard = open(ownership);
    this.#held.set(row.shard, { ownership, shard, started: shard.start(), releasing: false });
  }

  #lose(held: Held, row: ShardRow): void {
    const { number } = held.shard;
    this.#log.warn({ shard: number, epoch: held.ownership.epoch, owner: row.owner }, 'the shard is another runner’s');
    this.#held.delete(number);
    held.shard.abandon();
  }

  #noticeMembers(eligible: readonly string[]): void {
    const members = eligible.join(' ');
    if (members === this.#members) return;
    this.#members = members;
    this.#membersSinceMs = this.#options.monotonic();
    this.#log.info({ runners: eligible.length }, 'the runners have changed');
  }

  /** One shard at a time, the idle ones first, and none until the runners have been the same for a while. */
  #rebalance(misplaced: readonly Held[]): void {
    const { timing, monotonic } = this.#options;
    const nowMs = monotonic();
    if (this.#moving || this.#draining) return;
    if (nowMs - this.#membersSinceMs < timing.coolDownMs || nowMs - this.#lastMoveMs < timing.moveEveryMs) return;
    this.#lastMoveMs = nowMs;
    const next = this.#idleFirst().find((held) => misplaced.includes(held)) as Held;
    this.#moving = this.#handOver(next).finally(() => {
      this.#moving = undefined;
    });
  }

  async #handOver(held: Held): Promise<void> {
    const { id, membership, timing } = this.#options;
    held.releasing = true;
    await membership.beat();
    await pause(timing.noticeMs);
    const target = targetOwner(held.shard.number, membership.eligible());
    if (target === undefined || target === id || this.#draining) held.releasing = false;
    else await this.#release(held);
  }

  /** Stops the shard's work in order and leaves it to the next owner. Never throws. */
  async #release(held: Held): Promise<void> {
    const { store, membership } = this.#options;
    const { ownership } = held;
    held.releasing = true;
    await held.shard.stop();
    for (;;) {
      // Fenced or lost meanwhile: not ours to release any more.
      if (membership.isFenced() || this.#held.get(ownership.shard) !== held) return;
      try {
        await store.release(ownership);
        break;
      } catch (error) {
        this.#log.warn({ err: error, shard: ownership.shard }, 'a shard could not be released');
        await pause(RETRY_MS);
      }
    }
    this.#held.delete(ownership.shard);
    this.#log.info({ shard: ownership.shard, epoch: ownership.epoch }, 'shard released');
  }

  async #untilClaimed({ shard, epoch }: ShardOwnership): Promise<void> {
    const { store, monotonic, timing } = this.#options;
    const endMs = monotonic() + CLAIM_WAIT_MS;
    while (monotonic() < endMs) {
      const row = await store.get(shard).catch(() => undefined);
      if (row && row.epoch > epoch) return;
      await pause(timing.pollMs);
    }
  }

  #idleFirst(): Held[] {
    return [...this.#held.values()].sort((a, b) => a.shard.busy - b.shard.busy || a.shard.load - b.shard.load);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
