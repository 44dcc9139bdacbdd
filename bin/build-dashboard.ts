/** `npm run dashboard:build`: builds the dashboard into `dashboard/dist`; the old one serves until the new one is whole. */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { build } from 'vite';
import { DASHBOARD, DASHBOARD_DIST, hashOfSources, pagesIn, stampOf } from './dashboard-files.ts';

const hash = await hashOfSources();
const [next, last] = ['next', 'last'].map((name) => join(DASHBOARD, `build-${name}-${process.pid}`)) as [
  string,
  string,
];
try {
  await build({ configFile: join(DASHBOARD, 'vite.config.ts'), build: { outDir: next }, logLevel: 'warn' });
  await compress(next);
  await writeFile(stampOf(next), hash);
  // Another build may end at the same time: whichever is last stays.
  while (!(await moved(next, DASHBOARD_DIST, ['ENOTEMPTY', 'EEXIST']))) {
    await moved(DASHBOARD_DIST, last, ['ENOENT']);
    await rm(last, { recursive: true, force: true });
  }
} finally {
  await Promise.all([next, last].map((folder) => rm(folder, { recursive: true, force: true })));
}

/** Once here instead of at each request. CloudFront does it by itself, so a bucket gets none of these. */
async function compress(dist: string): Promise<void> {
  for (const { key } of await pagesIn(dist)) {
    const whole = await readFile(join(dist, key));
    const small = await promisify(gzip)(whole, { level: 9 });
    if (small.length < whole.length) await writeFile(join(dist, `${key}.gz`), small);
  }
}

/** false: it could not be moved for one of these reasons. */
async function moved(from: string, to: string, reasons: readonly string[]): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (reasons.includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}
