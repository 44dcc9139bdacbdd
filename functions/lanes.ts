export interface LanesOptions<Bell> {
  /** Lanes at the same time; a bell for one more is not heard. */
  most: number;
  /** Bells with the same key are worked on one after the other. */
  keyOf(bell: Bell): string;
  /** Resolves, with how to end it, when it is a lane's turn; absent: at once. */
  turn?(): Promise<() => void>;
  /** Looks after what a bell tells of, and answers whether it came to its end; it does not throw. */
  work(bell: Bell): Promise<boolean>;
}

/**
 * Works on many keys side by side, each in a lane of its own. A bell that rings while its lane is busy makes the lane
 * look once more, however often it rings: the rows are the truth, a bell only says that there may be some.
 */
export class Lanes<Bell> {
  readonly #options: LanesOptions<Bell>;
  /** `again`: something may have come after the lane looked for the last time. */
  readonly #lanes = new Map<string, { again: boolean; done: Promise<boolean> }>();

  constructor(options: LanesOptions<Bell>) {
    this.#options = options;
  }

  /** Whether the key's work came to its end; undefined at once when there is no lane for it. */
  hear(bell: Bell): Promise<boolean> | undefined {
    const key = this.#options.keyOf(bell);
    const busy = this.#lanes.get(key);
    if (busy) busy.again = true;
    if (busy) return busy.done;
    if (this.#lanes.size >= this.#options.most) return undefined;
    const lane = { again: false, done: Promise.resolve(true) };
    this.#lanes.set(key, lane);
    lane.done = this.#run(key, bell, lane);
    return lane.done;
  }

  /** Resolves when every lane that is busy now has ended. */
  async settled(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map(({ done }) => done));
  }

  async #run(key: string, bell: Bell, lane: { again: boolean }): Promise<boolean> {
    try {
      let settled: boolean;
      do {
        const end = await this.#options.turn?.();
        lane.again = false;
        settled = await this.#options.work(bell).finally(end);
      } while (lane.again && settled);
      return settled;
    } finally {
      this.#lanes.delete(key);
    }
  }
}
