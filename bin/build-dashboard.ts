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
  await rename(DASHBOARD_DIST, last).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  await rename(next, DASHBOARD_DIST);
} finally {
  await Promise.all([next, last].map((folder) => rm(folder, { recursive: true, force: true })));
}
