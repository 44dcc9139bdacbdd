import { Fleet, type RunnerUnderTest } from '../tests/support/fleet.ts';
import { askToSend, startTalks, type Talk, Traffic } from '../tests/support/traffic.ts';
import { percentile, report } from './figures.ts';

const INSTANCES = 12;
const KILLS = 4;
/** Between two messages of a session in one direction: what waits is to wait for the move, not for the processor. */
const EVERY_MS = 1_000;
const DRAINED = Number(process.env.DRAIN_SESSIONS ?? 125);
const CONFLICT = 440;
/** Until the fleet has come to rest after a runner has joined. */
const WATCH_MS = 5_000;

/**
 * Three runners as processes of their own. Unplanned: from kill -9 to the first message that the new owner has sent, by
 * session. Planned: the longest that a message waited while its session was handed over on SIGTERM, by session.
 */
export async function measureFleet(): Promise<void> {
  console.log(`\nFail-over (three runners, ${INSTANCES} instances)`);
  const fleet = await Fleet.start(3);
  try {
    await fleet.isBalanced();
    const talks = await startTalks(fleet.gateway.url, fleet.sandbox.url, INSTANCES);
    const unplanned: number[] = [];
    for (let kill = 0; kill < KILLS; kill += 1) {
      await fleet.isWell(INSTANCES);
      unplanned.push(...(await killOne(fleet, talks)));
      await fleet.addRunner();
    }
    await fleet.isWell(INSTANCES);
    await fleet.isBalanced();
    const planned = await handOverOne(fleet, talks);
    report(`kill -9 → sent by the new owner, p50 of ${unplanned.length}`, seconds(percentile(unplanned, 0.5)));
    report('kill -9 → sent by the new owner, p95', seconds(percentile(unplanned, 0.95)), 'bar: 15 s');
    report(
      `SIGTERM: longest wait of a message, p50 of ${planned.waitsMs.length}`,
      seconds(percentile(planned.waitsMs, 0.5)),
    );
    report('SIGTERM: longest wait of a message, worst session', seconds(Math.max(...planned.waitsMs)), 'bar: 3 s');
    report('SIGTERM: sessions replaced by their next owner (440)', String(planned.conflicts), 'bar: 0');
  } finally {
    await fleet.stop();
  }
}

/** SIGTERM to a runner with 125 sessions while another one is there to take them all. */
export async function measureDrain(): Promise<void> {
  console.log(`\nDrain (${DRAINED} sessions of one runner, with one to hand over to)`);
  const fleet = await Fleet.start(1);
  try {
    await startTalks(fleet.gateway.url, fleet.sandbox.url, DRAINED);
    await fleet.isWell(DRAINED);
    const [old] = fleet.runners as [RunnerUnderTest];
    const next = await fleet.addRunner();
    const startMs = performance.now();
    const code = await old.stop();
    report('SIGTERM → exit', seconds(performance.now() - startMs), 'bar: 100 s');
    await fleet.isWell(DRAINED);
    report('SIGTERM → all sessions connected again', seconds(performance.now() - startMs));
    const replaced = fleet.all.flatMap((runner) => runner.said('connection closed')).filter(isConflict);
    report(
      'exit code; sessions of the next runner; replaced',
      `${code}; ${await next.connected()}; ${replaced.length}`,
    );
  } finally {
    await fleet.stop();
  }
}

const seconds = (ms: number) => `${(ms / 1_000).toFixed(2)} s`;
const isConflict = ({ code }: { code?: number }) => code === CONFLICT;

/** ms from the kill to the first message sent after it, of each session that the victim had. */
async function killOne(fleet: Fleet, talks: readonly Talk[]): Promise<number[]> {
  const [victim, orphans] = await fullest(fleet, talks);
  victim.signal('SIGKILL');
  const killedAtMs = Date.now();
  return Promise.all(
    orphans.map(async (talk) => {
      const { messageId } = await askToSend(talk);
      const path = `/api/messages/${messageId}/status`;
      const { body } = await talk.instance.key.until(path, (answer) => answer.body.data?.sentAt, 60_000);
      return Date.parse(body.data.sentAt) - killedAtMs;
    }),
  );
}

async function handOverOne(fleet: Fleet, talks: readonly Talk[]): Promise<{ waitsMs: number[]; conflicts: number }> {
  const [old, movers] = await fullest(fleet, talks);
  const before = movers.map(({ sent }) => sent.length);
  const marks = new Map(fleet.all.map((runner) => [runner, runner.lines.length]));
  const traffic = new Traffic(movers, EVERY_MS);
  await old.stop();
  await fleet.isWell(INSTANCES);
  await new Promise((wake) => setTimeout(wake, WATCH_MS));
  await traffic.stop();
  const waitsMs = await Promise.all(
    movers.map(async ({ sent, instance }, n) => {
      const waits = [];
      for (const { messageId } of sent.slice(before[n])) {
        const path = `/api/messages/${messageId}/status`;
        const { body } = await instance.key.until(path, (answer) => answer.body.data?.sentAt, 60_000);
        waits.push(Date.parse(body.data.sentAt) - Date.parse(body.data.createdAt));
      }
      return Math.max(...waits);
    }),
  );
  const closed = fleet.all.flatMap((runner) => runner.said('connection closed', marks.get(runner)));
  return { waitsMs, conflicts: closed.filter(isConflict).length };
}

/** The runner with the most of the talks, and these. */
async function fullest(fleet: Fleet, talks: readonly Talk[]): Promise<[RunnerUnderTest, Talk[]]> {
  const owners = new Map((await fleet.adapters.shards.list()).map(({ shard, owner }) => [shard, owner]));
  const shards = new Map<string, number>();
  for (const shard of owners.keys()) {
    for (const { instanceId } of await fleet.adapters.instances.listShard(shard)) shards.set(instanceId, shard);
  }
  const ownerOf = (talk: Talk) => owners.get(shards.get(talk.instanceId) as number);
  const shares = fleet.runners.map((runner): [RunnerUnderTest, Talk[]] => [
    runner,
    talks.filter((talk) => ownerOf(talk) === runner.id),
  ]);
  return shares.sort(([, a], [, b]) => b.length - a.length)[0] as [RunnerUnderTest, Talk[]];
}
