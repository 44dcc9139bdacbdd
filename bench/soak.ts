/**
 * `npm run soak`: 300 linked test instances on one runner process, 10,000 messages, what its memory does meanwhile and
 * what CPU it takes. The runner has the heap limit of a task of 1,200 MiB, since a deployed one has one too. It reports;
 * it never fails for a figure. INSTANCES, MESSAGES and IDLE_SECONDS make it smaller.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { spawnEntry } from '../bin/spawn.ts';
import { runnerNodeOptions } from '../lib/constructs/runner-options.ts';
import { sample, scrape } from '../tests/support/metrics.ts';
import { askToSend, startTalks, type Talk, write } from '../tests/support/traffic.ts';
import { report, runnerUrlIn } from './figures.ts';

const INSTANCES = Number(process.env.INSTANCES ?? 300);
const MESSAGES = Number(process.env.MESSAGES ?? 10_000);
/** How long nothing is said, for what idle sessions take. */
const IDLE_SECONDS = Number(process.env.IDLE_SECONDS ?? 60);
/** Messages between two looks at the memory. */
const STEP = Math.max(1, Math.floor(MESSAGES / 20));
/** Talks that say something at the same time. */
const AT_ONCE = 20;
const MAX_RSS_MIB = 1_200;

type Point = [messages: number, bytes: number];

const mb = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(0)} MB`;
const folder = await mkdtemp(join(tmpdir(), 'switchboard-soak-'));
console.log(
  `Switchboard soak: Node ${process.version}, ${cpus().length} cores, ${INSTANCES} instances, ${MESSAGES} messages`,
);
const sandbox = await spawnEntry('sandbox', { SANDBOX_PORT: '0', DATA_DIR: join(folder, 'sandbox') });
const env = {
  PORT: '0',
  DATA_DIR: join(folder, 'gateway'),
  SANDBOX_URL: sandbox.url,
  LOG_LEVEL: 'info',
  NODE_OPTIONS: runnerNodeOptions(MAX_RSS_MIB),
};
const gateway = await spawnEntry('start', env, ['--runners', '1']);
try {
  const url = await runnerUrl();
  const look = async () => {
    const samples = await scrape(url);
    return {
      rssBytes: sample(samples, 'process_resident_memory_bytes'),
      connected: sample(samples, 'switchboard_sessions', { state: 'CONNECTED' }),
      cpuSeconds: sample(samples, 'process_cpu_seconds_total'),
      liveBytes: sample(samples, 'switchboard_live_heap_bytes'),
      heapPagesBytes: sample(samples, 'nodejs_heap_size_total_bytes'),
      externalBytes: sample(samples, 'nodejs_external_memory_bytes'),
    };
  };
  const empty = await look();
  const talks = await startTalks(gateway.url, sandbox.url, INSTANCES);
  const linked = await look();
  report('RSS of the runner, empty', mb(empty.rssBytes));
  report(`RSS with ${linked.connected} linked instances`, mb(linked.rssBytes), 'bar: 1200 MB for 300');
  // What linking has left behind ends first.
  await pause(10);
  const [still, stillBefore] = [await look(), performance.now()];
  await pause(IDLE_SECONDS);
  const idle = await look();
  const idleSeconds = (performance.now() - stillBefore) / 1_000;
  const idleShare = (idle.cpuSeconds - still.cpuSeconds) / idleSeconds / linked.connected;
  report('CPU of an idle session', `${(idleShare * 100).toFixed(3)} %`, 'of a core');
  const points: Point[] = [];
  const outside: Point[] = [];
  const live: Point[] = [];
  for (let done = 0; done < MESSAGES; done += STEP) {
    await exchange(talks, done, Math.min(MESSAGES, done + STEP));
    const { rssBytes, liveBytes, heapPagesBytes, externalBytes } = await look();
    points.push([done + STEP, rssBytes]);
    outside.push([done + STEP, rssBytes - heapPagesBytes]);
    live.push([done + STEP, liveBytes]);
    const split = `alive ${mb(liveBytes)} in pages of ${mb(heapPagesBytes)}, buffers ${mb(externalBytes)}`;
    report(`after ${done + STEP} messages`, mb(rssBytes), split);
  }
  // The first half fills caches and grows the heap to its working size.
  const secondHalf = Math.floor(points.length / 2);
  const slope = (of: readonly Point[]) => slopeOf(of.slice(secondHalf)).toFixed(0);
  report('highest RSS', mb(Math.max(...points.map(([, rss]) => rss))), 'bar: 1200 MB for 300');
  report('slope over the second half, bytes a message', slope(points), 'bar: 0');
  report('of that outside of the pages of the heap', slope(outside));
  report('slope of what was alive after a collection', slope(live), 'RSS keeps what V8 once took');
  const after = await look();
  report('CPU a message', `${(((after.cpuSeconds - idle.cpuSeconds) / MESSAGES) * 1_000).toFixed(1)} ms`, 'one way');
  report('sessions connected at the end', String(after.connected), `of ${INSTANCES}`);
} finally {
  await gateway.stop();
  await sandbox.stop();
  await rm(folder, { recursive: true, force: true });
}
process.exit();

function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
}

/** Where the runner tells of itself; it starts beside the gateway. */
async function runnerUrl(): Promise<string> {
  for (;;) {
    const url = runnerUrlIn(gateway.output());
    if (url) return url;
    await delay(100);
  }
}

/** Messages `from` to `to` of all, one out, one in, over all talks in turn; resolves when all were accepted. */
async function exchange(talks: readonly Talk[], from: number, to: number): Promise<void> {
  let next = from;
  const lane = async () => {
    for (let n = next++; n < to; n = next++) {
      const talk = talks[Math.floor(n / 2) % talks.length] as Talk;
      await (n % 2 === 0 ? askToSend(talk) : write(talk));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

/** Of the straight line that fits the points best. */
function slopeOf(points: readonly Point[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(points.map(([each]) => each)), mean(points.map(([, each]) => each))];
  const rise = points.reduce((sum, [px, py]) => sum + (px - x) * (py - y), 0);
  return rise / points.reduce((sum, [px]) => sum + (px - x) ** 2, 0);
}
