import type { RunnerBeat, RunnerStore } from '../lib/core/ports/index.ts';
import type { Logger } from './log.ts';

/** When runners beat, fence themselves, and are given up. All on monotonic clocks: nobody's wall clock matters. */
export interface MembershipTiming {
  beatMs: number;
  /** A runner whose last successful beat began this long ago stops everything. */
  fenceMs: number;
  /** A counter that others saw stand still for this long is a dead runner's. */
  deadMs: number;
}

export const MEMBERSHIP_TIMING: MembershipTiming = { beatMs: 2_000, fenceMs: 7_000, deadMs: 10_000 };

/** A dead runner's row goes after this time; it may be a frozen one that comes back. */
const FORGET_MS = 60_000;
/** A beat that gets no answer does not keep the next ones back. */
const MAX_BEATS_UNDERWAY = 3;

export interface MembershipOptions {
  id: string;
  host: string;
  startedAtMs: number;
  store: RunnerStore;
  timing: MembershipTiming;
  /** ms that never jump. */
  monotonic(): number;
  logger: Logger;
  /** Told with each beat. */
  report(): Pick<RunnerBeat, 'load' | 'releasing'>;
  /** This runner may have been replaced: end everything at once, tell nobody. Must not throw. */
  onFenced(): void;
  /** After each beat that arrived. Must not throw. */
  onBeat(): void;
}

interface Observed {
  beat: RunnerBeat;
  /** When this observer first saw the counter, by its own clock. */
  sinceMs: number;
  dead: boolean;
}

/**
 * Who is there. A runner proves its life by raising a counter; others give it up when they saw the counter stand still
 * for 10 s by their own clock. It gives itself up earlier, 7 s after the beginning of its last beat that arrived:
 *
 *   mine    beat ok ─────────── 7 s ──► fenced: nothing leaves any more
 *   others     └ seen ─────────────── 10 s ──► dead: its shards are claimed
 *
 * Frozen and thawed, it finds itself fenced before it does anything: `isFenced` computes it when asked.
 */
export class Membership {
  readonly #options: MembershipOptions;
  readonly #log: Logger;
  readonly #others = new Map<string, Observed>();
  #counter = 0;
  #draining = false;
  #fenced = false;
  #lastBeatMs = Number.NEGATIVE_INFINITY;
  #underway = 0;
  #beats: NodeJS.Timeout | undefined;
  #guard: NodeJS.Timeout | undefined;
  #left = false;

  constructor(options: MembershipOptions) {
    this.#options = options;
    this.#log = options.logger;
  }

  /** The first beat, and the ones after it. @throws when the first does not arrive */
  async join(): Promise<void> {
    const { beatMs, fenceMs } = this.#options.timing;
    const sentAtMs = this.#options.monotonic();
    await this.#options.store.beat(this.#next());
    this.#lastBeatMs = sentAtMs;
    this.#beats = setInterval(() => void this.beat(), beatMs);
    // Finds it out in time when nothing else asks.
    this.#guard = setInterval(() => this.isFenced(), Math.max(10, fenceMs / 28));
  }

