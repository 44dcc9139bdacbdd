import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

/** A crashed runner comes back after 1, 2, 4 … seconds, at most so many; a good while forgets the crashes. */
const MAX_BACK_OFF_MS = 30_000;
const GOOD_WHILE_MS = 60_000;

export interface RunnerProcesses {
  /** Resolves when each of them has claimed its shards once. */
  ready: Promise<void>;
  /** Of those that run. */
  pids(): number[];
  /** SIGTERM to all, and waits until their sessions have ended. */
  stop(): Promise<void>;
}

export interface RunnerProcessOptions {
  /** For `readRunnerConfig`. */
  env: Record<string, string | undefined>;
  /** Gets every line that they print. */
  onLine(line: string): void;
  /** Arguments for node before the entry. */
  nodeArguments?: readonly string[];
}

/** Starts runners as children, each on a port of its own; they die with this process. A crashed one is started again. */
export function startRunnerProcesses(count: number, options: RunnerProcessOptions): RunnerProcesses {
  const slots = Array.from({ length: count }, (_, slot) => superviseRunner(slot, options));
  return {
    ready: Promise.all(slots.map(({ ready }) => ready)).then(() => undefined),
    pids: () => slots.flatMap(({ pid }) => pid() ?? []),
    async stop() {
      await Promise.all(slots.map(({ stop }) => stop()));
    },
  };
}

function superviseRunner(slot: number, options: RunnerProcessOptions) {
  const { promise: ready, resolve: isReady } = Promise.withResolvers<void>();
  let child: ChildProcess | undefined;
  let timer: NodeJS.Timeout | undefined;
  let crashes = 0;
  let stopping = false;

  function start(): void {
    const startedMs = performance.now();
    const started = spawnRunner(options);
    started.once('message', () => isReady());
    child = started;
    started.once('exit', (code, signal) => {
      child = undefined;
      if (stopping) return;
      crashes = performance.now() - startedMs > GOOD_WHILE_MS ? 0 : crashes;
      const waitMs = Math.min(1_000 * 2 ** crashes, MAX_BACK_OFF_MS);
      crashes += 1;
      options.onLine(JSON.stringify({ level: 50, service: 'runner', slot, code, signal, waitMs, msg: 'runner ended' }));
      timer = setTimeout(start, waitMs);
    });
  }

  start();
  return {
    ready,
    pid: () => child?.pid,
    async stop() {
      stopping = true;
      clearTimeout(timer);
      if (!child) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
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
