/**
 * A runner as a process: what ECS runs, and what `npm start -- --runners 3` starts three of. The environment says which
 * gateway it belongs to (lib/core/config.ts).
 *
 *   SIGTERM, SIGINT ──► draining: nothing new; what is in flight ends ──► sessions closed, not logged out ──► exit 0
 *                          └─ again, or after `DRAIN_SECONDS` ──► exit 1 at once: the next owner resumes from the rows
 */
import { setFlagsFromString } from 'node:v8';
import { LOCAL_STAGE, readRunnerConfig } from '../lib/core/config.ts';
import type { InstanceStatus } from '../lib/core/model/instance.ts';
import { createEmfMetrics, teeMetrics } from './emf.ts';
import { startHealthServer } from './health.ts';
import { Runner } from './lifecycle.ts';
import { createLogger } from './log.ts';
import { createRunnerPorts } from './ports.ts';
import { createPrometheusMetrics } from './prometheus.ts';

/** What a parent process is told once the runner works. */
export interface RunnerReady {
  ready: true;
  runnerId: string;
  /** Of its health and metrics. */
  url: string;
}

/** CloudWatch keeps a value a minute. */
const EMF_EVERY_MS = 60_000;

/**
 * What small buffers are cut from. Node's own 64 KiB stay as long as one key of a session that lies in them, several times
 * for each session (docs/decisions/0013).
 */
Buffer.poolSize = 8 * 1024;
/**
 * The heap is collected when it has grown by a quarter. V8's own measure lets it double, and then keeps the pages
 * (docs/decisions/0013).
 */
setFlagsFromString('--heap-growing-percent=25');

const config = readRunnerConfig(process.env);
const base = createLogger(config.logLevel, { service: 'runner' });
const { ports, close } = createRunnerPorts(config);
/** On AWS: what a runner on a machine says is scraped. */
const emf = config.stage === LOCAL_STAGE ? undefined : createEmfMetrics(config.stage, Date.now);
const metrics = createPrometheusMetrics(() => ({ ...vitals(), shards: runner.shards.length, sessions: sessions() }));
const maxMs = config.drainSeconds * 1_000;
const timing = {
  // The rest is for what must be given up at the end.
  drainMs: maxMs * 0.75,
  coolDownMs: config.rebalanceCoolDownSeconds * 1_000,
  moveEveryMs: config.rebalanceEverySeconds * 1_000,
};
const counting = emf ? teeMetrics(metrics, emf) : metrics;
const runner = new Runner({ config, ports, logger: base, metrics: counting, timing });
const logger = base.child({ runnerId: runner.id });

/** State may be wrong after an error that nobody expected, and what is stored is right. */
process.on('uncaughtException', (error) => {
  logger.fatal({ err: error }, 'an error that nobody expected ends the runner');
  process.exit(1);
});
// A query of Baileys that nobody waits for: what a session stores fails by itself, and the others are well.
process.on('unhandledRejection', (error) => logger.error({ err: error }, 'a promise failed that nobody waits for'));

function vitals() {
  return { state: runner.state, heartbeatAgeMs: runner.heartbeatAgeMs };
}

function sessions(): Map<InstanceStatus, number> {
  const counts = new Map<InstanceStatus, number>();
  for (const { session } of runner.workers) {
    if (session) counts.set(session.status, (counts.get(session.status) ?? 0) + 1);
  }
  return counts;
}

let stopping = false;
async function stop(signal: string): Promise<void> {
  if (stopping) {
    logger.warn({ signal }, 'a second signal ends the runner at once');
    process.exit(1);
  }
  stopping = true;
  const startedMs = performance.now();
  logger.info({ signal }, 'draining');
  setTimeout(() => {
    logger.error({ maxMs }, 'the drain took too long');
    process.exit(1);
  }, maxMs).unref();
  await runner.stop();
  await health.close();
  await close();
  logger.info({ ms: Math.round(performance.now() - startedMs) }, 'drained');
  process.exit(0);
}
const { runnerHost: host, runnerPort: port } = config;
const health = await startHealthServer({ host, port, vitals, metrics });
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal));
// A parent that is gone has taken the database with it: there is nothing left to flush to.
process.on('disconnect', () => {
  logger.error('the parent process is gone');
  process.exit(1);
});
await runner.start();
if (emf) setInterval(() => process.stdout.write(`${JSON.stringify(emf.line(sessions()))}\n`), EMF_EVERY_MS).unref();
logger.info({ url: health.url, pid: process.pid }, 'runner ready');
process.send?.({ ready: true, runnerId: runner.id, url: health.url } satisfies RunnerReady);
