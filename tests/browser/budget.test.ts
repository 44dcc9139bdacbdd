import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { DASHBOARD, DASHBOARD_DIST } from '../../bin/dashboard-files.ts';

const MAX_FIRST_LOAD_BYTES = 200 * 1024;
const LANGUAGES = ['de', 'en', 'es', 'id', 'pt'];
const assets = readdirSync(join(DASHBOARD_DIST, 'assets'));
const source = (name: string) => readFileSync(join(DASHBOARD_DIST, 'assets', name), 'utf8');

/** A script and everything that it imports before it runs, without what it may import later. */
function needed(name: string, known = new Set<string>()): Set<string> {
  if (known.has(name)) return known;
  known.add(name);
  for (const [, other] of source(name).matchAll(/(?:from|import)\s*["']\.\/([\w.-]+\.js)["']/g)) {
    needed(other as string, known);
  }
  return known;
}

function gzippedBytes(names: Iterable<string>): number {
  return [...names].reduce((sum, name) => sum + gzipSync(source(name)).length, 0);
}

describe('the first load', () => {
  const html = readFileSync(join(DASHBOARD_DIST, 'index.html'), 'utf8');
  const entry = /src="\/assets\/([\w.-]+\.js)"/.exec(html)?.[1] as string;
  const pages = assets.filter((name) => /(-page|signed-out)-.+\.js$/.test(name));

  it('has pages to look at', () => {
    expect(pages.length).toBeGreaterThan(10);
  });

  it.each(pages)('of %s is at most 200 KB of gzipped JavaScript, with its texts', (page) => {
    // The texts of a language are at most four files: shared ones, the frame's, the page's and one to spare.
    const texts = assets.filter((name) => /^de-.+\.js$/.test(name));
    const largest = texts
      .map((name) => gzippedBytes([name]))
      .sort((a, b) => b - a)
      .slice(0, 4);
    const scripts = new Set([...needed(entry), ...needed(page)]);
    const bytes = gzippedBytes(scripts) + largest.reduce((sum, size) => sum + size, 0);
    expect(bytes).toBeLessThanOrEqual(MAX_FIRST_LOAD_BYTES);
    expect(bytes).toBeGreaterThan(50 * 1024);
  });

  it('has nothing inline', () => {
    expect(html).not.toMatch(/<style|style=|<script(?![^>]*\bsrc=)|\bon\w+=/);
  });
});

describe('the texts', () => {
  const folders = readdirSync(join(DASHBOARD, 'src'), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isDirectory() && entry.name === 'locales')
    .map((entry) => join(entry.parentPath, entry.name));
  const keysOf = (value: object, path = ''): string[] =>
    Object.entries(value).flatMap(([key, part]) =>
      typeof part === 'string' ? [`${path}${key}`] : keysOf(part as object, `${path}${key}.`),
    );
  const textsOf = (folder: string, language: string) =>
    JSON.parse(readFileSync(join(folder, `${language}.json`), 'utf8')) as object;

  it.each(folders)('of %s have the same keys and the same gaps in all languages', (folder) => {
    expect(readdirSync(folder).sort()).toEqual(LANGUAGES.map((language) => `${language}.json`));
    const english = textsOf(folder, 'en');
    const gaps = (texts: object) =>
      keysOf(texts)
        .map((key) => `${key} ${gapsOf(texts, key)}`)
        .sort();
    for (const language of LANGUAGES)
      expect([language, gaps(textsOf(folder, language))]).toEqual([language, gaps(english)]);
  });
});

/** The places of a text that are filled in: `{{name}}`. */
function gapsOf(texts: object, key: string): string {
  const text = key.split('.').reduce<unknown>((part, name) => (part as Record<string, unknown>)[name], texts) as string;
  return [...text.matchAll(/\{\{(\w+)\}\}|<(\w+)>/g)]
    .map((match) => match[1] ?? match[2])
    .sort()
    .join(' ');
}
