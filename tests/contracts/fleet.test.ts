import { createServer, type Server } from 'node:http';
import { DescribeServicesCommand, ECSClient, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEcsScaler } from '../../lib/core/adapters/ecs/scaler.ts';
import type { Adapters } from '../../lib/core/adapters/index.ts';
import type { Principal } from '../../lib/core/model/account.ts';
import type { Instance } from '../../lib/core/model/instance.ts';
import type { RunnerBeat } from '../../lib/core/ports/index.ts';
import { describeFleet, RunnerSightings } from '../../lib/core/usecases/describe-fleet.ts';
import { ReconcileMemory, type ReconcilePorts, reconcileFleet } from '../../lib/core/usecases/reconcile-fleet.ts';
import { restartRunners } from '../../lib/core/usecases/restart-runners.ts';
import { stopRunners } from '../../lib/core/usecases/stop-runners.ts';
import { aCommand, anAudit, anInstance, newTenant, OWNER_ID, useEmbedded } from '../support/embedded.ts';

const embedded = useEmbedded(2);
const NOW_MS = 1_800_000_000_000;
const PLAN = { minRunners: 1, maxRunners: 5, sessionsPerRunner: 10 };
/** Of two shards. */
const LISTS = ['instances.listShard', 'instances.listShard'];
const LONG_AGO_MS = NOW_MS - 3_600_000;

class NotedScaler {
  desired: number;
  readonly done: string[] = [];
  constructor(desired = 1) {
    this.desired = desired;
  }
  async describe() {
    return { desired: this.desired, running: this.desired };
  }
  async setDesired(count: number) {
    this.desired = count;
    this.done.push(`desired ${count}`);
  }
  async restart() {
    this.done.push('restart');
  }
}

let adapters: Adapters;
let scaler: NotedScaler;
let ports: ReconcilePorts;
let tenantId: string;
let monotonicMs: number;
let nowMs: number;
let sightings: RunnerSightings;
let memory: ReconcileMemory;

const quiet = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
} as unknown as ReconcilePorts['log'];

beforeEach(async () => {
  adapters = await embedded.emptyAdapters();
  tenantId = await newTenant(adapters);
  scaler = new NotedScaler();
  nowMs = NOW_MS;
  ports = { ...adapters, scaler, log: quiet, clock: () => nowMs };
  monotonicMs = 0;
  sightings = new RunnerSightings(() => monotonicMs);
  memory = new ReconcileMemory(sightings);
});

const beat = (id: string, fields: Partial<RunnerBeat> = {}): RunnerBeat => {
  return { id, counter: 1, draining: false, releasing: [], load: 0, startedAtMs: 1, host: 'here:1', ...fields };
};
const round = () => reconcileFleet(ports, PLAN, memory);

async function create(fields: Partial<Instance> = {}): Promise<Instance> {
  const instance = anInstance(tenantId, fields);
  expect(await adapters.instances.create(instance, anAudit(tenantId))).toBe('created');
  return instance;
}

describe('the number of runners', () => {
  it('follows what they carry, and what nobody carries', async () => {
    await adapters.runners.beat(beat('a', { load: 11 }));
    expect(await round()).toMatchObject({ sessions: 11, desired: 3, scaled: true, held: false, unowned: [] });
    expect(await round()).toMatchObject({ desired: 3, scaled: false });
    expect(scaler.done).toEqual(['desired 3']);
    await create({ shard: 1 });
    await adapters.shards.claim(1, 'gone', 0);
    expect(await round()).toMatchObject({ sessions: 12, unowned: [1] });
  });

  it('leaves out a runner whose counter has stood still, and its sessions count as waiting', async () => {
    await create({ shard: 0 });
    await adapters.shards.claim(0, 'a', 0);
    await adapters.runners.beat(beat('a', { load: 1 }));
    expect(await round()).toMatchObject({ sessions: 1, unowned: [] });
    monotonicMs = 11_000;
    expect(await round()).toMatchObject({ sessions: 1, unowned: [0] });
    await adapters.runners.beat(beat('a', { load: 1, counter: 2 }));
    expect(await round()).toMatchObject({ unowned: [] });
  });
});

