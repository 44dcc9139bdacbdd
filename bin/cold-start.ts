/** `npm run coldstart`: what a cold start of the API's Lambda reads and takes here, and a first request to each of its faces. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bundleApi, MAX_API_BUNDLE_BYTES, ROOT } from '../lib/constructs/bundles.ts';
import { ENV } from '../lib/core/config.ts';

const MAX_IMPORT_MS = 250;
const RUNS = 9;
const FACE_RUNS = 5;

const folder = join(ROOT, 'build/functions');
const { bytesAtStart } = await bundleApi(folder);
/** Asked without a credential: what is loaded and built for the first request, and nothing of the database. */
const FACES = {
  native: '/api/instances',
  'rest of native': '/api/templates',
  sessions: '/api/sessions',
  gateway: '/api/instance',
  public: '/api/public/v1/devices',
};

/** In a process of its own: ms of the import, of a first request to one face, and of a second one. */
const script = `
const [, path] = process.argv;
const event = { version: '2.0', routeKey: '$default', rawPath: path, rawQueryString: '', headers: { host: 'a.example' },
  requestContext: { http: { method: 'GET', path, sourceIp: '192.0.2.1' }, requestId: 'r', stage: '$default' },
  isBase64Encoded: false };
const times = [];
const timed = async (work) => {
  const t = performance.now();
  const answer = await work();
  times.push(performance.now() - t);
  return answer;
};
const { handler } = await timed(() => import('./index.mjs'));
for (let n = 0; n < 2; n += 1) {
  const { statusCode } = await timed(() => handler(event, { awsRequestId: 'r' }));
  if (statusCode !== 401) throw new Error(path + ' answered ' + statusCode);
}
process.stdout.write(JSON.stringify(times));`;
const env = {
  PATH: process.env.PATH,
  [ENV.jwtSecrets]: 'j'.repeat(32),
  [ENV.sealSecrets]: 's'.repeat(32),
  [ENV.logLevel]: 'silent',
};
const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;
const cold = async (path: string, runs: number) => {
  const found: [importMs: number, firstMs: number, secondMs: number][] = [];
  for (let run = 0; run < runs; run += 1) {
    const args = ['--input-type=module', '--eval', script, path];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: join(folder, 'api'), env });
    found.push(JSON.parse(stdout));
  }
  return found;
};

const imports = (await cold(FACES.native, RUNS)).map(([importMs]) => importMs);
console.log(`a start reads  ${(bytesAtStart / 1e6).toFixed(2)} MB of at most ${MAX_API_BUNDLE_BYTES / 1e6}`);
console.log(
  `its import     ${median(imports).toFixed(0)} ms, median of ${RUNS} (at most ${MAX_IMPORT_MS} on two idle cores; fastest ${Math.min(...imports).toFixed(0)})`,
);
for (const [face, path] of Object.entries(FACES)) {
  const times = await cold(path, FACE_RUNS);
  const [firstMs, secondMs] = [median(times.map(([, first]) => first)), median(times.map(([, , second]) => second))];
  console.log(`first request  ${firstMs.toFixed(0).padStart(3)} ms, then ${secondMs.toFixed(1)}: ${face}`);
}
