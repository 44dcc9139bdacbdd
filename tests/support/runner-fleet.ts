import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { createGuardedClient } from '../../lib/core/adapters/http/guarded-client.ts';
import { outboundPolicy } from '../../lib/core/adapters/http/outbound-policy.ts';
import type { Adapters } from '../../lib/core/adapters/index.ts';
import { createKeyFileWrapper } from '../../lib/core/adapters/local/key-file.ts';
import type { OperationName } from '../../lib/core/catalogue/operations.ts';
import type { Principal } from '../../lib/core/model/account.ts';
import type { Command } from '../../lib/core/model/command.ts';
import type { Instance } from '../../lib/core/model/instance.ts';
import type { OutboundClient } from '../../lib/core/ports/index.ts';
import { submitCommand } from '../../lib/core/usecases/submit-command.ts';
import { Runner, type RunnerTiming } from '../../runner/lifecycle.ts';
import { createLogger } from '../../runner/log.ts';
import { NO_METRICS } from '../../runner/metrics.ts';
import { type Sandbox, startSandbox } from '../../sandbox/index.ts';
import { freshNumber } from './client.ts';
import { anAudit, anInstance, newTenant, OWNER_ID, useEmbedded } from './embedded.ts';

/** Life and death within seconds, with room for a busy machine; shards move at once. */
const QUICK: Partial<RunnerTiming> = {
  ...{ beatMs: 300, fenceMs: 3_500, deadMs: 5_000 },
  ...{ coolDownMs: 0, moveEveryMs: 0, noticeMs: 700, pollMs: 50 },
};

/** The way from one runner to its stores. Cut: every call fails. Frozen: nothing, or no such call, goes on until it thaws. */
class Wire {
  #state: 'up' | 'cut' | 'frozen' = 'up';
  #frozen = /./;
  #thawed = Promise.withResolvers<void>();
  /** Calls that the frost has stopped so far. */
  held = 0;

  cut(): void {
    this.#state = 'cut';
  }

  freeze(calls = /./): void {
    this.#state = 'frozen';
    this.#frozen = calls;
    this.#thawed = Promise.withResolvers<void>();
  }

  mend(): void {
    this.#state = 'up';
    this.#thawed.resolve();
  }

  /** The store as seen through the wire. */
  through<T extends object>(store: T): T {
    return new Proxy(store, {
      get: (target, name) => {
        const member = Reflect.get(target, name);
        return typeof member === 'function'
          ? (...args: unknown[]) => this.#call(String(name), () => member.apply(target, args))
          : member;
      },
    });
  }

  async #call(name: string, call: () => unknown): Promise<unknown> {
    await this.#pass(name);
    const answer = await call();
    await this.#pass(name);
    return answer;
  }

  async #pass(name: string): Promise<void> {
    if (this.#state === 'cut') throw new Error('The wire is cut.');
    if (this.#state !== 'frozen' || !this.#frozen.test(name)) return;
    this.held += 1;
    await this.#thawed.promise;
  }
}

/** A runner of the fleet, with a wire and a clock of its own. */
export class FleetRunner {
  readonly wire = new Wire();
  readonly runner: Runner;
  /** Writes of it that were refused, since another owner had the session. */
  refusals = 0;
  #stoppedAtMs: number | undefined;

  constructor(fleet: Fleet, id: string, shardCount: number) {
    const adapters = fleet.adapters;
    const throughWire = Object.fromEntries(
      Object.entries(adapters).map(([name, store]) => [
        name,
        typeof store === 'object' ? this.wire.through(store) : store,
      ]),
    ) as unknown as Adapters;
    this.runner = new Runner({
      id,
      config: { shardCount, sandboxUrl: fleet.sandbox.controlUrl, waVersionLookup: false },
      ports: {
        ...throughWire,
        ...{ media: undefined, outbound: fleet.outbound, clock: Date.now },
        keyWrapper: createKeyFileWrapper(join(fleet.dataDir, 'fleet.key')),
      },
      logger: createLogger(process.env.TEST_LOG_LEVEL ?? 'silent'),
      timing: { ...QUICK, ...fleet.timing },
      metrics: {
        ...NO_METRICS,
        fenceRefused: () => {
          this.refusals += 1;
        },
      },
      monotonic: () => this.#stoppedAtMs ?? performance.now(),
    });
  }

  /** As SIGSTOP, as far as one process can play it: it does not notice that time goes by, and no store answers. */
  freeze(): void {
    this.#stoppedAtMs = performance.now();
    this.wire.freeze();
  }

  thaw(): void {
    this.#stoppedAtMs = undefined;
    this.wire.mend();
  }

  get shards(): number[] {
    return this.runner.shards.map(({ number }) => number);
  }
}

/** A test instance of the fleet, and the phone that is or will be linked. */
export interface FleetInstance {
  instance: Instance;
  phone: string;
}