describe('commands that stay', () => {
  it('are rung for again: past their deadline, or left by a runner that is gone; others are left alone', async () => {
    const instance = await create({ shard: 1 });
    await adapters.runners.beat(beat('a'));
    const accept = async (fields: Parameters<typeof aCommand>[1]) => {
      const command = aCommand(instance, { notAfterMs: NOW_MS + 3_600_000, acceptedAtMs: LONG_AGO_MS, ...fields });
      await adapters.commands.accept({ command, message: null, idempotency: null });
      return command;
    };
    const late = await accept({ notAfterMs: NOW_MS - 120_000 });
    const left = await accept({});
    const underWay = await accept({});
    await accept({});
    await adapters.commands.claim(instance.id, left.id, 'gone', 1, LONG_AGO_MS);
    await adapters.commands.claim(instance.id, underWay.id, 'a', 2, LONG_AGO_MS);
    const rung: string[] = [];
    ports = { ...ports, bells: { ...adapters.bells, ring: async (_shard, bell) => void rung.push(bell.commandId) } };
    expect(await round()).toMatchObject({ stuck: 2, leftovers: 0 });
    expect(rung.sort()).toEqual([late.id, left.id].sort());
  });
});

describe('what is left over', () => {
  it('goes: commands and shard entries of instances that are gone, entries of commands that have ended', async () => {
    const instance = await create({ shard: 1 });
    const stays = await create({ shard: 1 });
    const accept = async (of: Instance, fields: Parameters<typeof aCommand>[1] = {}) => {
      const command = aCommand(of, { acceptedAtMs: LONG_AGO_MS, notAfterMs: NOW_MS + 3_600_000, ...fields });
      await adapters.commands.accept({ command, message: null, idempotency: null });
      return command;
    };
    const orphan = await accept(instance);
    const removal = await accept(instance, { operation: 'instance.remove', input: {} });
    const running = await accept(stays);
    await adapters.instances.remove(tenantId, instance.id, anAudit(tenantId));
    expect(await round()).toMatchObject({ leftovers: 1 });
    expect(await adapters.commands.get(instance.id, orphan.id)).toMatchObject({
      state: 'failed',
      error: { code: 'RESOURCE_NOT_FOUND' },
    });
    const pending = (await adapters.commands.listPending(1)).map(({ commandId }) => commandId);
    expect(pending.sort()).toEqual([removal.id, running.id].sort());
    expect(await round()).toMatchObject({ leftovers: 0 });
  });

  it('never takes the entry of a command that is still to run, nor of an instance that is there', async () => {
    const instance = await create({ shard: 0 });
    const command = aCommand(instance);
    await adapters.commands.accept({ command, message: null, idempotency: null });
    const [entry] = await adapters.commands.listPending(0);
    if (!entry) throw new Error('nothing is pending');
    expect(await adapters.leftovers.clearPending(0, entry)).toBe(false);
    expect(await adapters.leftovers.endOrphan(0, entry, NOW_MS)).toBe(false);
    expect(await adapters.leftovers.clearResident(0, tenantId, instance.id)).toBe(false);
    expect(await adapters.commands.listPending(0)).toHaveLength(1);
    expect(await adapters.shards.get(0)).toMatchObject({ instances: 1 });
  });
});

