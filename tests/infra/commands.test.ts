import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../../lib/constructs/bundles.ts';
import packageJson from '../../package.json' with { type: 'json' };

const PAGES = [
  ...['README.md', 'DEPLOY.md', 'RUNBOOK.md', 'dashboard/README.md', 'sandbox/README.md'],
  ...readdirSync(join(ROOT, 'docs')).flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : [])),
];
/** Of npm itself. */
const BUILT_IN = ['ci', 'install', 'run', 'start', 'test'];

it.each(PAGES)('%s names only commands that are there', (page) => {
  const text = readFileSync(join(ROOT, page), 'utf8');
  const scripts = Object.keys(packageJson.scripts);
  const run = [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name as string);
  expect(run.filter((name) => !scripts.includes(name))).toEqual([]);
  const others = [...text.matchAll(/\bnpm ([a-z][\w-]*)/g)].map(([, name]) => name as string);
  expect(others.filter((name) => !BUILT_IN.includes(name))).toEqual([]);
  const files = [...text.matchAll(/\bnode (bin\/[\w-]+\.ts)/g)].map(([, path]) => path as string);
  for (const path of files) expect(() => readFileSync(join(ROOT, path))).not.toThrow();
});

it('DEPLOY.md leads from an empty account to the first message by commands that are there', () => {
  const text = readFileSync(join(ROOT, 'DEPLOY.md'), 'utf8');
  for (const name of ['synth', 'deploy', 'diff', 'smoke', 'cost']) expect(text).toContain(`npm run ${name}`);
});
