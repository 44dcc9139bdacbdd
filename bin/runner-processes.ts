import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { MAX_DRAIN_SECONDS } from '../lib/core/config.ts';
import type { FleetScaler } from '../lib/core/ports/index.ts';

/** A crashed runner comes back after 1, 2, 4 … seconds, at most so many; a good while forgets the crashes. */
const MAX_BACK_OFF_MS = 30_000;
const GOOD_WHILE_MS = 60_000;
/** As ECS: who has not ended so long after SIGTERM cannot do it by itself. */
const KILL_AFTER_MS = (MAX_DRAIN_SECONDS + 20) * 1_000;

export interface RunnerProcessOptions {
  /** For `readRunnerConfig`. */
  env: Record<string, string | undefined>;
  /** Gets every line that they print. */
  onLine(line: string): void;
  /** Arguments for node before the entry. */
  nodeArguments?: readonly string[];
  /** From SIGTERM to SIGKILL; 120 s by default. */
  killAfterMs?: number;
}

/** Runners as children, each on a port of its own; they die with this process. A crashed one is started again. */
export class RunnerProcesses implements FleetScaler {
  readonly #count: number;
  readonly #options: RunnerProcessOptions;
  #runners: SupervisedRunner[] = [];
  /** One change after the other. */
  #changes: Promise<void> = Promise.resolve();

  /** @param count how many `restart` starts where none is left */
  constructor(count: number, options: RunnerProcessOptions) {
    this.#count = count;
    this.#options = options;
  }

  async describe(): Promise<{ desired: number; running: number }> {
    return { desired: this.#runners.length, running: this.#runners.filter(({ isRunning }) => isRunning).length };
  }

  /** Resolves when the new ones are ready, and those too many have drained. */
  setDesired(count: number): Promise<void> {
    return this.#change(async () => {
      const more = Array.from({ length: Math.max(0, count - this.#runners.length) }, () => this.#start());
      const less = this.#runners.slice(count);
      this.#runners = this.#runners.slice(0, count);
      await Promise.all([...more.map(({ ready }) => ready), ...less.map((runner) => runner.stop())]);
    });
  }

  /** One after the other: the new one first, then the old one drains. Resolves at once. */
  async restart(): Promise<void> {
    const replaced = this.#change(async () => {
      const before = [...this.#runners];
      for (const old of before) {
        await this.#start().ready;
        this.#runners = this.#runners.filter((runner) => runner !== old);
        await old.stop();
      }
      const missing = before.length === 0 ? this.#count : 0;
      await Promise.all(Array.from({ length: missing }, () => this.#start().ready));
    });
    replaced.catch(() => undefined);
  }

  #start(): SupervisedRunner {
    const runner = new SupervisedRunner(this.#options);
    this.#runners.push(runner);
    return runner;
  }

  #change(work: () => Promise<void>): Promise<void> {
    const change = this.#changes.then(work);
    this.#changes = change.catch(() => undefined);
    return change;
  }
}

/** One runner, over all the processes that it is one after the other. */
class SupervisedRunner {
  /** Resolves when it works for the first time, or is stopped before. */
  readonly ready: Promise<void>;
  readonly #options: RunnerProcessOptions;
  readonly #isReady: () => void;
  #child: ChildProcess | undefined;
  #timer: NodeJS.Timeout | undefined;
  #crashes = 0;
  #stopping = false;

  constructor(options: RunnerProcessOptions) {
    this.#options = options;
    const { promise, resolve: isReady } = Promise.withResolvers<void>();
    this.ready = promise;
    this.#isReady = isReady;
    this.#spawn();
  }

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  /** SIGTERM, and waits until its sessions have ended; SIGKILL for one that hangs. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    this.#isReady();
    const child = this.#child;
    if (!child) return;
    // What it says last is heard, too.
    const ended = once(child, 'close');
    child.kill('SIGTERM');
    const kill = setTimeout(() => child.kill('SIGKILL'), this.#options.killAfterMs ?? KILL_AFTER_MS);
    await ended;
    clearTimeout(kill);
  }

  #spawn(): void {
    const startedMs = performance.now();
    const child = spawnRunner(this.#options);
    this.#child = child;
    child.once('message', this.#isReady);
    child.once('exit', (code, signal) => {
      this.#child = undefined;
      if (this.#stopping) return;
      if (performance.now() - startedMs > GOOD_WHILE_MS) this.#crashes = 0;
      const waitMs = Math.min(1_000 * 2 ** this.#crashes, MAX_BACK_OFF_MS);
      this.#crashes += 1;
      const line = { level: 50, service: 'runner', pid: child.pid, code, signal, waitMs, msg: 'runner ended' };
      this.#options.onLine(JSON.stringify(line));
      this.#timer = setTimeout(() => this.#spawn(), waitMs);
    });
  }
}

/**
 * One runner as a child. In a process group of its own: Ctrl-C reaches only this process, which stops the runners in
 * order. The channel to it tells this process that it is ready (`RunnerReady`), and it that this process is gone.
 */
export function spawnRunner({ env, onLine, nodeArguments = [] }: RunnerProcessOptions): ChildProcess {
  const entry = resolve(import.meta.dirname, '../runner/main.ts');
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...nodeArguments, entry], {
    env: { ...process.env, RUNNER_PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
  });
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream as NodeJS.ReadableStream }).on('line', onLine);
  }
  return child;
}
