import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { builtFrom, hashOfSources } from '../../bin/dashboard-files.ts';

/** Builds the dashboard before the first browser test when its sources have changed. */
export default async function setup(): Promise<void> {
  if ((await builtFrom()) === (await hashOfSources())) return;
  const script = join(import.meta.dirname, '../../bin/build-dashboard.ts');
  const child = spawn(process.execPath, [script], {
    stdio: 'inherit',
    env: { ...process.env, NODE_ENV: 'production' },
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error('the dashboard could not be built');
}
