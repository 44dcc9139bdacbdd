import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

interface Lockfile {
  packages: Record<
    string,
    {
      version?: string;
      resolved?: string;
      dependencies?: Record<string, string>;
      optionalDependencies?: Record<string, string>;
    }
  >;
}

const ROOT = join(import.meta.dirname, '../..');
const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as Lockfile;
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Record<string, Record<string, string>>;

/** Lowest versions without a known hole that concerns us; the advisories are named beside them. */
const FLOORS: Record<string, string> = {
  hono: '4.12.25', // CVE-2026-22817/22818 JWT, -44456 body limit, -44459, -54290 CORS
  '@hono/node-server': '1.19.13', // serveStatic bypass
  ws: '8.21.1', // CVE-2026-48779, -62389, -45736
  protobufjs: '7.6.2', // CVE-2026-44291/93/94/88
  axios: '1.16.0', // CVE-2026-42264, -44489 and others; better absent
};

function installed(name: string): [path: string, version: string][] {
  return Object.entries(lock.packages)
    .filter(([path]) => path === `node_modules/${name}` || path.endsWith(`/node_modules/${name}`))
    .map(([path, entry]) => [path, entry.version as string]);
}

function isAtLeast(version: string, floor: string): boolean {
  const [a, b] = [version, floor].map((text) => text.split(/[.-]/).slice(0, 3).map(Number)) as [number[], number[]];
  for (let i = 0; i < 3; i += 1) {
    if ((a[i] as number) !== (b[i] as number)) return (a[i] as number) > (b[i] as number);
  }
  return true;
}

describe('the lockfile', () => {
  it.each(Object.entries(FLOORS))('holds %s at %s or newer, wherever it is nested', (name, floor) => {
    expect(installed(name).filter(([, version]) => !isAtLeast(version, floor))).toEqual([]);
  });

  it('has what the gateway is known to stand on', () => {
    expect(installed('hono')).toHaveLength(1);
    expect(installed('ws').length).toBeGreaterThan(0);
    expect(installed('protobufjs').length).toBeGreaterThan(0);
  });

  it('has exactly one Baileys, the pinned one, and libsignal from the registry', () => {
    expect(installed('@whiskeysockets/baileys')).toEqual([['node_modules/@whiskeysockets/baileys', '7.0.0-rc14']]);
    expect(installed('baileys')).toEqual([]);
    expect(installed('libsignal')).toEqual([['node_modules/libsignal', '6.0.0']]);
  });

  it('takes nothing from git, and names no registry host', () => {
    const resolved = Object.values(lock.packages).flatMap((entry) => entry.resolved ?? []);
    expect(resolved).toEqual([]);
    const specs = Object.values(lock.packages).flatMap((entry) => Object.values(entry.dependencies ?? {}));
    expect(specs.filter((spec) => /github:|git\+|^https?:/.test(spec))).toEqual([]);
  });

  it('knows every optional dependency: one that did not resolve is skipped by an install and refused by npm ci', () => {
    const missing = Object.values(lock.packages)
      .flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}))
      .filter((name) => installed(name).length === 0);
    expect(missing).toEqual([]);
  });

  it('pins every direct dependency to one exact version', () => {
    const all = ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((kind) =>
      Object.entries(manifest[kind] ?? {}),
    );
    expect(all.length).toBeGreaterThan(20);
    expect(all.filter(([, spec]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(spec))).toEqual([]);
  });
});
