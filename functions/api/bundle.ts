/**
 * How esbuild makes the Lambda's `index.mjs` out of `functions/api/lambda.ts` in an `outdir`. What is imported when it
 * is used (S3, QR pictures, file types) lies in chunks beside it, which a cold start does not read. The banner gives
 * CommonJS packages the `require` that an ES module has not.
 */
export const API_BUNDLE = {
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
} as const;

/** The most that a start may read. */
export const MAX_BUNDLE_BYTES = 1_500_000;
