import { cpSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { BUNDLE, ROOT } from './bundles.ts';

/** They are mended when they are loaded (lib/baileys/cures.ts), module by module, so they stay modules. */
const APART = ['@whiskeysockets/baileys', 'libsignal'];

/** What packages bring for those who write programs, not for those that run. */
const FOR_READERS = /\.(d\.[cm]?ts|map|md)$|\/node_modules\/@types\//;

const ENTRIES = { main: 'runner/main.ts', 'health-check': 'runner/health-check.ts' };

interface LockedPackage {
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

/** Makes what the runner's image holds: `main.mjs`, its health check, and the packages that cannot be bundled. */
export async function bundleRunner(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await build({
    ...BUNDLE,
    entryNames: '[name]',
    entryPoints: Object.fromEntries(Object.entries(ENTRIES).map(([name, path]) => [name, join(ROOT, path)])),
    outdir: folder,
    absWorkingDir: ROOT,
    external: APART,
    // A stack trace of a runner is read by people; its size is of no weight in an image.
    minify: false,
    sourcemap: 'linked',
  });
  await writeFile(join(folder, 'package.json'), `${JSON.stringify({ type: 'module', private: true })}\n`);
  const packages = await runtimePackages(APART);
  const filter = (path: string) => !FOR_READERS.test(path);
  for (const path of packages) cpSync(join(ROOT, path), join(folder, path), { recursive: true, filter });
}

/** The folders of packages and all that they need, as package-lock.json has them. */
export async function runtimePackages(names: readonly string[]): Promise<string[]> {
  const lock = JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, LockedPackage>;
  };
  const found = new Set<string>();
  const visit = (name: string, from: string, needed: boolean) => {
    // As Node looks: in the package's own node_modules first, then outwards.
    for (let at = from; ; at = at.includes('/node_modules/') ? at.slice(0, at.lastIndexOf('/node_modules/')) : '') {
      const path = `${at === '' ? '' : `${at}/`}node_modules/${name}`;
      const locked = lock.packages[path];
      if (locked) {
        if (found.has(path)) return;
        found.add(path);
        for (const next of Object.keys(locked.dependencies ?? {})) visit(next, path, true);
        for (const next of Object.keys(locked.optionalDependencies ?? {})) visit(next, path, false);
        return;
      }
      if (at === '') break;
    }
    if (needed) throw new Error(`package-lock.json has no ${name}, which ${from} needs.`);
  };
  for (const name of names) visit(name, '', true);
  // A package inside another one is copied with it.
  return [...found].filter((path) => ![...found].some((other) => path.startsWith(`${other}/`))).sort();
}
