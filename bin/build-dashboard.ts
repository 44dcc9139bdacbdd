/** `npm run dashboard:build`: builds the dashboard into `dashboard/dist`; the old one serves until the new one is whole. */
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'vite';
import { DASHBOARD, DASHBOARD_DIST, hashOfSources, stampOf } from './dashboard-files.ts';

const hash = await hashOfSources();
const [next, last] = ['next', 'last'].map((name) => join(DASHBOARD, `build-${name}-${process.pid}`)) as [
  string,
  string,
];
try {
  await build({ configFile: join(DASHBOARD, 'vite.config.ts'), build: { outDir: next }, logLevel: 'warn' });
  await writeFile(stampOf(next), hash);
  // Another build may end at the same time: whichever is last stays.
  while (!(await moved(next, DASHBOARD_DIST, ['ENOTEMPTY', 'EEXIST']))) {
    await moved(DASHBOARD_DIST, last, ['ENOENT']);
    await rm(last, { recursive: true, force: true });
  }
} finally {
  await Promise.all([next, last].map((folder) => rm(folder, { recursive: true, force: true })));
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
