import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { spawnRunner } from '../../bin/runner-processes.ts';
import { type SpawnedEntry, spawnEntry } from '../../bin/spawn.ts';
import type { Adapters } from '../../lib/core/adapters/index.ts';
import { readAdminFile } from '../../lib/core/adapters/local/admin-file.ts';
import { ENV } from '../../lib/core/config.ts';
import { targetOwner } from '../../lib/core/model/ownership.ts';
import type { RunnerReady } from '../../runner/main.ts';
import type { ProbePoint } from '../../runner/probe.ts';
import { adaptersOf } from './event-log.ts';
import { type FaultProxy, startFaultProxy, startTcpProxy } from './fault-proxy.ts';
import { sample, scrape } from './metrics.ts';
import type { RunnerOrder } from './runner-hooks.ts';

const HOOKS = pathToFileURL(join(import.meta.dirname, 'runner-hooks.ts')).href;

/** The rest that runners keep after one has come or gone would be most of the tests' time. */
const HASTE = { [ENV.rebalanceCoolDownSeconds]: '3', [ENV.rebalanceEverySeconds]: '0.5' };

/** One line of a runner's log. */
export interface RunnerLine {
  level: number;
  msg: string;
  time: string;
  instanceId?: string;
  code?: number;
  [field: string]: unknown;
}

/** A runner as a process of its own, with faults of its own between it and everything else. */
export class RunnerUnderTest {
  readonly id: string;
  /** Of its health and metrics. */
  readonly url: string;
  readonly lines: RunnerLine[];
  readonly dynamo: FaultProxy;
  readonly sqs: FaultProxy;
  readonly whatsapp: Pick<FaultProxy, 'url' | 'cut' | 'restore' | 'close'>;
  /** Resolves with the exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  readonly #child: ChildProcess;

  private constructor(
    child: ChildProcess,
    ready: RunnerReady,
    lines: RunnerLine[],
    doors: Pick<RunnerUnderTest, 'dynamo' | 'sqs' | 'whatsapp'>,
  ) {
    this.#child = child;
    this.id = ready.runnerId;
    this.url = ready.url;
    this.lines = lines;
    this.dynamo = doors.dynamo;
    this.sqs = doors.sqs;
    this.whatsapp = doors.whatsapp;
    // When its last line is there, too.
    this.ended = once(child, 'close').then(async ([code, signal]) => {
      await Promise.all([this.dynamo, this.sqs, this.whatsapp].map((door) => door.close()));
      return (code ?? signal) as number | NodeJS.Signals;
    });
  }

  /** Resolves when it is ready. @param env as the gateway's admin file has it */
  static async start(env: Record<string, string>): Promise<RunnerUnderTest> {
    const [dynamo, sqs, whatsapp] = await Promise.all([
      startFaultProxy(env[ENV.dynamoEndpoint] as string),
      startFaultProxy(env[ENV.sqsEndpoint] as string),
      startTcpProxy(env[ENV.sandboxUrl] as string),
    ]);
    const lines: RunnerLine[] = [];
    const doors = {
      [ENV.dynamoEndpoint]: dynamo.url,
      [ENV.sqsEndpoint]: sqs.url,
      [ENV.sandboxUrl]: whatsapp.url,
    };
    const child = spawnRunner({
      env: { ...env, ...doors, ...HASTE, [ENV.logLevel]: 'info' },
      nodeArguments: ['--import', HOOKS],
      onLine: (line) => lines.push(parseLine(line)),
    });
    const message = once(child, 'message') as Promise<[RunnerReady]>;
    const ended = once(child, 'close').then(() => {
      throw new Error(`The runner ended before it was ready:\n${lines.map((line) => JSON.stringify(line)).join('\n')}`);
    });
    const [ready] = await Promise.race([message, ended]);
    ended.catch(() => undefined);
    return new RunnerUnderTest(child, ready, lines, { dynamo, sqs, whatsapp });
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** It ends itself by SIGKILL at the last of these moments, after the others have passed. */
  killAt(...points: ProbePoint[]): void {
    this.#order({ killAt: points });
  }

  /** Its wall clock, from now on, compared with everybody's. */
  moveClock(clockOffsetMs: number): void {
    this.#order({ clockOffsetMs });
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** SIGTERM. Returns the exit code. */
  async stop(): Promise<number | NodeJS.Signals> {
    this.signal('SIGTERM');
    return this.ended;
  }

  /** Its sessions that are connected. @throws when it does not answer */
  async connected(): Promise<number> {
    return sample(await scrape(this.url), 'switchboard_sessions', { state: 'CONNECTED' });
  }

  /** What it says of itself at `/readyz`. */
  async readiness(): Promise<{ status: number; state: string }> {
    const response = await fetch(`${this.url}/readyz`);
    return { status: response.status, ...((await response.json()) as { state: string }) };
  }

  /** Its lines of this text, from the `after`th line of all on. */
  said(text: string, after = 0): RunnerLine[] {
    return this.lines.slice(after).filter(({ msg }) => msg === text);
  }

  /** Resolves with its next line of this text that holds what is `meant`. */
  async says(text: string, withinMs = 90_000, meant: Partial<RunnerLine> = {}): Promise<RunnerLine> {
    const after = this.lines.length;
    const endMs = performance.now() + withinMs;
    for (;;) {
      const found = this.said(text, after).find((line) => Object.entries(meant).every(([key, it]) => line[key] === it));
      if (found) return found;
      if (performance.now() > endMs) throw new Error(`${this.id} did not say "${text}".`);
      await new Promise((wake) => setTimeout(wake, 50));
    }
  }

  #order(order: RunnerOrder): void {
    this.#child.send(order);
  }
}

/** A gateway without runners, a sandbox that outlives it, and runners that can be broken one by one. */
export class Fleet {
  readonly folder: string;
  readonly sandbox: SpawnedEntry;
  readonly gateway: SpawnedEntry;
  /** Those that run now. */
  runners: RunnerUnderTest[] = [];
  /** Every runner that ever was. */
  readonly all: RunnerUnderTest[] = [];

