/** The dashboard of `npm start`: served as it was built, and built anew in a process of its own when it has changed. */
import { spawn } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import type { DashboardFiles } from '../functions/web/mount.ts';
import { builtFrom, DASHBOARD_DIST, hashOfSources, isDashboardBuilt } from './dashboard-files.ts';

export interface LocalDashboard {
  files: DashboardFiles;
  /** Builds if need be; to be called once the gateway is ready. Never throws. */
  refresh(): Promise<void>;
  stop(): void;
}

export function openLocalDashboard(): LocalDashboard {
  let state: ReturnType<DashboardFiles['state']> = isDashboardBuilt() ? 'ready' : 'building';
  let stop = () => undefined as unknown;
  const build = () =>
    new Promise<boolean>((resolve) => {
      const script = join(import.meta.dirname, 'build-dashboard.ts');
      const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script], { stdio: 'ignore' });
      stop = () => child.kill();
      child.once('spawn', () => child.pid !== undefined && setPriority(child.pid, constants.priority.PRIORITY_LOW));
      child.once('error', () => resolve(false));
      child.once('exit', (code) => resolve(code === 0));
    });
  return {
    files: { dir: DASHBOARD_DIST, state: () => state },
    async refresh() {
      try {
        const [sources, built] = await Promise.all([hashOfSources(), builtFrom()]);
        if (sources !== built) await build();
      } finally {
        // What was built before may serve on, even when the new one fails.
        state = isDashboardBuilt() ? 'ready' : 'failed';
      }
    },
    stop: () => stop(),
  };
}
