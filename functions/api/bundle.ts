/**
 * How esbuild makes the Lambda's one file out of `functions/api/lambda.ts`. The banner gives CommonJS packages the
 * `require` that an ES module has not.
 */
export const API_BUNDLE = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  minify: true,
  banner: {
    js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
  },
} as const;

/** The most that it may weigh. */
export const MAX_BUNDLE_BYTES = 1_500_000;
