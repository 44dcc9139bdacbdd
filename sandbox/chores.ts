import { orderedKey, type StateStore } from './state.ts';

/** Something a phone's person will do in a moment. */
export interface Chore {
  readonly id: number;
  /** Number of the phone. */
  readonly phone: string;
  readonly kind: 'read' | 'echo';
  /** The message it is about; for an echo, the id the answer will carry. */
  readonly messageId: string;
  /** Unix time in milliseconds. */
  readonly dueAt: number;
  /** Echo only: where the answer goes and what it says. */
  readonly to?: string;
  readonly text?: string;
}

/** Pending chores. They are kept in the store, so that a contact still answers after a crash, and only once. */
export class Chores {
  readonly #state: StateStore;
  readonly #perform: (chore: Chore) => Promise<void>;
  readonly #timers = new Map<number, NodeJS.Timeout>();
  #nextId = 1;
  #stopped = false;

  /** @param perform carries out a chore; it calls `done` in the transaction that makes the deed durable */
  constructor(state: StateStore, perform: (chore: Chore) => Promise<void>) {
    this.#state = state;
    this.#perform = perform;
  }

  /** Plans a chore `delayMs` from now; inside a transaction it is planned with it. */
  plan(chore: Omit<Chore, 'id' | 'dueAt'>, delayMs: number): void {
    const planned = { ...chore, id: this.#nextId++, dueAt: Date.now() + delayMs };
    this.#state.put('chore', orderedKey(planned.id), planned);
    this.#state.afterCommit(() => this.#schedule(planned));
  }

  /** Strikes a chore off. */
  done(chore: Chore): void {
    this.#state.delete('chore', orderedKey(chore.id));
  }

  /** Schedules what a former process had planned. */
  resume(): void {
    for (const [key, chore] of this.#state.entries<Chore>('chore')) {
      this.#nextId = Number(key) + 1;
      this.#schedule(chore);
    }
  }

  stop(): void {
    this.#stopped = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #schedule(chore: Chore): void {
    if (this.#stopped) return;
    const timer = setTimeout(
      () => {
        this.#timers.delete(chore.id);
        void this.#perform(chore);
      },
      Math.max(0, chore.dueAt - Date.now()),
    );
    this.#timers.set(chore.id, timer);
  }
}
