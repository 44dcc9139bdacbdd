/**
 * `npm start`: the whole gateway on this machine. PORT, HOST, DATA_DIR; Ctrl-C ends it without logging anybody out.
 * `npm start -- --runners 3`: with three runners as processes of their own instead of one in this one.
 */
import { mkdirSync } from 'node:fs';
import { constants, enableCompileCache, flushCompileCache } from 'node:module';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** More than a machine of this kind carries. */
const MAX_RUNNERS = 16;
/** After the start, when whoever waited for it has been answered. */
const SETTLE_MS = 1_000;

const dataDir = resolve(process.env.DATA_DIR ?? '.switchboard');
const port = Number(process.env.PORT ?? 3000);
const host = process.env.HOST ?? '127.0.0.1';

if (!Number.isInteger(port) || port < 0 || port > 65_535) {
  console.error(`PORT must be a number from 0 to 65535, not "${process.env.PORT}".`);
  process.exit(2);
}

const runners = readRunners();
const startedMs = performance.now();
mkdirSync(dataDir, { recursive: true, mode: 0o700 });
// Whoever can write there could plant code, so it lies beside the modules, or in our own folder where nobody may write
// to them. Hence the import comes after it.
const compiled = join(import.meta.dirname, '../node_modules/.cache/switchboard');
if (enableCompileCache(compiled).status === constants.compileCacheStatus.FAILED) {
  enableCompileCache(join(dataDir, 'compile-cache'));
}
const { startEmbeddedGateway } = await import('./embedded.ts');
const { openLocalDashboard } = await import('./local-dashboard.ts');
const dashboard = openLocalDashboard();
const gateway = await startEmbeddedGateway({
  port,
  host,
  dataDir,
  runners,
  dashboard: dashboard.files,
  env: { LOG_LEVEL: 'warn', ...process.env },
}).catch((error: Error & { code?: string }) => {
  console.error(
    error.code === 'EADDRINUSE'
      ? `Port ${port} is taken. Start with another one: PORT=3001 npm start`
      : `Switchboard could not start: ${error.message}`,
  );
  process.exit(1);
});

function readRunners(): number | undefined {
  try {
    const { runners } = parseArgs({ options: { runners: { type: 'string' } } }).values;
    if (runners === undefined || (/^\d+$/.test(runners) && Number(runners) <= MAX_RUNNERS)) {
      return runners === undefined ? undefined : Number(runners);
    }
    console.error(`--runners must be a number from 0 to ${MAX_RUNNERS}, not "${runners}".`);
  } catch (error) {
    console.error((error as Error).message);
  }
  process.exit(2);
}

/**
 * Keeps what was compiled for the next start, and gives back what only this one needed: an eighth of an idle gateway's
 * memory, which V8 would keep for as long as it idles.
 */
function settleStart(): void {
  flushCompileCache();
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (options: object) => void;
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}

let stopping = false;
async function stop(): Promise<void> {
  if (stopping) process.exit(1);
  stopping = true;
  dashboard.stop();
  await gateway.stop();
  process.exit(0);
}
process.on('SIGINT', () => void stop());
process.on('SIGTERM', () => void stop());

const api = `${gateway.url}/api`;
console.log(`
  Switchboard is ready on ${gateway.url}   (${((performance.now() - startedMs) / 1000).toFixed(2)} s)

  Open:     ${gateway.url}   (the dashboard: link a phone, see everything)
  Data:     ${dataDir}
  Sandbox:  ${gateway.sandbox?.controlUrl ?? process.env.SANDBOX_URL}   (simulated WhatsApp; "environment":"test")
  Outbound: ${gateway.allowsLoopback ? 'files and proxies on this machine may be named, too (OUTBOUND_ALLOW_LOOPBACK=false ends that)' : 'public https addresses only'}
  Queues:   ${gateway.queues.endpoint}   (SQS; operations: ${gateway.queues.intake})${
    gateway.queues.topicArn ? `\n  Events:   ${gateway.queues.topicArn}   (SNS, at the same address)` : ''
  }

  First steps (all of it: README.md, or see it happen: npm run demo)
    1. curl ${api}/auth/register -H 'content-type: application/json' \\
         -d '{"email":"you@example.com","password":"a-long-password","name":"You"}'
    2. curl ${api}/instances -H 'authorization: Bearer TOKEN' -H 'content-type: application/json' \\
         -d '{"name":"first","environment":"test"}'
       A real phone: leave "environment" away.
    3. curl ${api}/instances/first/qr -H 'authorization: Bearer TOKEN'
       A real phone scans the picture; the simulated one: POST ${api}/test/instances/first/scan
`);
setTimeout(settleStart, SETTLE_MS).unref();
await dashboard.refresh().catch((error: Error) => console.error(`The dashboard could not be built: ${error.message}`));
