/**
 * `npm run fleet`: who owns what, live in the terminal. `-- --once` prints it once, `-- --json` once as JSON. DATA_DIR
 * says of which gateway.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createAdapters } from '../lib/core/adapters/index.ts';
import { readAdminFile } from '../lib/core/adapters/local/admin-file.ts';
import { readRunnerConfig } from '../lib/core/config.ts';
import { describeFleet, type FleetReport, RunnerSightings } from '../lib/core/usecases/describe-fleet.ts';

const EVERY_MS = 1_000;
const MOVES_SHOWN = 8;

const { once = false, json = false } = readOptions();
const dataDir = resolve(process.env.DATA_DIR ?? '.switchboard');
const running = readAdminFile(dataDir);
if (!running) fail(`No gateway runs on ${dataDir}. Start it with npm start, or name another one with DATA_DIR.`, 1);

const config = readRunnerConfig(running.env);
const adapters = createAdapters(config);
const sightings = new RunnerSightings();
const moves: string[] = [];
let before: FleetReport | undefined;

for (;;) {
  const report = await describeFleet(adapters, sightings).catch((error: unknown) =>
    fail(`The gateway's database does not answer: ${error}`, 1),
  );
  if (before) moves.unshift(...movesBetween(before, report));
  moves.splice(MOVES_SHOWN);
  before = report;
  if (json) console.log(JSON.stringify(report, null, 2));
  else process.stdout.write(`${once ? '' : '\x1b[2J\x1b[H'}${draw(report)}\n`);
  if (once || json) break;
  await new Promise((wake) => setTimeout(wake, EVERY_MS));
}
adapters.close();

function draw({ runners, shards, unowned, sessions }: FleetReport): string {
  const lines = [`${runners.length} runners, ${shards.length} shards, ${counted(sessions) || 'no instances'}`, ''];
  lines.push('RUNNER                         STATE     BEAT   SESSIONS  SHARDS');
  for (const runner of runners) {
    const state = runner.alive ? (runner.draining ? 'draining' : 'alive') : 'dead';
    const beat = `${(runner.stillMs / 1_000).toFixed(1)} s`;
    const owned = runner.shards.join(' ') || '-';
    lines.push(
      `${runner.id.padEnd(30)} ${state.padEnd(9)} ${beat.padStart(5)}  ${String(runner.load).padStart(8)}  ${owned}`,
      `  ${runner.host}  ${counted(runner.sessions)}`,
    );
    if (state === 'alive' && runner.shards.length === 0) lines.push(`  ${waiting()}`);
  }
  if (unowned.length > 0) lines.push('', `Nobody serves the shards ${unowned.join(' ')}.`);
  if (moves.length > 0) lines.push('', 'MOVES', ...moves.map((move) => `  ${move}`));
  return lines.join('\n');
}

/** Why a runner that has just come owns nothing. */
function waiting(): string {
  const { rebalanceCoolDownSeconds: coolDown, rebalanceEverySeconds: every } = config;
  return `gets its shards one every ${every} s, once the runners have been the same for ${coolDown} s`;
}

function counted(sessions: FleetReport['sessions']): string {
  return Object.entries(sessions)
    .map(([status, count]) => `${count} ${status}`)
    .join(', ');
}

function movesBetween(older: FleetReport, newer: FleetReport): string[] {
  const owners = new Map(older.shards.map(({ shard, owner }) => [shard, owner]));
  const time = new Date().toISOString().slice(11, 19);
  return newer.shards
    .filter(({ shard, owner }) => owners.has(shard) && owners.get(shard) !== owner)
    .map(({ shard, owner, epoch }) => {
      return `${time}  shard ${shard}: ${owners.get(shard) ?? 'nobody'} → ${owner ?? 'nobody'} (epoch ${epoch})`;
    });
}

function readOptions(): { once?: boolean; json?: boolean } {
  try {
    return parseArgs({ options: { once: { type: 'boolean' }, json: { type: 'boolean' } } }).values;
  } catch (error) {
    return fail((error as Error).message, 2);
  }
}

function fail(message: string, exitCode: number): never {
  console.error(message);
  process.exit(exitCode);
}
