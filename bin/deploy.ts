/**
 * `npm run deploy -- [arguments of cdk deploy]`: deploys both stacks, then puts the web page (`dashboard/dist`, where it
 * is built) into its bucket, index.html last: it names the others.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { extname, join, relative } from 'node:path';
import { ROOT } from '../lib/constructs/bundles.ts';
import { DASHBOARD_DIR } from '../lib/constructs/edge.ts';
import { PutObjectCommand, S3Client } from '../lib/core/adapters/s3/sdk.ts';

const OUTPUTS = join(ROOT, 'build/outputs.json');
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
};
const FOR_EVER = 'public, max-age=31536000, immutable';

await mkdir(join(ROOT, 'build'), { recursive: true });
const cdk = spawnSync('cdk', ['deploy', '--all', '--outputs-file', OUTPUTS, ...process.argv.slice(2)], {
  cwd: ROOT,
  stdio: 'inherit',
});
if (cdk.status !== 0) process.exit(cdk.status ?? 1);
const outputs = Object.assign({}, ...Object.values(JSON.parse(await readFile(OUTPUTS, 'utf8')))) as {
  Url: string;
  Region: string;
  DashboardBucket?: string;
};
if (outputs.DashboardBucket) await upload(outputs.DashboardBucket, outputs.Region);
console.log(`\nThe gateway is at ${outputs.Url}\nWhether it works: npm run smoke -- ${outputs.Url}`);

async function upload(Bucket: string, region: string): Promise<void> {
  if (!existsSync(DASHBOARD_DIR)) return;
  const client = new S3Client({ region });
  const entries = await readdir(DASHBOARD_DIR, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const isPage = (path: string) => path.endsWith('.html');
  for (const path of files.sort((a, b) => Number(isPage(a)) - Number(isPage(b)))) {
    await client.send(
      new PutObjectCommand({
        Bucket,
        Key: relative(DASHBOARD_DIR, path),
        Body: await readFile(path),
        ContentType: TYPES[extname(path)] ?? 'application/octet-stream',
        // Vite puts a hash of the content into the names in assets/.
        CacheControl: relative(DASHBOARD_DIR, path).startsWith('assets/') ? FOR_EVER : 'no-cache',
      }),
    );
  }
  client.destroy();
  console.log(`${files.length} files of the web page are in ${Bucket}`);
}
