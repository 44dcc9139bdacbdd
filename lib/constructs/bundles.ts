import { cp, mkdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { type BuildOptions, build, type Metafile } from 'esbuild';

export const ROOT = resolve(import.meta.dirname, '../..');

/**
 * How esbuild makes `index.mjs` out of an entry, in an `outdir`. What is imported when it is used (S3, QR pictures, file
 * types) lies in chunks beside it, which a cold start does not read. The banner gives CommonJS packages the `require`
 * that an ES module has not.
 */
export const BUNDLE = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  minify: true,
  splitting: true,
  entryNames: 'index',
  outExtension: { '.js': '.mjs' },
  banner: {
    js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
  },
} as const satisfies BuildOptions;

/** The most that a start of the API may read. */
export const MAX_API_BUNDLE_BYTES = 1_500_000;

/** The Lambdas, and where each one's handler is. */
export const FUNCTIONS = {
  api: 'functions/api/lambda.ts',
  live: 'functions/live/lambda.ts',
  intake: 'functions/intake/lambda.ts',
  events: 'functions/events/lambda.ts',
  webhooks: 'functions/webhooks/lambda.ts',
  reconcile: 'functions/reconcile/lambda.ts',
  admin: 'functions/admin/lambda.ts',
  rotator: 'functions/rotator/lambda.ts',
} as const;

export type FunctionName = keyof typeof FUNCTIONS;

/** Files of `swagger-ui-dist` that the page of the API document loads; the API's bundle has them beside it. */
const VIEWER = ['swagger-ui.css', 'swagger-ui-bundle.js'];

/**
 * Makes the code of a Lambda in `folder`, as it is deployed: `index.mjs` and what it reads.
 * @returns what esbuild says of its files
 */
export async function bundleFunction(name: FunctionName, folder: string): Promise<Metafile> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const { metafile } = await build({
    ...BUNDLE,
    entryPoints: [join(ROOT, FUNCTIONS[name])],
    outdir: folder,
    absWorkingDir: ROOT,
    metafile: true,
  });
  if (name === 'api') {
    const viewer = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
    await Promise.all(VIEWER.map((file) => cp(join(viewer, file), join(folder, 'swagger-ui', file))));
  }
  return metafile;
}

/** Makes the code of every Lambda, each in a folder of its name. */
export async function bundleFunctions(folder: string): Promise<void> {
  const names = Object.keys(FUNCTIONS) as FunctionName[];
  await Promise.all(names.map((name) => bundleFunction(name, join(folder, name))));
}
