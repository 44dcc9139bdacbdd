import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createGuardedClient } from '../../lib/core/adapters/http/guarded-client.ts';
import { outboundPolicy } from '../../lib/core/adapters/http/outbound-policy.ts';
import { createKeyFileWrapper } from '../../lib/core/adapters/local/key-file.ts';
import { newSortableId } from '../../lib/core/model/ids.ts';
import { DEFAULT_SETTINGS, INITIAL_STATE, type Instance, type InstanceState } from '../../lib/core/model/instance.ts';
import type { BellQueue } from '../../lib/core/ports/index.ts';
import { Runner } from '../../runner/lifecycle.ts';
import { createLogger } from '../../runner/log.ts';
import { NO_METRICS } from '../../runner/metrics.ts';
import { Session } from '../../runner/session/session.ts';
import { type Sandbox, startSandbox } from '../../sandbox/index.ts';
import { freshNumber } from '../support/client.ts';
import { aCommand, anAudit, anInstance, newTenant, useEmbedded } from '../support/embedded.ts';
import { control } from '../support/person.ts';

const embedded = useEmbedded(1);
const logger = createLogger('silent');
const ends: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A queue that swallows every bell: what is left is the sweeper. */
const deaf: BellQueue = {
  ring: async () => undefined,
  receive: (_shard, _waitSeconds, signal) =>
    new Promise((done) => signal?.addEventListener('abort', () => done([]), { once: true })),
  acknowledge: async () => undefined,
};

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ media: false });
  return () => sandbox.close();
});

describe('a runner whose bells are all lost', () => {
  it('finds the command by itself', async () => {
    const adapters = embedded.adapters();
    const tenantId = await newTenant(adapters);
    const instance = anInstance(tenantId, { environment: 'test', shard: 0 });
    expect(await adapters.instances.create(instance, anAudit(instance.tenantId))).toBe('created');
    const keyWrapper = createKeyFileWrapper(`${embedded.dataDir}/runner-test.key`);
    const outbound = createGuardedClient(outboundPolicy(embedded.config));
    ends.push(() => outbound.close());
    const runner = new Runner({
      config: { shardCount: 1, sandboxUrl: sandbox.controlUrl, waVersionLookup: false },
      ports: { ...adapters, media: undefined, outbound, bells: deaf, keyWrapper, clock: Date.now },
      logger,
    });
    await runner.start();
    ends.push(() => runner.stop());

    const acceptedAtMs = Date.now();
    const command = aCommand(instance, {
      id: newSortableId('cmd', acceptedAtMs),
      operation: 'instance.connect',
      input: {},
      acceptedAtMs,
      notAfterMs: acceptedAtMs + 60_000,
    });
    await adapters.commands.accept({ command, message: null, idempotency: null });
    const endMs = performance.now() + 45_000;
    for (;;) {
      const row = await adapters.commands.get(instance.id, command.id);
      if (row?.state === 'done') break;
      if (performance.now() > endMs) throw new Error(`the command stayed ${row?.state}`);
      await new Promise((wake) => setTimeout(wake, 50));
    }
    const after = await adapters.instances.get(tenantId, instance.id);
    expect(['CONNECTING', 'WAITING_FOR_SCAN']).toContain(after?.state.status);
  });
});

describe('many sessions that come back at once', () => {
  it('connect ten at a time, the others wait for their turn', async () => {
    const [many, atOnce] = [14, 10];
    const adapters = embedded.adapters();
    const tenantId = await newTenant(adapters, many);
    const sockets = new Set<Socket>();
    // Takes connections and never answers, so that each holds its place.
    const mute = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
    });
    await new Promise<void>((listening) => mute.listen(0, '127.0.0.1', listening));
    ends.push(async () => {
      for (const socket of sockets) socket.destroy();
      mute.close();
    });
    const state: InstanceState = {
      ...{ ...INITIAL_STATE, status: 'WAITING_FOR_SCAN' },
      qr: { text: 'x', expiresAt: new Date(Date.now() + 600_000).toISOString() },
    };
    const instances = Array.from({ length: many }, () =>
      anInstance(tenantId, { environment: 'test', shard: 0, state }),
    );
    for (const instance of instances) await adapters.instances.create(instance, anAudit(tenantId));
    let [now, most] = [0, 0];
    const connecting = () => {
      now += 1;
      most = Math.max(most, now);
      let over = false;
      return () => {
        if (!over) now -= 1;
        over = true;
      };
    };
    const outbound = createGuardedClient(outboundPolicy(embedded.config));
    ends.push(() => outbound.close());
    const { port } = mute.address() as { port: number };
    const runner = new Runner({
      config: { shardCount: 1, sandboxUrl: `http://127.0.0.1:${port}`, waVersionLookup: false },
      ports: {
        ...{ ...adapters, media: undefined, outbound, bells: deaf, clock: Date.now },
        keyWrapper: createKeyFileWrapper(`${embedded.dataDir}/runner-test.key`),
      },
      metrics: { ...NO_METRICS, connecting },
      timing: { slotMs: 600_000 },
      logger,
    });
    await runner.start();
    ends.push(() => runner.stop());
    // All have asked for their turn.
    const asked = async () => {
      const rows = await adapters.instances.getMany(instances.map(({ id }) => ({ tenantId, instanceId: id })));
      return [...rows.values()].filter((row) => row.state.connectionAttempts > 0).length;
    };
    await expect.poll(asked).toBe(many);
    await expect.poll(() => most).toBe(atOnce);
    expect(sockets.size).toBeGreaterThan(0);
  });
});

