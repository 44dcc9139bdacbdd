import type { RunnerDeps, RunnerPorts } from './deps.ts';
import type { Logger } from './log.ts';
import { OutboxSweeper } from './outbox-sweeper.ts';
import { InstanceWorker } from './worker.ts';

const LONG_POLL_SECONDS = 20;
const SWEEP_MS = 5_000;
/** A pending row this old without a claim has lost its bell. */
const STALE_MS = 5_000;
const RETRY_MS = 1_000;

/** One shard that this runner owns: its queue, its instances, its sweeper. */
export class Shard {
  readonly number: number;
  readonly #ports: RunnerPorts;
  readonly #deps: Omit<RunnerDeps, 'onRemoved'>;
  readonly #log: Logger;
  readonly #workers = new Map<string, InstanceWorker>();
  readonly #abort = new AbortController();
  #pump: Promise<void> | undefined;
  readonly #outbox: OutboxSweeper;
  #sweeper: NodeJS.Timeout | undefined;

  constructor(number: number, ports: RunnerPorts, deps: Omit<RunnerDeps, 'onRemoved'>) {
    this.number = number;
    this.#ports = ports;
    this.#deps = deps;
    this.#log = deps.logger.child({ shard: number });
    this.#outbox = new OutboxSweeper(number, deps.events, deps.outbox, ports.clock, this.#log);
  }

  get workers(): InstanceWorker[] {
    return [...this.#workers.values()];
  }

  /** Claims the shard, brings its linked instances back, and starts to listen. */
  async start(): Promise<void> {
    const present = await this.#ports.shards.get(this.number);
    const claimed = await this.#ports.shards.claim(this.number, this.#deps.owner, present?.epoch ?? 0);
    if (!claimed) throw new Error(`Shard ${this.number} was claimed by another runner.`);
    this.#pump = this.#listen();
    this.#sweeper = setInterval(() => void this.#sweep(STALE_MS), SWEEP_MS);
    this.#sweeper.unref();
    this.#outbox.start();
    const instances = await this.#ports.instances.listShard(this.number);
    for (const { tenantId, instanceId } of instances) {
      this.#worker(tenantId, instanceId)
        .resume()
        .catch((error) => this.#log.error({ err: error, instanceId }, 'an instance could not be resumed'));
    }
    await this.#sweep(0);
  }

  /** Claims nothing new, ends all sessions without logging out. */
  async stop(): Promise<void> {
    this.#abort.abort();
    clearInterval(this.#sweeper);
    this.#outbox.stop();
    await Promise.all(this.workers.map((worker) => worker.stop()));
    await this.#pump;
  }

  #worker(tenantId: string, instanceId: string): InstanceWorker {
    let worker = this.#workers.get(instanceId);
    if (!worker) {
      const onRemoved = (id: string) => void this.#workers.delete(id);
      worker = new InstanceWorker({ ...this.#deps, onRemoved }, this.number, tenantId, instanceId);
      this.#workers.set(instanceId, worker);
    }
    return worker;
  }

  async #listen(): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      try {
        const received = await this.#ports.bells.receive(this.number, LONG_POLL_SECONDS, signal);
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
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  /** A bell names only the instance; the tenant of one not seen before comes from its pending entries. */
  async #ring(instanceId: string): Promise<void> {
    const worker = this.#workers.get(instanceId);
    if (worker) return worker.kick();
    const [pending] = await this.#ports.commands.listPending(this.number, instanceId);
    if (pending) this.#worker(pending.tenantId, instanceId).kick();
  }

  async #sweep(olderThanMs: number): Promise<void> {
    try {
      const pending = await this.#ports.commands.listPending(this.number);
      const before = this.#ports.clock() - olderThanMs;
      const late = new Map(pending.filter((p) => p.acceptedAtMs <= before).map((p) => [p.instanceId, p.tenantId]));
      for (const [instanceId, tenantId] of late) this.#worker(tenantId, instanceId).kick();
    } catch (error) {
      this.#log.error({ err: error }, 'the sweep failed');
    }
  }
}
