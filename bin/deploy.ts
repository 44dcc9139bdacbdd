/**
 * `npm run deploy -- [arguments of cdk deploy]`: builds the dashboard, deploys both stacks, then puts the dashboard into
 * its bucket.
 */
import { spawnSync } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../lib/constructs/bundles.ts';
import { S3Client } from '../lib/core/adapters/s3/sdk.ts';
import { builtFrom, DASHBOARD_DIST, hashOfSources } from './dashboard-files.ts';
import { uploadDashboard } from './upload-dashboard.ts';

const OUTPUTS = join(ROOT, 'build/outputs.json');

if ((await hashOfSources()) !== (await builtFrom())) await import('./build-dashboard.ts');
await mkdir(join(ROOT, 'build'), { recursive: true });
const cdk = spawnSync('cdk', ['deploy', '--all', '--outputs-file', OUTPUTS, ...process.argv.slice(2)], {
  cwd: ROOT,
  stdio: 'inherit',
});
if (cdk.status !== 0) process.exit(cdk.status ?? 1);
const outputs = Object.assign({}, ...Object.values(JSON.parse(await readFile(OUTPUTS, 'utf8')))) as {
  Url: string;
  Region: string;
  DashboardBucket: string;
};
const client = new S3Client({ region: outputs.Region });
const files = await uploadDashboard(client, outputs.DashboardBucket, DASHBOARD_DIST);
client.destroy();
console.log(`${files} files of the dashboard are in ${outputs.DashboardBucket}`);
console.log(`\nThe gateway is at ${outputs.Url}\nWhether it works: npm run smoke -- ${outputs.Url}`);
