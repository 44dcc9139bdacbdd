import type { SessionWrite } from '../../lib/core/ports/session-store.ts';
import type { EventWrite } from './tell.ts';

/** What comes again comes soon. A runner has hundreds of sessions: what they may all keep has to fit. */
const MAX_TOLD = 250;
const MAX_SEEN = 2_000;

/**
 * What a session has told lately: receipts come again and again, and each would cost rows. It forgets what did not
 * come again for the longest time, and dies with the session; what it lets pass twice the events' worker settles once.
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
    const isKnown = this.#told.delete(once);
    this.#told.add(once);
    if (isKnown) return false;
    if (this.#told.size > MAX_TOLD) this.#told.delete(this.#told.values().next().value as string);
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
      if (this.#seen.size > MAX_SEEN) this.#seen.delete(this.#seen.keys().next().value as string);
      return true;
    });
  }
}