describe('a connect that hangs', () => {
  it('is given up by the watchdog and tried again', async () => {
    const adapters = embedded.adapters();
    const connections: Socket[] = [];
    let second: () => void;
    const tried = new Promise<void>((done) => {
      second = done;
    });
    // Takes the TCP connection and never answers the upgrade: Baileys would wait for ever and say nothing.
    const mute: Server = createServer((socket) => {
      connections.push(socket);
      socket.on('error', () => undefined);
      if (connections.length === 2) second();
    });
    await new Promise<void>((listening) => mute.listen(0, '127.0.0.1', listening));
    ends.push(async () => {
      for (const socket of connections) socket.destroy();
      mute.close();
    });
    const { port } = mute.address() as { port: number };
    const tenantId = await newTenant(adapters);
    const instance = anInstance(tenantId);
    const session = await Session.load({
      tenantId,
      instanceId: instance.id,
      environment: 'test',
      settings: DEFAULT_SETTINGS,
      state: INITIAL_STATE,
      owner: 'runner_watchdog',
      store: adapters.sessions,
      rows: adapters,
      wrapper: createKeyFileWrapper(`${embedded.dataDir}/runner-test.key`),
      network: async () => ({ url: `ws://127.0.0.1:${port}/ws/chat`, version: undefined }),
      connectSlot: async () => () => undefined,
      connectTimeoutMs: 200,
      logger,
      clock: Date.now,
      random: () => 0,
      events: { shard: 0, onRecorded: () => undefined },
      onDead: () => undefined,
    });
    ends.push(() => session.stop());
    await session.connect();
    await tried;
    expect(connections.length).toBeGreaterThanOrEqual(2);
  });
});

describe('a session that another connection replaces (440)', () => {
  it('yields when its shard is another runner’s: it stores nothing, tells nobody and does not come back', async () => {
    const adapters = embedded.adapters();
    const tenantId = await newTenant(adapters);
    const instance = anInstance(tenantId, { shard: 0 });
    await adapters.instances.create(instance, anAudit(tenantId));
    const dead = Promise.withResolvers<string>();
    const session = await Session.load({
      ...{ tenantId, instanceId: instance.id, environment: 'test', settings: DEFAULT_SETTINGS, state: INITIAL_STATE },
      ...{ owner: 'runner_old', store: adapters.sessions, rows: adapters, logger, clock: Date.now, random: () => 0 },
      wrapper: createKeyFileWrapper(`${embedded.dataDir}/runner-test.key`),
      network: async () => ({ url: sandbox.url, version: undefined }),
      connectSlot: async () => () => undefined,
      isOwned: async () => false,
      events: { shard: 0, onRecorded: () => undefined },
      onDead: dead.resolve,
    });
    ends.push(() => session.stop());
    const until = async (accept: (state: InstanceState) => boolean) => {
      for (;;) {
        const { state } = (await adapters.instances.get(tenantId, instance.id)) as Instance;
        if (accept(state)) return state;
        await session.changed(50);
      }
    };
    await session.connect();
    const { qr } = await until((state) => state.qr !== null);
    const phone = freshNumber();
    await sandbox.phone(phone).scan(qr?.text as string);
    const before = await until((state) => state.status === 'CONNECTED');
    await session.flushed();
    await control(sandbox.controlUrl, 'POST', '/control/disconnect', { phone, code: 440 });
    expect(await dead.promise).toBe('fenced');
    const after = await until(() => true);
    expect(after).toEqual({ ...before, displayName: after.displayName });
    expect(session.isOpen || session.willOpen).toBe(false);
  });
});
