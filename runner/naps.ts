/** Pauses that can all be ended at once. */
export class Naps {
  readonly #sleepers = new Set<() => void>();

  /** Resolves after that time, or at `wake`. */
  sleep(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#sleepers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, waitMs);
      this.#sleepers.add(wake);
    });
  }

  wake(): void {
    for (const wake of this.#sleepers) wake();
  }
}
