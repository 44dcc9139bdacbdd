import type { SessionWrite } from '../../lib/core/ports/session-store.ts';

const MAX_REMEMBERED = 10_000;

/**
 * What a session has told lately: receipts come again and again, and each would cost rows. It forgets, the oldest
 * first, and dies with the session; what it lets pass twice is settled once by the events' worker.
 */
export class ToldMemory {
  readonly #told = new Set<string>();

  /** The writes without events that were told before; those that are left count as told. */
  fresh(writes: readonly SessionWrite[]): SessionWrite[] {
    return writes.filter((write) => write.kind !== 'event' || write.once === undefined || this.#isNew(write.once));
  }

  #isNew(once: string): boolean {
    if (this.#told.has(once)) return false;
    this.#told.add(once);
    if (this.#told.size > MAX_REMEMBERED) this.#told.delete(this.#told.values().next().value as string);
    return true;
  }
}