describe('what a round asks the database', () => {
  it('is the same for a hundred instances as for one; leftovers are looked for once an hour', async () => {
    const tenants = await Promise.all(Array.from({ length: 3 }, () => newTenant(adapters)));
    const add = async (of: string, shard: number) => {
      const instance = anInstance(of, { shard });
      await adapters.instances.create(instance, anAudit(of));
      const command = aCommand(instance, { acceptedAtMs: LONG_AGO_MS, notAfterMs: NOW_MS + 3_600_000 });
      await adapters.commands.accept({ command, message: null, idempotency: null });
    };
    await add(tenants[0] as string, 0);
    await Promise.all(Array.from({ length: 100 }, (_, n) => add(tenants[n % tenants.length] as string, 1)));
    const asked: string[] = [];
    const note = <S extends object>(name: string, store: S): S =>
      new Proxy(store, {
        get(target, property) {
          const method = Reflect.get(target, property) as (...args: unknown[]) => unknown;
          return (...args: unknown[]) => {
            asked.push(`${name}.${String(property)}`);
            return method.apply(target, args);
          };
        },
      });
    ports = { ...ports, instances: note('instances', ports.instances), commands: note('commands', ports.commands) };
    const aShard = ['commands.getMany', 'commands.listLate', 'instances.getMany'];
    await round();
    const first = asked.splice(0).toSorted();
    expect(first).toEqual([...aShard, ...aShard, 'instances.getMany', 'instances.getMany', ...LISTS].toSorted());
    await round();
    expect(asked.splice(0).toSorted()).toEqual([...aShard, ...aShard].toSorted());
    nowMs += 3_600_000;
    await round();
    expect(asked.toSorted()).toEqual(first);
  });
});

describe('rows past their ttl', () => {
  it('go from both tables; what is still to live stays', async () => {
    let atMs = NOW_MS;
    const own = embedded.adapters(() => atMs);
    await own.expired.sweep();
    await own.runners.beat(beat('expires'));
    const instance = anInstance(await newTenant(own));
    await own.instances.create(instance, anAudit(instance.tenantId));
    expect(await own.expired.sweep()).toBe(0);
    atMs += 72 * 3_600_000;
    expect(await own.expired.sweep()).toBe(1);
    expect(await own.runners.list()).toEqual([]);
    expect(await own.instances.get(instance.tenantId, instance.id)).toBeDefined();
  });
});

describe('who owns what', () => {
  it('is told by runner and state', async () => {
    await create({ shard: 0 });
    await create({ shard: 1 });
    await adapters.shards.claim(0, 'a', 0);
    await adapters.runners.beat(beat('a', { load: 1, draining: true }));
    const report = await describeFleet(adapters, sightings);
    expect(report).toMatchObject({
      runners: [{ id: 'a', alive: true, draining: true, load: 1, shards: [0], sessions: { DISCONNECTED: 1 } }],
      unowned: [1],
      sessions: { DISCONNECTED: 2 },
    });
    monotonicMs = 20_000;
    expect((await describeFleet(adapters, sightings)).runners).toMatchObject([{ alive: false, stillMs: 20_000 }]);
  });
});

describe('restarting and stopping the runners', () => {
  const principal = (role: 'ADMINISTRATOR' | 'USER'): Principal => {
    const origin = { address: null, userAgent: null };
    return { kind: 'user', origin, tenantId, userId: OWNER_ID, name: 'Ann', role, mustChangePassword: false };
  };
  const control = (fleetControl: boolean) => {
    const policy = { fleetControl, auditRetentionDays: 30 } as Parameters<typeof restartRunners>[0]['policy'];
    return { ...adapters, scaler, policy, clock: () => NOW_MS };
  };

  it('holds them until they are restarted, whatever the reconciler would like, and is recorded', async () => {
    await adapters.runners.beat(beat('a', { load: 30 }));
    await stopRunners(control(true), principal('ADMINISTRATOR'));
    expect(await round()).toMatchObject({ held: true, desired: 0, scaled: false });
    await restartRunners(control(true), principal('ADMINISTRATOR'));
    expect(await round()).toMatchObject({ held: false, desired: 4, scaled: true });
    expect(scaler.done).toEqual(['desired 0', 'restart', 'desired 4']);
    const { items } = await adapters.audit.list(tenantId, {}, 10);
    const actions = items.map(({ action }) => action);
    expect(actions).toEqual(expect.arrayContaining(['STOP_RUNNERS', 'RESTART_RUNNERS']));
  });

  it('is done by the reconciler where the API may only leave word, once', async () => {
    await adapters.runners.beat(beat('a', { load: 30 }));
    const left = { setDesired: async () => undefined, restart: () => adapters.hold.setRestartWished(true) };
    const api = { ...control(true), scaler: left };
    await stopRunners(api, principal('ADMINISTRATOR'));
    expect(await round()).toMatchObject({ held: true, desired: 0, scaled: true });
    await restartRunners(api, principal('ADMINISTRATOR'));
    for (let n = 0; n < 2; n += 1) expect(await round()).toMatchObject({ held: false, desired: 4 });
    expect(scaler.done).toEqual(['desired 0', 'desired 4', 'restart']);
  });

  it('is for administrators, and only where the operator has said so', async () => {
    for (const use of [restartRunners, stopRunners]) {
      await expect(use(control(true), principal('USER'))).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
      await expect(use(control(false), principal('ADMINISTRATOR'))).rejects.toMatchObject({
        code: 'PERMISSION_DENIED',
      });
      const nobody = { ...control(true), scaler: undefined };
      await expect(use(nobody, principal('ADMINISTRATOR'))).rejects.toMatchObject({ code: 'NOT_IMPLEMENTED' });
    }
    expect(scaler.done).toEqual([]);
    expect(await adapters.hold.isHeld()).toBe(false);
  });
});

