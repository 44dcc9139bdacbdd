import { hostname } from 'node:os';
import type { Config } from '../lib/core/config.ts';
import { newId } from '../lib/core/model/ids.ts';
import { slots } from '../lib/core/model/slots.ts';
import type { RunnerPorts, ShardDeps } from './deps.ts';
import type { Logger } from './log.ts';
import { MEMBERSHIP_TIMING, Membership, type MembershipTiming } from './membership.ts';
import { NO_METRICS, type RunnerMetrics } from './metrics.ts';
import { networkChooser } from './network.ts';
import { Outbox } from './outbox.ts';
import { OWNERSHIP_TIMING, Ownership, type OwnershipTiming } from './ownership.ts';
import { ANSWER_TIMEOUT_MS } from './session/silence.ts';
import { Shard } from './shards.ts';
import { endsWithin } from './waiting.ts';
import type { InstanceWorker } from './worker.ts';

/** Connects at a time in one runner. */
const MAX_CONNECTING = 10;
const SESSION_TIMING = { slotMs: 5_000, answerTimeoutMs: ANSWER_TIMEOUT_MS, endMs: 10_000 };
/** After the time of draining: longer than it takes to end a shard. */
const LAST_RELEASES_MS = 16_000;
/** For the last words of a runner. */
const LEAVE_MS = 3_000;
/** Sessions that are read from the store at a time, of those that come back by themselves. */
const MAX_LOADING = 10;

/**
 *                    ┌────── 7 s without a heartbeat ──────┐
 *                    │                                     ▼
 *   starting ──► running ◄── heartbeats arrive again ── fenced
 *                    │                                     │
 *                    └─stop()─► draining ──all released──► stopped ◄─stop()─┘
 *
 * fenced: every session ended, nothing stored; its shards may be others' by now.
 */
export type RunnerState = 'starting' | 'running' | 'fenced' | 'draining' | 'stopped';

export interface RunnerTiming extends MembershipTiming, OwnershipTiming {
  /** A connect that hangs, behind a dead proxy say, makes the others wait no longer than this. */
  slotMs: number;
  /** See `WhatsAppNetwork`. */
  answerTimeoutMs: number;
  /** A session that has not closed, and stored what it has, after this time is abandoned; longer than its parts take. */
  endMs: number;
}

export interface RunnerOptions {
  config: Pick<Config, 'shardCount' | 'sandboxUrl' | 'waVersionLookup'>;
  ports: RunnerPorts;
  logger: Logger;
  /** Random by default: each start is another runner. */
  id?: string;
  metrics?: RunnerMetrics;
  timing?: Partial<RunnerTiming>;
  /** ms that never jump; a test stops them. */
  monotonic?(): number;
}

/** A process's worth of sessions: its share of the shards, as long as it is alive. */
export class Runner {
  readonly id: string;
  readonly #log: Logger;
  readonly #outbox: Outbox;
  readonly #membership: Membership;
  readonly #ownership: Ownership;
  #phase: Exclude<RunnerState, 'fenced'> = 'starting';
  readonly #drainMs: number;
  #whenFenced: () => void = () => undefined;
  #stopping: Promise<void> | undefined;

