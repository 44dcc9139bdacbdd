/** `npm run screenshots`: every page of the dashboard in light, dark and narrow, as PNG files in `screenshots/`. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startBrowser, Visit } from '../tests/support/browser.ts';
import buildIfNeeded from '../tests/support/built-dashboard.ts';
import { TestGateway } from '../tests/support/gateway.ts';
import { furnish, PAGES } from '../tests/support/pages.ts';

const FOLDER = join(import.meta.dirname, '../screenshots');
/** `npm run screenshots -- link health` takes only pages whose names have one of these in them. */
const wanted = process.argv.slice(2);
const LOOKS = {
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  narrow: { colorScheme: 'light', narrow: true },
} as const;

await buildIfNeeded();
const [gateway, browser] = await Promise.all([TestGateway.start(), startBrowser()]);
try {
  if (wanted.length === 0) await rm(FOLDER, { recursive: true, force: true });
  await mkdir(FOLDER, { recursive: true });
  const first = await Visit.open(browser, gateway.url);
  await first.register();
  const names = await furnish(first);
  const state = await first.page.context().storageState();
  await first.close();
  for (const [look, options] of Object.entries(LOOKS)) {
    const out = await Visit.open(browser, gateway.url, options);
    const shots: [string, string][] = [
      ['sign-in', '/sign-in'],
      ['register', '/register'],
    ];
    for (const [name, path] of shots) await take(out, look, name, path);
    await out.close();
  }
  let kept = state;
  for (const [look, options] of Object.entries(LOOKS)) {
    const visit = await Visit.open(browser, gateway.url, { ...options, storageState: kept });
    for (const { name, path } of PAGES) await take(visit, look, name, path(names));
    // The refresh token of a session works once: the next browser goes on with what this one has.
    kept = await visit.page.context().storageState();
    await visit.close();
  }
  console.log(`${FOLDER}: done`);
} finally {
  await browser.close();
  await gateway.stop();
}

async function take(visit: Visit, look: string, name: string, path: string): Promise<void> {
  if (wanted.length > 0 && !wanted.some((part) => name.includes(part))) return;
  await visit.go(path);
  await visit.page.waitForLoadState('networkidle').catch(() => undefined);
  await visit.page.screenshot({ path: join(FOLDER, `${name}-${look}.png`), fullPage: true });
  if (visit.complaints.length > 0) console.log(name, look, visit.complaints.splice(0));
}