describe('runners as a service of ECS', () => {
  const config = { region: 'eu-central-1', ecsCluster: 'gateway', ecsService: 'runners', ecsEndpoint: undefined };
  const ecs = mockClient(ECSClient);
  let server: Server | undefined;
  afterEach(() => {
    ecs.reset();
    server?.close();
  });

  it('is asked and changed by its name', async () => {
    const services = [{ status: 'ACTIVE', desiredCount: 3, runningCount: 2 }];
    ecs.on(DescribeServicesCommand, { cluster: 'gateway', services: ['runners'] }).resolves({ services });
    ecs.on(UpdateServiceCommand).resolves({});
    const own = createEcsScaler(config);
    expect(await own.describe()).toEqual({ desired: 3, running: 2 });
    await own.setDesired(4);
    await own.restart();
    expect(ecs.commandCalls(UpdateServiceCommand).map(({ args }) => args[0].input)).toEqual([
      { cluster: 'gateway', service: 'runners', desiredCount: 4 },
      { cluster: 'gateway', service: 'runners', forceNewDeployment: true },
    ]);
  });

  it('is an error where there is none', async () => {
    ecs.on(DescribeServicesCommand).resolves({ services: [], failures: [{ reason: 'MISSING' }] });
    await expect(createEcsScaler(config).describe()).rejects.toThrow(/MISSING/);
    expect(() => createEcsScaler({ ...config, ecsService: undefined })).toThrow('ECS_SERVICE');
  });

  it('speaks the wire format of ECS', async () => {
    ecs.restore();
    const calls: { target: string; body: unknown }[] = [];
    server = createServer(async (request, response) => {
      let text = '';
      for await (const chunk of request) text += chunk;
      calls.push({ target: String(request.headers['x-amz-target']), body: JSON.parse(text) });
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify({ services: [{ status: 'ACTIVE', desiredCount: 1, runningCount: 1 }] }));
    });
    await new Promise<void>((listening) => server?.listen(0, '127.0.0.1', listening));
    const { port } = server.address() as { port: number };
    process.env.AWS_ACCESS_KEY_ID ??= 'local';
    process.env.AWS_SECRET_ACCESS_KEY ??= 'local';
    const own = createEcsScaler({ ...config, ecsEndpoint: `http://127.0.0.1:${port}` });
    expect(await own.describe()).toEqual({ desired: 1, running: 1 });
    await own.setDesired(2);
    expect(calls).toEqual([
      {
        target: 'AmazonEC2ContainerServiceV20141113.DescribeServices',
        body: { cluster: 'gateway', services: ['runners'] },
      },
      {
        target: 'AmazonEC2ContainerServiceV20141113.UpdateService',
        body: { cluster: 'gateway', service: 'runners', desiredCount: 2 },
      },
    ]);
  });
});
