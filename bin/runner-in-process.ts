import type { FleetScaler } from '../lib/core/ports/index.ts';
import type { Runner } from '../runner/lifecycle.ts';

/** The one runner of a gateway that is a single process: it runs or it does not. */
export class RunnerInProcess implements FleetScaler {
  readonly #make: () => Runner;
  #runner: Runner | undefined;

  /** @param make a runner that is not started yet */
  constructor(make: () => Runner) {
    this.#make = make;
  }

  get runner(): Runner | undefined {
    return this.#runner;
  }

  async describe(): Promise<{ desired: number; running: number }> {
    const count = this.#runner ? 1 : 0;
    return { desired: count, running: count };
  }

  /** Resolves when it works, or has drained. @throws when it does not start */
  async setDesired(count: number): Promise<void> {
    const { runner } = this;
    if (count === 0) {
      this.#runner = undefined;
      await runner?.stop();
    } else if (!runner) {
      this.#runner = this.#make();
      await this.#runner.start();
    }
  }

  async restart(): Promise<void> {
    await this.setDesired(0);
    await this.setDesired(1);
  }
}