  constructor({
    config,
    ports,
    logger,
    id = newId('runner'),
    metrics = NO_METRICS,
    timing,
    monotonic = () => performance.now(),
  }: RunnerOptions) {
    this.id = id;
    this.#log = logger.child({ runnerId: id });
    this.#outbox = new Outbox(ports.eventQueue, this.#log);
    const times = { ...MEMBERSHIP_TIMING, ...OWNERSHIP_TIMING, ...SESSION_TIMING, ...timing };
    this.#drainMs = times.drainMs;
    this.#membership = new Membership({
      id,
      host: `${hostname()}:${process.pid}`,
      startedAtMs: ports.clock(),
      store: ports.runners,
      timing: times,
      monotonic,
      logger: this.#log,
      report: () => ({ load: this.#load, releasing: this.#ownership.releasing }),
      onFenced: () => {
        this.#ownership.abandon();
        this.#whenFenced();
      },
      onBeat: () => void this.#ownership.look(),
    });
    const network = networkChooser({
      sandboxUrl: config.sandboxUrl,
      versionLookup: config.waVersionLookup,
      outbound: ports.outbound,
      logger: this.#log,
      clock: ports.clock,
    });
    const { answerTimeoutMs, endMs } = times;
    const deps: ShardDeps = {
      ...ports,
      owner: id,
      endMs,
      logger: this.#log,
      outbox: this.#outbox,
      metrics,
      random: Math.random,
      connectSlot: slots(MAX_CONNECTING, times.slotMs),
      loadSlot: slots(MAX_LOADING),
      isFenced: () => this.#membership.isFenced(),
      owns: (ownership) => this.#ownership.owns(ownership),
      network: async (...where) => ({ ...(await network(...where)), answerTimeoutMs }),
    };
    this.#ownership = new Ownership({
      id,
      shardCount: config.shardCount,
      store: ports.shards,
      membership: this.#membership,
      timing: times,
      monotonic,
      logger: this.#log,
      open: (ownership) => new Shard(ownership, ports, deps),
    });
  }

  get state(): RunnerState {
    return this.#phase === 'running' && this.#membership.isFenced() ? 'fenced' : this.#phase;
  }

  /** The shards that it owns, by number. */
  get shards(): Shard[] {
    return this.#ownership.shards.sort((a, b) => a.number - b.number);
  }

  /** A bell that was rung in this process. False: the shard is not this runner's, ring where its owner hears it. */
  ring(shard: number, instanceId: string): boolean {
    const own = this.state === 'running' ? this.#ownership.shards.find(({ number }) => number === shard) : undefined;
    own?.ring(instanceId);
    return own !== undefined;
  }

  get workers(): InstanceWorker[] {
    return this.#ownership.shards.flatMap((shard) => shard.workers);
  }

  /** Time since its last heartbeat that arrived, in ms. */
  get heartbeatAgeMs(): number {
    return this.#membership.beatAgeMs;
  }

  /**
   * Resolves when it is known to the others, and every shard that was its own to take is listened to; linked sessions
   * are then on their way back. @throws when the store cannot be reached
   */
  async start(): Promise<void> {
    try {
      await this.#membership.join();
      await this.#ownership.start();
    } catch (error) {
      this.#ownership.close();
      await this.#membership.leave();
      throw error;
    }
    if (this.#phase === 'starting') this.#phase = 'running';
    this.#log.info({ shards: this.#ownership.shards.length }, 'runner started');
  }

  /**
   * Hands over to the other runners, or to nobody when there is none; ends all sessions without logging out, flushes
   * what they have to store, and resolves. Idempotent.
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** No wait is without a bound: stores hang, too. What is not in order by then is abandoned, for the next owners. */
  async #stop(): Promise<void> {
    if (this.#phase === 'stopped') return;
    this.#phase = 'draining';
    // Who is fenced meanwhile has nothing left to hand over.
    const fenced = new Promise<void>((resolve) => {
      this.#whenFenced = resolve;
    });
    const drained = Promise.race([this.#ownership.drain(), fenced]);
    if (!(await endsWithin(this.#drainMs + LAST_RELEASES_MS, drained))) {
      this.#log.error({ shards: this.#ownership.shards.length }, 'not everything could be handed over');
      this.#ownership.abandon();
    }
    this.#ownership.close();
    await endsWithin(LEAVE_MS, Promise.all([this.#membership.leave(), this.#outbox.flush()]));
    this.#phase = 'stopped';
    this.#log.info('runner stopped');
  }

  get #load(): number {
    return this.#ownership.shards.reduce((sum, shard) => sum + shard.load, 0);
  }
}