  /** The gateway's stores, past every fault. */
  readonly adapters: Adapters;

  private constructor(folder: string, sandbox: SpawnedEntry, gateway: SpawnedEntry) {
    this.adapters = adaptersOf(join(folder, 'gateway'));
    this.folder = folder;
    this.sandbox = sandbox;
    this.gateway = gateway;
  }

  static async start(runners: number): Promise<Fleet> {
    const folder = await mkdtemp(join(tmpdir(), 'switchboard-fleet-'));
    const sandbox = await spawnEntry('sandbox', { SANDBOX_PORT: '0', DATA_DIR: join(folder, 'sandbox') });
    const env = { PORT: '0', DATA_DIR: join(folder, 'gateway'), SANDBOX_URL: sandbox.url, SHARD_COUNT: '12' };
    const gateway = await spawnEntry('start', env, ['--runners', '0']);
    const fleet = new Fleet(folder, sandbox, gateway);
    await Promise.all(Array.from({ length: runners }, () => fleet.addRunner()));
    return fleet;
  }

  get dataDir(): string {
    return join(this.folder, 'gateway');
  }

  async addRunner(more: Record<string, string> = {}): Promise<RunnerUnderTest> {
    const runner = await RunnerUnderTest.start({ ...readAdminFile(this.dataDir)?.env, ...more });
    this.runners.push(runner);
    this.all.push(runner);
    void runner.ended.then(() => {
      this.runners = this.runners.filter((other) => other !== runner);
    });
    return runner;
  }

  /** Resolves when living runners own every shard, and so many sessions are connected. */
  async isWell(sessions: number, withinMs = 150_000): Promise<void> {
    const endMs = performance.now() + withinMs;
    for (;;) {
      const trouble = await this.#trouble(sessions);
      if (!trouble) return;
      if (performance.now() > endMs) throw new Error(`The fleet is not well: ${trouble}`);
      await new Promise((wake) => setTimeout(wake, 100));
    }
  }

  /** Resolves when every shard is with the runner that is to own it, so that none moves by itself. */
  async isBalanced(withinMs = 90_000): Promise<void> {
    const endMs = performance.now() + withinMs;
    for (;;) {
      const ids = this.runners.map(({ id }) => id);
      const shards = await this.adapters.shards.list();
      const misplaced = shards.filter(({ shard, owner }) => owner !== targetOwner(shard, ids));
      if (shards.length > 0 && misplaced.length === 0) return;
      if (performance.now() > endMs) throw new Error(`These stay misplaced: ${JSON.stringify(misplaced)}`);
      await new Promise((wake) => setTimeout(wake, 100));
    }
  }

  async #trouble(sessions: number): Promise<string | undefined> {
    const owners = new Map((await this.adapters.shards.list()).map(({ shard, owner }) => [shard, owner]));
    const living = new Set(this.runners.map(({ id }) => id));
    const unowned = [...owners].filter(([, owner]) => owner === null || !living.has(owner)).map(([shard]) => shard);
    if (unowned.length > 0) return `nobody owns the shards ${unowned.join(', ')}`;
    const counts = await Promise.all(this.runners.map((runner) => runner.connected().catch(() => 0)));
    const connected = counts.reduce((sum, count) => sum + count, 0);
    return connected === sessions
      ? undefined
      : `${connected} of ${sessions} sessions are connected (${counts.join(' + ')})`;
  }

  async stop(): Promise<void> {
    this.adapters.close();
    for (const runner of this.runners) {
      runner.signal('SIGCONT');
      runner.signal('SIGKILL');
    }
    await Promise.all(this.runners.map((runner) => runner.ended));
    await this.gateway.kill();
    await this.sandbox.kill();
    await rm(this.folder, { recursive: true, force: true });
  }
}

function parseLine(line: string): RunnerLine {
  try {
    return JSON.parse(line) as RunnerLine;
  } catch {
    return { level: 0, msg: line, time: '' };
  }
}
