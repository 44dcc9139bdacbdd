/**
 * `npm run task`: the runner as its image has it (production bundle, environment of the task) with as many linked test
 * instances as one of this size is given, light traffic, the health check beside it every ten seconds as ECS runs it,
 * and how much of its memory that takes. CPU and MEMORY_MIB choose a size, INSTANCES another number. It reports; it never
 * fails for a figure.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { startEmbeddedGateway } from '../bin/embedded.ts';
import { bundleRunner } from '../lib/constructs/bundle-runner.ts';
import { sessionsPerRunner } from '../lib/constructs/deployment.ts';
import { runnerNodeOptions } from '../lib/constructs/runner-options.ts';
import { readAdminFile } from '../lib/core/adapters/local/admin-file.ts';
import { ENV } from '../lib/core/config.ts';
import { sample, scrape } from '../tests/support/metrics.ts';
import { startTalks, Traffic } from '../tests/support/traffic.ts';
import { processTree, report, runnerUrlIn } from './figures.ts';

const size = { cpu: Number(process.env.CPU ?? 256), memoryMiB: Number(process.env.MEMORY_MIB ?? 512) };
const INSTANCES = Number(process.env.INSTANCES ?? sessionsPerRunner(size));
const TALK_SECONDS = Number(process.env.TALK_SECONDS ?? 60);
/** Between two messages of a talk in one direction. */
const EVERY_MS = 10_000;
const LOOK_MS = 50;
const CHECK_MS = 10_000;

const folder = await mkdtemp(join(tmpdir(), 'switchboard-task-'));
const app = join(folder, 'app');
await bundleRunner(app);
const dataDir = join(folder, 'data');
const gateway = await startEmbeddedGateway({
  ...{ port: 0, host: '127.0.0.1', dataDir, runners: 0 },
  env: { LOG_LEVEL: 'silent' },
});
const { env: open } = readAdminFile(dataDir) as { env: Record<string, string> };
const env = {
  ...open,
  PATH: process.env.PATH as string,
  NODE_ENV: 'production',
  NODE_OPTIONS: runnerNodeOptions(size.memoryMiB),
  [ENV.runnerPort]: '0',
  [ENV.logLevel]: 'info',
};
const runner = spawn(process.execPath, ['main.mjs'], { cwd: app, env, stdio: ['ignore', 'pipe', 'inherit'] });
const exited = once(runner, 'exit');
let url = '';
for await (const line of createInterface({ input: runner.stdout })) {
  url = runnerUrlIn(line) ?? '';
  if (url) break;
}
runner.stdout.resume();

let highestMb = 0;
const look = setInterval(() => {
  const rssMb = processTree(process.pid)
    .filter(({ pid }) => pid === runner.pid || checks.has(pid))
    .reduce((sum, one) => sum + one.rssMb, 0);
  highestMb = Math.max(highestMb, rssMb);
}, LOOK_MS);
const checks = new Set<number>();
const check = setInterval(() => {
  const checking = { cwd: app, env: { ...env, [ENV.runnerPort]: new URL(url).port } };
  const asked = spawn(process.execPath, ['health-check.mjs'], checking);
  checks.add(asked.pid as number);
  asked.once('exit', (code) => {
    checks.delete(asked.pid as number);
    if (code !== 0) console.log('the health check said no');
  });
}, CHECK_MS);
const now = async (what: string) => {
  const samples = await scrape(url);
  const mb = (name: string) => `${(sample(samples, name) / 1024 / 1024).toFixed(0)} MiB`;
  report(what, mb('process_resident_memory_bytes'), `heap ${mb('nodejs_heap_size_used_bytes')}`);
};
try {
  console.log(`${env.NODE_OPTIONS}; ${INSTANCES} instances`);
  await now('RSS, empty');
  const talks = await startTalks(gateway.url, open[ENV.sandboxUrl] as string, INSTANCES);
  await now('RSS, linked');
  report('highest so far, with health checks', `${highestMb.toFixed(0)} MiB`, `task: ${size.memoryMiB} MiB`);
  const traffic = new Traffic(talks, EVERY_MS);
  await delay(TALK_SECONDS * 1_000);
  await traffic.stop();
  await now('RSS after traffic');
  report('highest of all, with health checks', `${highestMb.toFixed(0)} MiB`, `task: ${size.memoryMiB} MiB`);
} finally {
  for (const timer of [look, check]) clearInterval(timer);
  runner.kill('SIGTERM');
  await exited;
  await gateway.stop();
  await rm(folder, { recursive: true, force: true });
}
process.exit();
