import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { build, type Metafile } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BUNDLE, MAX_API_BUNDLE_BYTES } from '../../lib/constructs/bundles.ts';
import { startEmbedded } from '../../lib/core/adapters/local/start-embedded.ts';

const ROOT = resolve(import.meta.dirname, '../..');

let folder: string;
let bundle: string;
let inputs: string[];
let outputs: Metafile['outputs'];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchboard-bundle-'));
  bundle = join(folder, 'index.mjs');
  const entryPoints = [join(ROOT, 'functions/api/lambda.ts')];
  const { metafile } = await build({
    ...BUNDLE,
    entryPoints,
    outdir: folder,
    metafile: true,
    absWorkingDir: ROOT,
  });
  outputs = Object.fromEntries(Object.entries(metafile.outputs).map(([path, output]) => [resolve(ROOT, path), output]));
  inputs = Object.values(outputs).flatMap((output) =>
    Object.entries(output.inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it(`reads at most ${MAX_API_BUNDLE_BYTES} bytes to start`, async () => {
  const read = new Set([bundle]);
  for (const path of read) {
    for (const { path: imported, kind, external } of outputs[path]?.imports ?? []) {
      if (kind === 'import-statement' && !external) read.add(resolve(ROOT, imported));
    }
  }
  const sizes = await Promise.all([...read].map(async (path) => (await readFile(path)).length));
  expect(sizes.reduce((sum, size) => sum + size)).toBeLessThanOrEqual(MAX_API_BUNDLE_BYTES);
});

it('is of the API alone', () => {
  expect(inputs).toContain('functions/api/lambda.ts');
  const foreign =
    /node_modules\/(@whiskeysockets|libsignal|aws-cdk|constructs|fauxqs|@dynoxide|@hono\/node-server|ws|selfsigned)\b|^(runner|sandbox|bin|tests)\/|^lib\/(baileys|constructs)\/|adapters\/local\//;
  expect(inputs.filter((path) => foreign.test(path))).toEqual([]);
  // What a caller never sees: error messages in fifty languages, 300 kB of them.
  expect(inputs.filter((path) => path.includes('zod/v4/locales/'))).toEqual([
    expect.stringMatching(/zod\/v4\/locales\/en\.js$/),
  ]);
});

it('needs nothing that is not in Node', () => {
  const imports = Object.values(outputs).flatMap((output) => output.imports);
  const outside = imports.filter(({ external }) => external).map(({ path }) => path.replace(/^node:/, ''));
  expect(outside.length).toBeGreaterThan(5);
  expect(outside.filter((name) => !builtinModules.includes(name))).toEqual([]);
});

it('answers a raw event of API Gateway in a process of its own', async () => {
  const services = await startEmbedded({ dataDir: join(folder, 'data'), shardCount: 1 });
  try {
    const events = [
      event('GET', '/api/health'),
      event('POST', '/api/auth/register', { email: 'b@example.com', password: 'securePassword123', name: 'Bundle' }),
      event('GET', '/api/instances'),
    ];
    await writeFile(
      join(folder, 'run.mjs'),
      `import { handler } from './index.mjs';
       const answers = [];
       for (const event of ${JSON.stringify(events)}) answers.push(await handler(event, { awsRequestId: 'aws-1' }));
       process.stdout.write(JSON.stringify(answers));
       process.exit(0);`,
    );
    const env = { ...services.env, LOG_LEVEL: 'silent', PATH: process.env.PATH };
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['run.mjs'], { cwd: folder, env });
    expect(stderr).toBe('');
    const [health, registered, refused] = JSON.parse(stdout) as { statusCode: number; body: string }[];
    expect(health?.statusCode).toBe(200);
    expect(JSON.parse(health?.body as string).data.status).toBe('OK');
    expect(registered?.statusCode).toBe(201);
    expect(JSON.parse(registered?.body as string).user.email).toBe('b@example.com');
    expect(refused?.statusCode).toBe(401);
  } finally {
    await services.stop();
  }
});

function event(method: string, path: string, body?: object): object {
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: '',
    headers: { host: 'api.example', 'content-type': 'application/json' },
    requestContext: {
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' },
      requestId: 'gw-1',
      stage: '$default',
      timeEpoch: 1,
    },
    ...(body && { body: JSON.stringify(body) }),
    isBase64Encoded: false,
  };
}
