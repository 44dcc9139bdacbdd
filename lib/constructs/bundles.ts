import { rmSync } from 'node:fs';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { type BuildOptions, build, type ImportKind, type Metafile } from 'esbuild';

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
  // The parts of the AWS SDK that nobody calls fall away in their ES modules alone.
  mainFields: ['module', 'main'],
  // A worker thread that writes logs elsewhere: nobody starts it, and it loads a good deal.
  alias: { 'thread-stream': join(ROOT, 'lib/nothing.cjs') },
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

const VIEWER = ['swagger-ui.css', 'swagger-ui-bundle.js'];

/** What a Lambda's bundle turned out to be. */
export interface Bundle {
  /** Source files that something of is in it. */
  sources: string[];
  /** What it imports that is not in it. */
  externals: string[];
  /** What a start reads: `index.mjs` and what it imports, not what is imported when it is used. */
  bytesAtStart: number;
}

/**
 * Makes the code of every Lambda as it is deployed, each in a folder of its name: `index.mjs` and what it reads. The API
 * is built by itself, because chunks that it shared with others would be more files to read at its start.
 */
export async function bundleFunctions(folder: string): Promise<Record<FunctionName, Bundle>> {
  const { api: _api, ...others } = FUNCTIONS;
  const [api, rest] = await Promise.all([bundleApi(folder), bundleTogether(others, folder)]);
  return { api, ...rest };
}

/** The API's alone. */
export async function bundleApi(folder: string): Promise<Bundle> {
  const { api } = FUNCTIONS;
  const [made] = await Promise.all([bundleTogether({ api }, folder), addViewer(join(folder, 'api'))]);
  return made.api;
}

async function bundleTogether<N extends string>(
  entryPoints: Record<N, string>,
  folder: string,
): Promise<Record<N, Bundle>> {
  for (const name of Object.keys(entryPoints)) rmSync(join(folder, name), { recursive: true, force: true });
  const { metafile, outputFiles } = await build({
    ...BUNDLE,
    ...{ entryPoints, outdir: folder, entryNames: '[name]', absWorkingDir: ROOT, metafile: true, write: false },
  });
  const contents = new Map(outputFiles.map((file) => [relative(ROOT, file.path), file.contents]));
  const write = async (name: string): Promise<[string, Bundle]> => {
    const entry = relative(ROOT, join(folder, `${name}.mjs`));
    const all = reachedFrom(entry, metafile);
    await mkdir(join(folder, name), { recursive: true });
    await Promise.all(
      all.map((path) =>
        writeFile(join(folder, name, path === entry ? 'index.mjs' : basename(path)), contents.get(path) as Uint8Array),
      ),
    );
    const outputs = all.map((path) => metafile.outputs[path] as Output);
    const atStart = reachedFrom(entry, metafile, 'import-statement');
    return [
      name,
      {
        sources: outputs.flatMap(({ inputs }) =>
          Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
        ),
        externals: outputs.flatMap(({ imports }) => imports.flatMap(({ path, external }) => (external ? [path] : []))),
        bytesAtStart: atStart.reduce((sum, path) => sum + (metafile.outputs[path] as Output).bytes, 0),
      },
    ];
  };
  return Object.fromEntries(await Promise.all(Object.keys(entryPoints).map(write))) as Record<N, Bundle>;
}

type Output = Metafile['outputs'][string];

/** The files that a file imports, and so on, itself first; with `kind` by such imports alone. */
function reachedFrom(entry: string, { outputs }: Metafile, only?: ImportKind): string[] {
  const reached = new Set([entry]);
  for (const path of reached) {
    for (const { path: imported, kind, external } of outputs[path]?.imports ?? []) {
      if (!external && (only === undefined || kind === only)) reached.add(imported);
    }
  }
  return [...reached];
}

/** Files of `swagger-ui-dist` that the page of the API document loads lie beside the API's code. */
async function addViewer(folder: string): Promise<void> {
  const viewer = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  await Promise.all(VIEWER.map((file) => cp(join(viewer, file), join(folder, 'swagger-ui', file))));
}
