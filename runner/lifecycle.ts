import type { Config } from '../lib/core/config.ts';
import { newId } from '../lib/core/model/ids.ts';
import type { RunnerPorts } from './deps.ts';
import type { Logger } from './log.ts';
import { NO_METRICS, type RunnerMetrics } from './metrics.ts';
import { networkChooser } from './network.ts';
import { Outbox } from './outbox.ts';
import { Shard } from './shards.ts';
import { slots } from './slots.ts';
import type { InstanceWorker } from './worker.ts';

/** Connects at a time in one runner. */
const MAX_CONNECTING = 8;

/**
 * starting ──shards claimed, queues read──► running ──stop()──► draining ──sessions ended, flushed──► stopped
 */
export type RunnerState = 'starting' | 'running' | 'draining' | 'stopped';

export interface RunnerOptions {
  config: Pick<Config, 'shardCount' | 'sandboxUrl' | 'waVersionLookup'>;
  ports: RunnerPorts;
  logger: Logger;
  metrics?: RunnerMetrics;
}

/** A process's worth of sessions. */
export class Runner {
  readonly id = newId('runner');
  readonly #shards: Shard[];
  readonly #log: Logger;
  readonly #outbox: Outbox;
  #state: RunnerState = 'starting';

  constructor({ config, ports, logger, metrics = NO_METRICS }: RunnerOptions) {
    this.#log = logger.child({ runnerId: this.id });
    this.#outbox = new Outbox(ports.eventQueue, this.#log);
    const deps = {
      ...ports,
      owner: this.id,
      logger: this.#log,
      outbox: this.#outbox,
      metrics,
      random: Math.random,
      connectSlot: slots(MAX_CONNECTING),
      network: networkChooser({
        sandboxUrl: config.sandboxUrl,
        versionLookup: config.waVersionLookup,
        outbound: ports.outbound,
        logger: this.#log,
        clock: ports.clock,
      }),
    };
    this.#shards = Array.from({ length: config.shardCount }, (_, number) => new Shard(number, ports, deps));
  }

  get state(): RunnerState {
    return this.#state;
  }

  /** Shards that it owns. */
  get shards(): number[] {
    return this.#shards.map((shard) => shard.number);
  }

  get workers(): InstanceWorker[] {
    return this.#shards.flatMap((shard) => shard.workers);
  }

  /** Resolves when every shard is claimed and listened to; linked sessions are then on their way back. */
  async start(): Promise<void> {
    await Promise.all(this.#shards.map((shard) => shard.start()));
    this.#state = 'running';
    this.#log.info({ shards: this.#shards.length }, 'runner started');
  }

  /** Ends all sessions without logging out, flushes what they have to store, and resolves. Idempotent. */
  async stop(): Promise<void> {
    if (this.#state === 'draining' || this.#state === 'stopped') return;
    this.#state = 'draining';
    await Promise.all(this.#shards.map((shard) => shard.stop()));
    await this.#outbox.flush();
    this.#state = 'stopped';
    this.#log.info('runner stopped');
  }
}