  /** True from the moment on that others may take this runner for dead. Cheap: asked before each frame that leaves. */
  isFenced(): boolean {
    if (this.#fenced || this.#left) return true;
    const { monotonic, timing, onFenced } = this.#options;
    if (monotonic() - this.#lastBeatMs < timing.fenceMs) return false;
    this.#fenced = true;
    // What others did meanwhile is not known: everybody gets the whole time again.
    this.#others.clear();
    this.#log.error(
      { sinceBeatMs: Math.round(monotonic() - this.#lastBeatMs) },
      'no heartbeat: the runner fences itself',
    );
    queueMicrotask(onFenced);
    return true;
  }

  /** Time since the beginning of the last beat that arrived, in ms. */
  get beatAgeMs(): number {
    return this.#options.monotonic() - this.#lastBeatMs;
  }

  /** Tells that this runner is alive, and what it is about to do. Never throws. */
  async beat(): Promise<void> {
    if (this.#left || this.#underway >= MAX_BEATS_UNDERWAY) return;
    this.isFenced();
    const sentAtMs = this.#options.monotonic();
    this.#underway += 1;
    try {
      await this.#options.store.beat(this.#next());
    } catch (error) {
      this.#log.warn({ err: error }, 'a heartbeat did not arrive');
      return;
    } finally {
      this.#underway -= 1;
    }
    if (this.#left) return;
    // A beat from before a freeze says nothing about now.
    if (this.#options.monotonic() - sentAtMs >= this.#options.timing.fenceMs) return;
    this.#lastBeatMs = Math.max(this.#lastBeatMs, sentAtMs);
    if (this.#fenced) {
      this.#fenced = false;
      this.#log.warn('heartbeats arrive again: the runner joins anew');
    }
    this.#options.onBeat();
  }

  /** From now on nobody gives this runner anything. */
  async drain(): Promise<void> {
    this.#draining = true;
    await this.beat();
  }

  /** The last thing a runner does. Never throws. */
  async leave(): Promise<void> {
    this.#left = true;
    clearInterval(this.#beats);
    clearInterval(this.#guard);
    await this.#options.store
      .forget(this.#options.id)
      .catch((error) => this.#log.warn({ err: error }, 'the row of this runner stays until others find it dead'));
  }

  /** Reads the beats of all. @throws when the store cannot be read: nobody is then dead who was not before */
  async observe(): Promise<void> {
    const { id, store, monotonic, timing } = this.#options;
    const askedAtMs = monotonic();
    const beats = await store.list();
    const nowMs = monotonic();
    const present = new Set<string>();
    for (const beat of beats) {
      if (beat.id === id) continue;
      present.add(beat.id);
      const known = this.#others.get(beat.id);
      if (known?.beat.counter !== beat.counter) {
        if (known?.dead) this.#log.info({ runner: beat.id }, 'a runner that was given up is back');
        this.#others.set(beat.id, { beat, sinceMs: nowMs, dead: false });
        continue;
      }
      // From when it was first seen to when it was asked for: the beat cannot have been on its way.
      const stoodStillMs = askedAtMs - known.sinceMs;
      if (!known.dead && stoodStillMs >= timing.deadMs) {
        known.dead = true;
        this.#log.warn(
          { runner: beat.id, host: beat.host, stoodStillMs: Math.round(stoodStillMs) },
          'a runner is dead',
        );
      }
      if (known.dead && stoodStillMs >= FORGET_MS) void store.forget(beat.id, beat.counter).catch(() => undefined);
    }
    for (const other of this.#others.keys()) if (!present.has(other)) this.#others.delete(other);
  }

  /** No other runner has a row. */
  get isAlone(): boolean {
    return this.#others.size === 0;
  }

  /** Time until the next runner is dead unless it beats, in ms: when to look again. Infinite when nobody is there. */
  untilNextDeathMs(): number {
    const { monotonic, timing } = this.#options;
    const living = [...this.#others.values()].filter(({ dead }) => !dead);
    return Math.min(...living.map(({ sinceMs }) => sinceMs + timing.deadMs - monotonic()));
  }

  /** A living runner's last beat; undefined for a dead one, and one whose row is gone. */
  beatOf(runnerId: string): RunnerBeat | undefined {
    const observed = this.#others.get(runnerId);
    return observed?.dead ? undefined : observed?.beat;
  }

  /** Who may own shards: the living that are not draining, this one among them. */
  eligible(): string[] {
    const others = [...this.#others.values()].filter(({ dead, beat }) => !dead && !beat.draining);
    const ids = others.map(({ beat }) => beat.id);
    if (!this.#draining && !this.#fenced && !this.#left) ids.push(this.#options.id);
    return ids.sort();
  }

  #next(): RunnerBeat {
    const { id, host, startedAtMs, report } = this.#options;
    this.#counter += 1;
    return { id, counter: this.#counter, draining: this.#draining, startedAtMs, host, ...report() };
  }
}
