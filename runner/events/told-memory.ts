import type { SessionWrite } from '../../lib/core/ports/session-store.ts';
import type { EventWrite } from './tell.ts';

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

  has(once: string): boolean {
    return this.#told.has(once);
  }

  #isNew(once: string): boolean {
    if (this.#told.has(once)) return false;
    this.#told.add(once);
    if (this.#told.size > MAX_REMEMBERED) this.#told.delete(this.#told.values().next().value as string);
    return true;
  }
}

/** What people were last seen doing: only a change is news. */
export class PresenceMemory {
  readonly #seen = new Map<string, string>();

  /** The events that are changes. */
  fresh(events: readonly EventWrite[]): EventWrite[] {
    return events.filter(({ event }) => {
      if (event.type !== 'presence.updated') return true;
      const { chat, from, presence } = event.data;
      const who = `${chat}|${from.lid ?? from.phone}`;
      if (this.#seen.get(who) === presence) return false;
      this.#seen.delete(who);
      this.#seen.set(who, presence);
      if (this.#seen.size > MAX_REMEMBERED) this.#seen.delete(this.#seen.keys().next().value as string);
      return true;
    });
  }
}
