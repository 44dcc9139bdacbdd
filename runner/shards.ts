import type { PendingCommand, ShardOwnership } from '../lib/core/ports/index.ts';
import type { RunnerDeps, RunnerPorts, ShardDeps } from './deps.ts';
import { LaterReleaser } from './later.ts';
import type { Logger } from './log.ts';
import { OutboxSweeper } from './outbox-sweeper.ts';
import { InstanceWorker } from './worker.ts';

export const LONG_POLL_SECONDS = 20;
export const SWEEP_MS = 5_000;
/** A pending row this old without a claim has lost its bell. */
const STALE_MS = 5_000;
/** While the last owner's long poll may still be open somewhere and swallow bells, everything pending is looked at. */
const EARLY_SWEEP_MS = 1_000;
const EARLY_MS = (LONG_POLL_SECONDS + 1) * 1_000;
const RETRY_MS = 1_000;
/** Instances come back in random order within this time for each: no storm, and no wait for a few. */
const SPREAD_MS = 25;
const MAX_SPREAD_MS = 500;
/** How long commands that are under way may take to end before a planned hand-over goes on without them. */
const FINISH_MS = 5_000;

/** One shard that this runner owns: its queue, its instances, its sweeper. */
export class Shard {
  readonly number: number;
  readonly epoch: number;
  readonly #ports: RunnerPorts;
  readonly #deps: ShardDeps;
  readonly #log: Logger;
  readonly #workers = new Map<string, InstanceWorker>();
  readonly #abort = new AbortController();
  readonly #outbox: OutboxSweeper;
  readonly #later: LaterReleaser;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor({ shard, epoch }: ShardOwnership, ports: RunnerPorts, deps: ShardDeps) {
    this.number = shard;
    this.epoch = epoch;
    this.#ports = ports;
    this.#log = deps.logger.child({ shard, shardEpoch: epoch });
    this.#deps = { ...deps, logger: this.#log };
    this.#outbox = new OutboxSweeper(shard, deps.events, deps.outbox, ports.clock, this.#log);
    const wake = (tenantId: string, instanceId: string) => this.#worker(tenantId, instanceId).kick();
    const { outbox } = deps;
    this.#later = new LaterReleaser(shard, { ...this.#deps, wake, announce: (bell) => outbox.announce(bell) });
  }

  get workers(): InstanceWorker[] {
    return [...this.#workers.values()];
  }

  /** Sessions that are loaded. */
  get load(): number {
    return this.workers.filter((worker) => worker.session).length;
  }

  /** Instances with a command under way. */
  get busy(): number {
    return this.workers.filter((worker) => worker.isBusy).length;
  }

  /** Begins to listen, and brings the linked instances back. Never throws: a store that fails is asked again. */
  async start(): Promise<void> {
    void this.#listen();
    const sweeps = setInterval(() => void this.#sweepLate(), SWEEP_MS);
    this.#timers.add(sweeps);
    const early = setInterval(() => void this.#sweepAll(), EARLY_SWEEP_MS);
    this.#timers.add(early).add(setTimeout(() => clearInterval(early), EARLY_MS));
    for (const timer of this.#timers) timer.unref();
    this.#outbox.start();
    this.#later.start();
    await Promise.all([this.#resumeAll(), this.#sweepAll()]);
  }

  /** Claims nothing new, lets what is under way end, then ends all sessions without logging out. Never throws. */
  async stop(): Promise<void> {
    this.#halt();
    await Promise.all(this.workers.map((worker) => worker.quiesce(FINISH_MS)));
    await Promise.all(
      this.workers.map((worker) =>
        worker
          .stop(this.#deps.endMs)
          .catch((error) => this.#log.warn({ err: error }, 'a session did not end in order')),
      ),
    );
  }

  /** Ends everything at once and stores nothing: the shard is another runner's, or may be. */
  abandon(): void {
    this.#halt();
    for (const worker of this.workers) worker.abandon();
  }

  #halt(): void {
    this.#abort.abort();
    for (const timer of this.#timers) clearInterval(timer);
    this.#outbox.stop();
    this.#later.stop();
  }

  async #resumeAll(): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      try {
        const instances = await this.#ports.instances.listShard(this.number);
        const spreadMs = Math.min(MAX_SPREAD_MS, SPREAD_MS * (instances.length - 1));
        for (const { tenantId, instanceId } of instances) {
          if (signal.aborted) return;
          this.#worker(tenantId, instanceId).resumeSoon(this.#deps.random() * spreadMs);
        }
        return;
      } catch (error) {
        this.#log.error({ err: error }, 'the instances of the shard could not be listed');
        await pause(RETRY_MS);
      }
    }
  }

  #worker(tenantId: string, instanceId: string): InstanceWorker {
    let worker = this.#workers.get(instanceId);
    if (!worker) {
      const onRemoved = (id: string) => void this.#workers.delete(id);
      const { number, epoch } = this;
      const { owner, owns } = this.#deps;
      const isOwned = () => owns({ shard: number, owner, epoch });
      const deps: RunnerDeps = { ...this.#deps, isOwned, onRemoved };
      worker = new InstanceWorker(deps, { number, epoch }, tenantId, instanceId);
      this.#workers.set(instanceId, worker);
    }
    return worker;
  }

  async #listen(): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      try {
        const received = await this.#ports.bells.receive(this.number, LONG_POLL_SECONDS, signal);
        // A bell that is not acknowledged rings again, for whoever owns the shard then.
        if (signal.aborted || this.#deps.isFenced()) continue;
        for (const instanceId of new Set(received.map(({ bell }) => bell.instanceId))) await this.#ring(instanceId);
        if (received.length > 0) {
          await this.#ports.bells.acknowledge(
            this.number,
            received.map(({ receipt }) => receipt),
          );
        }
      } catch (error) {
        if (signal.aborted) return;
        this.#log.error({ err: error }, 'the queue could not be read');
        await pause(RETRY_MS);
      }
    }
  }

  /** A bell that comes another way than through the queue. One that fails is lost, and the sweeper finds what it meant. */
  ring(instanceId: string): void {
    this.#ring(instanceId).catch((error) => this.#log.warn({ err: error, instanceId }, 'a bell was not heard'));
  }

  /** A bell names only the instance; the tenant of one not seen before comes from its pending entries. */
  async #ring(instanceId: string): Promise<void> {
    const worker = this.#workers.get(instanceId);
    if (worker) return worker.kick();
    const [pending] = await this.#ports.commands.listPending(this.number, instanceId);
    if (pending && !this.#abort.signal.aborted) this.#worker(pending.tenantId, instanceId).kick();
  }

  #sweepAll(): Promise<void> {
    return this.#sweep(() => this.#ports.commands.listPending(this.number));
  }

  #sweepLate(): Promise<void> {
    return this.#sweep(() => this.#ports.commands.listLate(this.number, this.#ports.clock() - STALE_MS));
  }

  async #sweep(list: () => Promise<PendingCommand[]>): Promise<void> {
    try {
      const pending = await list();
      if (this.#abort.signal.aborted) return;
      const instances = new Map(pending.map(({ instanceId, tenantId }) => [instanceId, tenantId]));
      for (const [instanceId, tenantId] of instances) this.#worker(tenantId, instanceId).kick();
    } catch (error) {
      this.#log.error({ err: error }, 'the sweep failed');
    }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
