import { gzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import type { SpawnedEntry } from '../bin/spawn.ts';
import { startBrowser, Visit } from '../tests/support/browser.ts';
import buildIfNeeded from '../tests/support/built-dashboard.ts';
import { percentile, report } from './figures.ts';

const LOADS = 7;
/** In the page, so that the way to this process and back is not in it: a button is there, and the main thread is free. */
const NOTE_READY = `window.ready = new Promise((done) => new MutationObserver((_, observer) => {
  if (!document.querySelector('main button')) return;
  observer.disconnect();
  setTimeout(() => done(performance.now()));
}).observe(document, { childList: true, subtree: true }));`;
const kb = (bytes: number) => `${(bytes / 1024).toFixed(1)} KB`;
const ms = (value: number) => `${value.toFixed(0)} ms`;

/** The first load of the dashboard in a new browser: how much JavaScript, and when it can be used. */
export async function measureDashboard(gateway: SpawnedEntry): Promise<void> {
  console.log('\nDashboard (headless Chromium, nothing cached)');
  await buildIfNeeded();
  const browser = await startBrowser();
  try {
    const first = await Visit.open(browser, gateway.url);
    await first.register();
    let state = await first.page.context().storageState();
    await first.close();
    const signedOut = await loads(browser, gateway.url, '/sign-in', undefined);
    const signedIn = await loads(browser, gateway.url, '/instances', () => state);
    report('sign-in: gzipped JavaScript', kb(signedOut.bytes), 'bar: 200 KB');
    report('sign-in: first input possible, p50', ms(percentile(signedOut.readyMs, 0.5)), 'bar: 1500 ms');
    report('instances: gzipped JavaScript', kb(signedIn.bytes), 'bar: 200 KB');
    report('instances: first input possible, p50', ms(percentile(signedIn.readyMs, 0.5)), 'bar: 1500 ms');

    async function loads(
      from: Browser,
      url: string,
      path: string,
      present: (() => typeof state) | undefined,
    ): Promise<{ readyMs: number[]; bytes: number }> {
      const readyMs: number[] = [];
      let bytes = 0;
      for (let load = 0; load < LOADS; load += 1) {
        const visit = await Visit.open(from, url, present ? { storageState: present() } : {});
        const bodies: Promise<number>[] = [];
        visit.page.on('response', (response) => {
          if (response.url().endsWith('.js')) bodies.push(response.body().then((body) => gzipSync(body).length));
        });
        await visit.page.addInitScript(NOTE_READY);
        await visit.page.goto(`${url}${path}`, { waitUntil: 'commit' });
        readyMs.push((await visit.page.evaluate('window.ready')) as number);
        await visit.settled();
        bytes = (await Promise.all(bodies)).reduce((sum, size) => sum + size, 0);
        if (present) state = await visit.page.context().storageState();
        await visit.close();
      }
      return { readyMs, bytes };
    }
  } finally {
    await browser.close();
  }
}