/** Several runners in this process over one set of embedded services and one sandbox. */
export interface Fleet {
  readonly sandbox: Sandbox;
  readonly adapters: Adapters;
  readonly outbound: OutboundClient;
  readonly dataDir: string;
  readonly timing: Partial<RunnerTiming>;
  /** A runner that has started; it stops with the fleet. Its name decides which shards are to be its own. */
  start(name: string, shardCount: number): Promise<FleetRunner>;
  /** Stops what still runs and forgets all runners. */
  clear(): Promise<void>;
  /** A new instance on that shard, not linked. */
  create(shard: number): Promise<FleetInstance>;
  /** The text of the QR that it shows. */
  code(of: FleetInstance): Promise<string>;
  /** A new instance on that shard, linked and connected. Needs a runner. */
  link(shard: number): Promise<FleetInstance>;
  submit(of: FleetInstance, operation: OperationName, input: unknown): Promise<Command>;
  /** Accepts a text and returns its command. */
  send(of: FleetInstance, to: string, text: string): Promise<Command>;
  /** Resolves when the command has ended. */
  ended(command: Command): Promise<Command>;
  connected(of: FleetInstance): Promise<void>;
}

/** With queues for so many shards. `timing`: of its runners, beside what makes them quick. */
export function useFleet(queues: number, timing: Partial<RunnerTiming> = {}): Fleet {
  const embedded = useEmbedded(queues);
  const runners: FleetRunner[] = [];
  let sandbox: Sandbox;
  let adapters: Adapters;
  let outbound: ReturnType<typeof createGuardedClient>;
  let tenantId: string;
  beforeAll(async () => {
    sandbox = await startSandbox({ media: false, readDelayMs: 20, echoDelayMs: 20 });
    adapters = embedded.adapters();
    outbound = createGuardedClient(outboundPolicy(embedded.config));
    tenantId = await newTenant(adapters, 40);
  });
  afterAll(async () => {
    await fleet.clear();
    await outbound.close();
    await sandbox.close();
  });

  const principal = (): Principal => ({
    ...{
      kind: 'user',
      tenantId,
      userId: OWNER_ID,
      name: 'Some Body',
      role: 'ADMINISTRATOR',
      mustChangePassword: false,
    },
    origin: { address: '192.0.2.1', userAgent: 'test' },
  });

  const fleet: Fleet = {
    timing,
    get sandbox() {
      return sandbox;
    },
    get adapters() {
      return adapters;
    },
    get outbound() {
      return outbound;
    },
    get dataDir() {
      return embedded.dataDir;
    },
    async start(name, count) {
      const started = new FleetRunner(fleet, `runner_${name}`, count);
      runners.push(started);
      await started.runner.start();
      return started;
    },
    async clear() {
      await Promise.all(
        runners.splice(0).map(({ wire, runner }) => {
          wire.mend();
          return runner.stop();
        }),
      );
    },
    async create(shard) {
      const instance = anInstance(tenantId, { shard, settings: { ...anInstance(tenantId).settings, messageDelay: 0 } });
      await adapters.instances.create(instance, anAudit(tenantId));
      return { instance, phone: freshNumber() };
    },
    async code({ instance: { id } }) {
      const qr = await until('a QR code', async () => (await adapters.instances.get(tenantId, id))?.state.qr);
      return qr.text;
    },
    async link(shard) {
      const of = await fleet.create(shard);
      await fleet.submit(of, 'instance.connect', {});
      await sandbox.phone(of.phone).scan(await fleet.code(of));
      await fleet.connected(of);
      return of;
    },
    async submit({ instance }, operation, input) {
      const present = (await adapters.instances.get(tenantId, instance.id)) as Instance;
      const ports = { ...adapters, log: createLogger('silent'), clock: Date.now };
      return (await submitCommand(ports, principal(), { instance: present, operation, input })).command;
    },
    send: (of, to, text) => fleet.submit(of, 'message.sendText', { to, text }),
    ended: (command) =>
      until(`the end of ${command.operation}`, async () => {
        const row = await adapters.commands.get(command.instanceId, command.id);
        return row && row.state !== 'queued' && row.state !== 'running' ? row : undefined;
      }),
    async connected({ instance }) {
      await until('a connection', async () => {
        return (await adapters.instances.get(tenantId, instance.id))?.state.status === 'CONNECTED' || undefined;
      });
    },
  };
  return fleet;
}

/** The first answer that is there. @throws Error when there is none for a minute */
export async function until<T>(
  what: string,
  ask: () => T | undefined | Promise<T | undefined>,
): Promise<NonNullable<T>> {
  const endMs = performance.now() + 60_000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== null && answer !== false) return answer;
    if (performance.now() > endMs) throw new Error(`There was never ${what}.`);
    await new Promise((wake) => setTimeout(wake, 25));
  }
}
