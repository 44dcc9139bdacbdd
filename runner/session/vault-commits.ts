import { MAX_GROUP_WRITES, type SessionWrite } from '../../lib/core/ports/session-store.ts';

/** Leaves room below the 4 MB that a transaction takes. */
const MAX_GROUP_BYTES = 3_000_000;
/** So long a unit that can wait does, when more is on its way. */
const PATIENCE_MS = 50;

/** One row's change. Rendered (sealed) only when its commit is built, so what is merged away is never sealed. */
export interface GroupOp {
  /** Identity of the row: ops of the same row share one item of the transaction. */
  row: string;
  /** A later op of the row makes the earlier ones void. Without it all are kept, in order, for the store to merge. */
  replaces: boolean;
  /** About how large the write is. */
  bytes: number;
  render(): SessionWrite;
}

interface Unit {
  ops: readonly GroupOp[];
  sequence: number;
}

interface Waiter {
  sequence: number;
  promise: Promise<void>;
  resolve(): void;
  reject(error: Error): void;
}

export interface CommitStats {
  commits: number;
  writes: number;
  lastCommitMs: number;
  maxCommitMs: number;
}

/**
 * Single-flight group commits. What is put while a commit is under way joins the next one; a commit starts on
 * setImmediate, so everything that one turn of the event loop puts shares a transaction.
 *
 *   put a, put b ─┐            put c, put d ─┐
 *                 └ commit {a b} ──────────► └ commit {c d} ──►
 *
 * While more is expected (`expectMore`), a unit that can wait starts no commit for 50 ms: the next one that cannot takes it
 * along. A unit is atomic as long as it fits into one transaction; larger ones are written in order, piece by piece.
 * The first failed commit is final: everything waiting is rejected and nothing is accepted any more.
 */
export class GroupCommitter {
  readonly stats: CommitStats = { commits: 0, writes: 0, lastCommitMs: 0, maxCommitMs: 0 };
  readonly #commit: (writes: readonly SessionWrite[]) => Promise<void>;
  readonly #onDead: (error: Error) => void;
  #units: Unit[] = [];
  #waiters: Waiter[] = [];
  #sequence = 0;
  #committed = 0;
  #busy = false;
  #expectsMore = false;
  /** Set exactly while everything that waits can wait. */
  #patience: NodeJS.Timeout | undefined;
  #dead: Error | null = null;

  constructor(commit: (writes: readonly SessionWrite[]) => Promise<void>, onDead: (error: Error) => void) {
    this.#commit = commit;
    this.#onDead = onDead;
  }

  get dead(): Error | null {
    return this.#dead;
  }

  /** Number of units put so far; `settled(sequence)` waits for exactly those. */
  get sequence(): number {
    return this.#sequence;
  }

  /** @throws Error the one that ended the commits */
  enqueue(ops: readonly GroupOp[], { canWait = false } = {}): void {
    if (this.#dead) throw this.#dead;
    if (ops.length === 0) return;
    const waits = canWait && this.#expectsMore && (this.#units.length === 0 || this.#patience !== undefined);
    this.#sequence++;
    if (rowCount(ops) <= MAX_GROUP_WRITES) this.#units.push({ ops, sequence: this.#sequence });
    else for (const piece of pieces(ops)) this.#units.push({ ops: piece, sequence: this.#sequence });
    if (waits) this.#patience ??= setTimeout(() => this.hurry(), PATIENCE_MS);
    else this.#start();
  }

  /** Whether a commit is about to come that what can wait may share. */
  expectMore(does: boolean): void {
    this.#expectsMore = does;
    if (!does) this.hurry();
  }

  /** What waits for company is committed. */
  hurry(): void {
    if (this.#patience !== undefined) this.#start();
  }

  /** null when everything up to `sequence` is committed, else a promise of that. Rejects when a commit fails. */
  settled(sequence: number): Promise<void> | null {
    if (this.#dead) return Promise.reject(this.#dead);
    if (sequence <= this.#committed) return null;
    const known = this.#waiters.findLast((waiter) => waiter.sequence === sequence);
    if (known) return known.promise;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    promise.catch(() => {});
    this.#waiters.push({ sequence, promise, resolve, reject });
    return promise;
  }

  /** Accepts nothing any more. */
  stop(error: Error): void {
    this.#dead ??= error;
    this.#endPatience();
    for (const waiter of this.#waiters) waiter.reject(this.#dead);
    this.#waiters = [];
    this.#units = [];
  }

  #endPatience(): void {
    clearTimeout(this.#patience);
    this.#patience = undefined;
  }

  #start(): void {
    this.#endPatience();
    if (this.#busy) return;
    this.#busy = true;
    setImmediate(() => {
      void this.#run();
    });
  }

  async #run(): Promise<void> {
    if (this.#dead) return;
    const startedAt = performance.now();
    try {
      const { writes, sequence } = this.#take();
      await this.#commit(writes);
      if (this.#dead) return;
      this.#committed = sequence;
      this.#measure(writes.length, performance.now() - startedAt);
    } catch (error) {
      this.stop(error instanceof Error ? error : new Error('A commit failed.', { cause: error }));
      this.#onDead(this.#dead!);
      return;
    }
    this.#busy = false;
    if (this.#units.length > 0 && this.#patience === undefined) this.#start();
    this.#release();
  }

  /** Takes whole units from the front while they fit. */
  #take(): { writes: SessionWrite[]; sequence: number } {
    const rows = new Map<string, GroupOp[]>();
    let sequence = this.#committed;
    let taken = 0;
    for (const unit of this.#units) {
      const fresh = new Set(unit.ops.filter((op) => !rows.has(op.row)).map((op) => op.row));
      if (taken > 0 && rows.size + fresh.size > MAX_GROUP_WRITES) break;
      for (const op of unit.ops) {
        const known = rows.get(op.row);
        if (known && !op.replaces) known.push(op);
        else rows.set(op.row, [op]);
      }
      taken++;
      // A unit that was cut into pieces is settled with its last piece.
      if (this.#units[taken]?.sequence !== unit.sequence) sequence = unit.sequence;
      if (approximateBytes(rows) > MAX_GROUP_BYTES) break;
    }
    this.#units.splice(0, taken);
    const writes: SessionWrite[] = [];
    for (const ops of rows.values()) for (const op of ops) writes.push(op.render());
    return { writes, sequence };
  }

  #release(): void {
    const due = this.#waiters.filter((waiter) => waiter.sequence <= this.#committed);
    if (due.length === 0) return;
    this.#waiters = this.#waiters.filter((waiter) => waiter.sequence > this.#committed);
    for (const waiter of due) waiter.resolve();
  }

  #measure(writes: number, tookMs: number): void {
    this.stats.commits++;
    this.stats.writes += writes;
    this.stats.lastCommitMs = tookMs;
    this.stats.maxCommitMs = Math.max(this.stats.maxCommitMs, tookMs);
  }
}

function approximateBytes(rows: ReadonlyMap<string, readonly GroupOp[]>): number {
  let bytes = 0;
  for (const ops of rows.values()) for (const op of ops) bytes += op.bytes;
  return bytes;
}

function rowCount(ops: readonly GroupOp[]): number {
  return ops.length <= MAX_GROUP_WRITES ? ops.length : new Set(ops.map((op) => op.row)).size;
}

function* pieces(ops: readonly GroupOp[]): Generator<readonly GroupOp[]> {
  let piece: GroupOp[] = [];
  for (const op of ops) {
    if (piece.length === MAX_GROUP_WRITES) {
      yield piece;
      piece = [];
    }
    piece.push(op);
  }
  yield piece;
}
