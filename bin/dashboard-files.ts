/** Where the dashboard lies, and whether what was built still is what its sources say. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { cacheControlOf, PAGE_TYPES } from '../lib/core/model/pages.ts';

const ROOT = join(import.meta.dirname, '..');
export const DASHBOARD = join(ROOT, 'dashboard');
export const DASHBOARD_DIST = join(DASHBOARD, 'dist');
/** Holds the hash of the sources that `dist` was built from. */
const STAMP = 'sources.sha256';
/** What a build depends on beside the sources. */
const ALSO = ['package-lock.json', 'lib/core/model/csv.ts'];
const NOT_SOURCES = /^(dist|build-)|\.md$/;

export function isDashboardBuilt(): boolean {
  return existsSync(join(DASHBOARD_DIST, 'index.html'));
}

/** Hash over names and contents of everything that a build reads. */
export async function hashOfSources(): Promise<string> {
  const entries = await readdir(DASHBOARD, { withFileTypes: true, recursive: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(DASHBOARD, join(entry.parentPath, entry.name)))
    .filter((name) => !NOT_SOURCES.test(name))
    .map((name) => join('dashboard', name));
  const hash = createHash('sha256');
  for (const name of [...files, ...ALSO].sort()) hash.update(`${name}\0`).update(await readFile(join(ROOT, name)));
  return hash.digest('hex');
}

/** What `dist` was built from; undefined: nobody knows. */
export async function builtFrom(): Promise<string | undefined> {
  return readFile(join(DASHBOARD_DIST, STAMP), 'utf8').catch(() => undefined);
}

/** Where a build of these sources notes their hash. */
export function stampOf(dist: string): string {
  return join(dist, STAMP);
}

/** The files that a bucket serves. What has no type of a page is none of them. */
export async function pagesIn(dist: string): Promise<{ key: string; type: string; cacheControl: string }[]> {
  const entries = await readdir(dist, { withFileTypes: true, recursive: true });
  const keys = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(dist, join(entry.parentPath, entry.name)).split(sep).join('/'));
  return keys.flatMap((key) => {
    const type = PAGE_TYPES[extname(key)];
    return type === undefined ? [] : [{ key, type, cacheControl: cacheControlOf(key) }];
  });
}
