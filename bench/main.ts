/**
 * `npm run bench`: start-up, memory, management routes, fail-over, and accept-to-ack latency beside a bare Baileys socket
 * on the same sandbox in the same run. It reports; it never fails for a figure. Everything runs on loopback and ends by itself.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { type SpawnedEntry, spawnEntry } from '../bin/spawn.ts';
import { type ApiClient, freshNumber, linkInstance, register } from '../tests/support/client.ts';
import { measureApi } from './api.ts';
import { linkBareSocket } from './bare-socket.ts';
import { measureBulk } from './bulk.ts';
import { measureDashboard } from './dashboard.ts';
import { paced, percentile, processTree, report, totalMb } from './figures.ts';
import { measureDrain, measureFleet } from './fleet.ts';
import { measureOperations } from './operations.ts';
import { measureWebhooks } from './webhooks.ts';

const STARTS = 5;
const MESSAGES = 200;
const EVERY_MS = 100;
const INSTANCES = 50;

const folder = await mkdtemp(join(tmpdir(), 'switchboard-bench-'));
const ms = (value: number) => `${value.toFixed(1)} ms`;
const mb = (value: number) => `${value.toFixed(1)} MB`;

/** `npm start` as a user types it: time to its "ready" line, and what the idle tree holds. */
async function startUp(dataDir: string): Promise<{ readyMs: number; tree: ReturnType<typeof processTree> }> {
  const startMs = performance.now();
  const child = spawn('npm', ['start'], {
    cwd: resolve(import.meta.dirname, '..'),
    env: { ...process.env, PORT: '0', DATA_DIR: dataDir },
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  let readyMs = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    if (!/ready on/.test(line)) continue;
    readyMs = performance.now() - startMs;
    break;
  }
  await new Promise((settle) => setTimeout(settle, 3_000));
  const tree = processTree(child.pid as number);
  const ended = once(child, 'exit');
  process.kill(-(child.pid as number), 'SIGTERM');
  await ended;
  return { readyMs, tree };
}

async function measureStart(): Promise<void> {
  console.log('\nStart-up (npm start, whole process tree)');
  const first = await startUp(join(folder, 'start'));
  const again: number[] = [];
  let tree = first.tree;
  for (let run = 0; run < STARTS; run += 1) {
    const started = await startUp(join(folder, 'start'));
    again.push(started.readyMs);
    tree = started.tree;
  }
  report('to ready, empty data folder', ms(first.readyMs), 'bar: 2000 ms');
  report(`to ready, data there, median of ${STARTS}`, ms(percentile(again, 0.5)), 'bar: 2000 ms');
  report('idle RSS, all processes', mb(totalMb(tree)), 'bar: 250 MB');
  for (const { name, rssMb } of tree) report(`    ${name}`, mb(rssMb));
}

async function measureLatency(gateway: SpawnedEntry, sandbox: SpawnedEntry): Promise<void> {
  console.log(`\nLatency (one instance, ${1000 / EVERY_MS} msg/s, ${MESSAGES} messages)`);
  const user = await register(gateway.url);
  const { key } = await linkInstance(user, 'latency');
  const contact = freshNumber();
  const post = (index: number) => key.must('POST', '/api/messages/text', { to: contact, text: `n ${index}` });
  for (let index = 0; index < 10; index += 1) await post(index);

  const answers = await paced(MESSAGES, EVERY_MS, async (index) => {
    const startMs = performance.now();
    const answer = await post(index);
    return { httpMs: performance.now() - startMs, id: answer.body.data.messageId as string };
  });
  const acks: number[] = [];
  for (const { id } of answers) acks.push(await acceptToAck(key, id));

  const bare = await linkBareSocket(sandbox.url, freshNumber());
  for (let index = 0; index < 10; index += 1) await bare.send(contact, `w ${index}`);
  const alone = await paced(MESSAGES, EVERY_MS, (index) => bare.send(contact, `b ${index}`));
  await bare.end();

  report('accept → server ack, p50', ms(percentile(acks, 0.5)), 'bar: 30 ms');
  report('accept → server ack, p99', ms(percentile(acks, 0.99)), 'bar: 150 ms');
  const http = answers.map(({ httpMs }) => httpMs);
  report('POST to its 201 SENT, p50', ms(percentile(http, 0.5)));
  report('POST to its 201 SENT, p99', ms(percentile(http, 0.99)));
  report('bare Baileys, keys in memory: send → ack, p50', ms(percentile(alone, 0.5)));
  report('bare Baileys, keys in memory: send → ack, p99', ms(percentile(alone, 0.99)));
  report('ratio at p50', (percentile(acks, 0.5) / percentile(alone, 0.5)).toFixed(1));
}

/** From the two moments on the message's own row, in ms. */
async function acceptToAck(key: ApiClient, id: string): Promise<number> {
  const { createdAt, sentAt } = (await key.must('GET', `/api/messages/${id}/status`)).body.data;
  return Date.parse(sentAt) - Date.parse(createdAt);
}

async function measureMemory(gateway: SpawnedEntry): Promise<void> {
  console.log(`\nMemory (${INSTANCES} linked instances in one process)`);
  const rss = () => processTree(gateway.pid).find(({ pid }) => pid === gateway.pid)?.rssMb ?? Number.NaN;
  // Accounts come first: hashing their passwords costs memory once (19 MiB per thread, kept by malloc), not per instance.
  const users: ApiClient[] = [];
  for (let index = 0; index < INSTANCES / 5; index += 1) users.push(await register(gateway.url));
  const before = rss();
  for (let index = 0; index < INSTANCES; index += 1) {
    await linkInstance(users[Math.floor(index / 5)] as ApiClient, `memory-${index}`);
  }
  await new Promise((settle) => setTimeout(settle, 5_000));
  const after = rss();
  report('RSS before', mb(before));
  report(`RSS with ${INSTANCES} instances`, mb(after));
  report('per instance over the base', mb((after - before) / INSTANCES), 'bar: 6 MB');
}

/** `npm run bench -- memory latency` runs only these. */
const wanted = new Set(process.argv.slice(2));
const wants = (part: string) => wanted.size === 0 || wanted.has(part);

try {
  console.log(`Switchboard bench: Node ${process.version}, ${cpus().length} cores`);
  if (wants('start')) await measureStart();
  const sandbox = await spawnEntry('sandbox', { SANDBOX_PORT: '0', DATA_DIR: join(folder, 'sandbox') });
  const env = { PORT: '0', SANDBOX_URL: sandbox.url };
  const parts = {
    api: measureApi,
    bulk: measureBulk,
    latency: measureLatency,
    memory: measureMemory,
    webhooks: measureWebhooks,
    dashboard: measureDashboard,
    operations: measureOperations,
  };
  for (const [part, measure] of Object.entries(parts)) {
    if (!wants(part)) continue;
    // Only the operations' bench reads the log.
    const LOG_LEVEL = part === 'operations' ? 'info' : undefined;
    const gateway = await spawnEntry('start', { ...env, LOG_LEVEL, DATA_DIR: join(folder, part) });
    await measure(gateway, sandbox);
    await gateway.stop();
  }
  await sandbox.stop();
  if (wants('fleet')) await measureFleet();
  if (wants('drain')) await measureDrain();
} finally {
  await rm(folder, { recursive: true, force: true });
}
