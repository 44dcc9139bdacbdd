/** `npm run coldstart`: what a cold start of the API's Lambda reads and takes here, next to what it should at most. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bundleApi, MAX_API_BUNDLE_BYTES, ROOT } from '../lib/constructs/bundles.ts';

const MAX_IMPORT_MS = 250;
const RUNS = 9;

const folder = join(ROOT, 'build/functions');
const { bytesAtStart } = await bundleApi(folder);
const script =
  "const t=performance.now();await import('./index.mjs');process.stdout.write(String(performance.now()-t))";
const times: number[] = [];
for (let run = 0; run < RUNS; run += 1) {
  const args = ['--input-type=module', '--eval', script];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: join(folder, 'api') });
  times.push(Number(stdout));
}
times.sort((a, b) => a - b);
const median = times[Math.floor(RUNS / 2)] as number;
console.log(`a start reads  ${(bytesAtStart / 1e6).toFixed(2)} MB of at most ${MAX_API_BUNDLE_BYTES / 1e6}`);
console.log(
  `its import     ${median.toFixed(0)} ms, median of ${RUNS} (at most ${MAX_IMPORT_MS} on two idle cores; fastest ${times[0]?.toFixed(0)})`,
);
