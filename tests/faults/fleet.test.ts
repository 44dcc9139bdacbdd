import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ProbePoint } from '../../runner/probe.ts';
import { Fleet, type RunnerUnderTest } from '../support/fleet.ts';
import { violations } from '../support/invariants.ts';
import { startTalks, type Talk, Traffic } from '../support/traffic.ts';

/**
 * What no fault may break, on three runners as processes of their own and real Baileys on the sandbox, with messages in
 * both directions all the time. One fleet for all groups: what one leaves behind, the next has to live with.
 */
const INSTANCES = Number(process.env.FLEET_INSTANCES ?? 30);
const EVERY_MS = 2_000;
const CONFLICT = 440;
/** Nothing came any more, not even answers to pings. */
const SILENCE = 408;
const FENCED = 'no heartbeat: the runner fences itself';

// The fleet may take a minute and a half to be well again, and as long until everything has come to its end.
vi.setConfig({ testTimeout: 300_000 });

let fleet: Fleet;
let talks: Talk[];

beforeAll(async () => {
  fleet = await Fleet.start(3);
  await fleet.isBalanced();
  talks = await startTalks(fleet.gateway.url, fleet.sandbox.url, INSTANCES);
  await fleet.isWell(INSTANCES);
}, 180_000);
afterAll(() => fleet?.stop());

/** Messages flow while `work` is done and until the fleet is well again; then everything must be as it should. */
async function underTraffic(work: () => Promise<void>): Promise<void> {
  const traffic = new Traffic(talks, EVERY_MS);
  try {
    await pause(EVERY_MS);
    await work();
    await fleet.isWell(INSTANCES);
    await pause(EVERY_MS);
  } finally {
    await traffic.stop();
  }
  expect(await violations(fleet, talks)).toEqual([]);
}

/** Some time of traffic, which nothing announces the end of. */
function pause(ms: number): Promise<void> {
  return new Promise((wake) => setTimeout(wake, ms));
}

/** Runners that carry sessions, the busiest first. */
async function busiest(count: number): Promise<RunnerUnderTest[]> {
  const loads = await Promise.all(fleet.runners.map(async (runner) => [runner, await runner.connected()] as const));
  return loads
    .sort(([, a], [, b]) => b - a)
    .slice(0, count)
    .map(([runner]) => runner);
}

describe('kill -9 of a runner', () => {
  const POINTS: Record<string, ProbePoint[]> = {
    'before a claim': ['claiming'],
    'after a claim': ['claimed'],
    'after the commit of an encryption': ['encrypted', 'frame-committed'],
    'after the write to the socket': ['encrypted', 'frame-sent'],
    'after the ack': ['acked'],
    'inside an inbound decrypt': ['decrypting'],
    'between commit and receipt': ['decrypted', 'frame-committed'],
    'after the receipt, before the event': ['decrypted', 'frame-sent', 'announcing'],
  };
  const names = Object.keys(POINTS);
  // Two at a time: one runner is left, and takes over everything.
  const pairs = Array.from({ length: names.length / 2 }, (_, n) => names.slice(2 * n, 2 * n + 2));

  it.each(pairs)('%s, and of another one %s', async (...points) => {
    await underTraffic(async () => {
      const victims = await busiest(2);
      for (const [n, victim] of victims.entries()) victim.killAt(...(POINTS[points[n] as string] as ProbePoint[]));
      expect(await Promise.all(victims.map((victim) => victim.ended))).toEqual(['SIGKILL', 'SIGKILL']);
      await Promise.all(victims.map(() => fleet.addRunner()));
    });
  });
});

describe('a runner that is frozen', () => {
  it('for 12 s and for 40 s, finds itself fenced, drops its sessions and becomes a good citizen again', async () => {
    await underTraffic(async () => {
      const [short, long] = (await busiest(2)) as [RunnerUnderTest, RunnerUnderTest];
      const fenced = [short, long].map((victim) => victim.says(FENCED));
      for (const victim of [short, long]) victim.signal('SIGSTOP');
      await pause(12_000);
      short.signal('SIGCONT');
      await pause(28_000);
      long.signal('SIGCONT');
      await Promise.all(fenced);
      for (const victim of [short, long]) {
        await expect
          .poll(() => victim.readiness(), { timeout: 30_000 })
          .toMatchObject({ status: 200, state: 'running' });
      }
    });
  });
});

