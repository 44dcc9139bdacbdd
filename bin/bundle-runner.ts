/** `node bin/bundle-runner.ts FOLDER`: the runner's production bundle, as runner/Dockerfile makes it. */
import { resolve } from 'node:path';
import { bundleRunner } from '../lib/constructs/bundle-runner.ts';

const folder = process.argv[2];
if (folder === undefined) {
  console.error('node bin/bundle-runner.ts FOLDER');
  process.exit(2);
}
await bundleRunner(resolve(folder));