describe('DynamoDB and SQS in trouble', () => {
  it('fail, throttle, answer late and lose answers: sessions wait or start anew, and recover by themselves', async () => {
    await underTraffic(async () => {
      const doors = fleet.runners.flatMap(({ dynamo, sqs }) => [dynamo, sqs]);
      const spell = async (...faults: Parameters<(typeof doors)[number]['set']>) => {
        for (const door of doors) door.set(...faults);
        await pause(4_000);
      };
      /** Strikes every store of every runner. */
      const spellForAll = async (...faults: Parameters<typeof spell>) => {
        const before = doors.map((door) => door.struck());
        await spell(...faults);
        const isStruck = () => doors.every((door, n) => door.struck() > (before[n] as number));
        await expect.poll(isStruck, { timeout: 30_000 }).toBe(true);
      };
      await spellForAll({ kind: 'fail', every: 3 });
      await spellForAll({ kind: 'throttle', every: 2 });
      await spellForAll({ kind: 'delay', ms: 700 });
      await spell({ kind: 'drop-answer', calls: /^(TransactWriteItems|UpdateItem|ReceiveMessage)$/, every: 5 });
      await spell({ kind: 'throttle', calls: /^TransactWriteItems$/ });
      for (const door of doors) door.set();
    });
  });
});

describe('a network partition', () => {
  it('of one runner from DynamoDB, and of another one from WhatsApp', async () => {
    await underTraffic(async () => {
      const [storeless, mute] = (await busiest(2)) as [RunnerUnderTest, RunnerUnderTest];
      const fenced = storeless.says(FENCED);
      storeless.dynamo.cut();
      mute.whatsapp.cut();
      try {
        await fenced;
        expect(await storeless.connected()).toBe(0);
        expect(await storeless.readiness()).toMatchObject({ status: 503, state: 'fenced' });
        await pause(5_000);
      } finally {
        storeless.dynamo.restore();
        mute.whatsapp.restore();
      }
    });
  });
});

describe('silence from WhatsApp alone', () => {
  it('is found out by the sessions themselves, which come back when it ends', async () => {
    await underTraffic(async () => {
      const [mute] = (await busiest(1)) as [RunnerUnderTest];
      // Its connections stay open: only pings tell, after half a minute at the earliest. One that is being made, since
      // its shard moves back after an earlier fault, ends without this code.
      const noticed = mute.says('connection closed', 150_000, { code: SILENCE });
      mute.whatsapp.cut();
      try {
        await noticed;
        expect(await mute.readiness()).toMatchObject({ status: 200, state: 'running' });
      } finally {
        mute.whatsapp.restore();
      }
    });
  });
});

describe('clocks that jump', () => {
  it('an hour ahead on one runner and an hour back on another: nobody loses a session', {
    timeout: 300_000,
  }, async () => {
    const epochs = async () => (await fleet.adapters.shards.list()).map(({ shard, epoch }) => [shard, epoch]);
    // What the faults before this one have displaced moves back first.
    await fleet.isBalanced(150_000);
    const before = await epochs();
    await underTraffic(async () => {
      const [ahead, behind] = (await busiest(2)) as [RunnerUnderTest, RunnerUnderTest];
      ahead.moveClock(3_600_000);
      behind.moveClock(-3_600_000);
      await pause(10_000);
      for (const runner of [ahead, behind]) runner.moveClock(0);
      await pause(4_000);
    });
    expect(await epochs()).toEqual(before);
  });
});

describe('a rolling replacement of all runners', () => {
  it('under load: every session is handed over, and none is replaced by its next owner', async () => {
    const before = [...fleet.runners];
    const marks = new Map(before.map((runner) => [runner, runner.lines.length]));
    await underTraffic(async () => {
      for (const old of before) {
        await fleet.addRunner();
        expect(await old.stop()).toBe(0);
        await fleet.isWell(INSTANCES);
      }
    });
    const closed = fleet.all.flatMap((runner) => runner.said('connection closed', marks.get(runner) ?? 0));
    expect(closed.filter(({ code }) => code === CONFLICT)).toEqual([]);
    expect(fleet.runners.some((runner) => before.includes(runner))).toBe(false);
  });
});

describe('a runner that cannot drain', () => {
  it('ends at once at a second SIGTERM, and the others go on from the rows', async () => {
    await underTraffic(async () => {
      const [victim] = (await busiest(1)) as [RunnerUnderTest];
      const draining = victim.says('draining');
      victim.dynamo.cut();
      victim.signal('SIGTERM');
      await draining;
      expect(await victim.readiness()).toMatchObject({ status: 503, state: 'draining' });
      victim.signal('SIGTERM');
      expect(await victim.ended).toBe(1);
      await fleet.addRunner();
    });
  });
});
