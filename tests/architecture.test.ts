import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');

/**
 * Who may import whom. The longest matching prefix names a file's area; an edge that is not here is refused.
 * `functions` and `runner` never see each other; only `bin` joins them.
 */
const EDGES: Record<string, string[]> = {
  'lib/core/errors.ts': [],
  'lib/core/config.ts': [],
  'lib/core/model': ['lib/core/errors.ts'],
  'lib/core/catalogue': ['lib/core/model', 'lib/core/errors.ts'],
  'lib/core/ports': ['lib/core/model', 'lib/core/catalogue', 'lib/core/errors.ts'],
  'lib/core/usecases': ['lib/core/ports', 'lib/core/model', 'lib/core/catalogue', 'lib/core/errors.ts'],
  'lib/core/adapters': [
    'lib/core/ports',
    'lib/core/model',
    'lib/core/catalogue',
    'lib/core/errors.ts',
    'lib/core/config.ts',
  ],
  'lib/baileys': [],
  'lib/constructs': ['lib/core'],
  'lib/gateway-stack.ts': ['lib/constructs', 'lib/core'],
  functions: ['lib/core'],
  runner: ['lib/core', 'lib/baileys'],
  sandbox: ['lib/baileys'],
  bin: ['lib/core', 'lib/baileys', 'lib/constructs', 'lib/gateway-stack.ts', 'functions', 'runner', 'sandbox'],
  // The page is a client of the public API: of the server it may know types, and those vanish. One writer of CSV guards
  // against formulas for both.
  dashboard: ['lib/core/model/csv.ts'],
  bench: ['lib/core', 'lib/baileys', 'lib/constructs', 'functions', 'runner', 'sandbox', 'bin', 'tests/support'],
};

/** Packages that only some areas may load. Everything else may be imported anywhere. */
const PACKAGES: Record<string, string[]> = {
  '@whiskeysockets/baileys': ['lib/baileys'],
  libsignal: ['lib/baileys'],
  hono: ['functions', 'bin'],
  '@hono/node-server': ['bin'],
  'aws-cdk-lib': ['lib/constructs', 'lib/gateway-stack.ts', 'bin'],
  '@aws-sdk/client-dynamodb': ['lib/core/adapters'],
  '@aws-sdk/lib-dynamodb': ['lib/core/adapters'],
  '@aws-sdk/client-sqs': ['lib/core/adapters'],
  '@aws-sdk/client-apigatewaymanagementapi': ['lib/core/adapters'],
  '@aws-sdk/client-sns': ['lib/core/adapters'],
  '@aws-sdk/client-s3': ['lib/core/adapters'],
  '@aws-sdk/lib-storage': ['lib/core/adapters'],
  '@aws-sdk/s3-request-presigner': ['lib/core/adapters'],
  '@aws-sdk/client-kms': ['lib/core/adapters'],
  '@aws-sdk/client-secrets-manager': ['lib/core/adapters'],
  '@aws-sdk/client-ecs': ['lib/core/adapters'],
  esbuild: ['lib/constructs'],
  'prom-client': ['runner'],
  fauxqs: ['lib/core/adapters/local'],
};

const MAX_LINES = 400;

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));
}

const FILES = ['lib', 'functions', 'runner', 'sandbox', 'bin', 'bench', 'dashboard'].flatMap(sources);

function area(file: string): string | undefined {
  return Object.keys(EDGES)
    .filter((prefix) => file === prefix || file.startsWith(`${prefix}/`))
    .sort((a, b) => b.length - a.length)[0];
}

function within(file: string, prefixes: string[]): boolean {
  return prefixes.some((prefix) => file === prefix || file.startsWith(`${prefix}/`));
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const found = text.matchAll(
    /(?:^|\n)\s*(?:import|export)\s[^;'"]*?from\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)import\s*['"]([^'"]+)['"]/g,
  );
  return [...found].map((match) => (match[1] ?? match[2] ?? match[3]) as string);
}

function localImports(file: string): string[] {
  return importsOf(file)
    .filter((name) => name.startsWith('.'))
    .map((name) => relative(ROOT, resolve(ROOT, dirname(file), name)));
}

describe('architecture', () => {
  it('has an area for every source file', () => {
    expect(FILES.length).toBeGreaterThan(30);
    expect(FILES.filter((file) => area(file) === undefined)).toEqual([]);
  });

  it('imports only along the allowed edges', () => {
    const wrong: string[] = [];
    for (const file of FILES) {
      const own = area(file) as string;
      for (const target of own === 'dashboard' ? [...valueImports(file), ...laterImports(file)] : localImports(file)) {
        if (target === 'package.json') continue;
        if (!within(target, [own, ...(EDGES[own] as string[])])) wrong.push(`${file} → ${target}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('loads guarded packages only where they belong', () => {
    const wrong: string[] = [];
    for (const file of FILES) {
      for (const name of importsOf(file)) {
        const guarded = Object.keys(PACKAGES).find((known) => name === known || name.startsWith(`${known}/`));
        if (guarded && !within(file, PACKAGES[guarded] as string[])) wrong.push(`${file} → ${name}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('has no import circles', () => {
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (file: string, path: string[]) => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' → '));
      else if (!done.has(file)) {
        for (const target of valueImports(file)) visit(target, [...path, file]);
        done.add(file);
      }
    };
    for (const file of FILES) visit(file, []);
    expect(circles).toEqual([]);
  });

  it(`keeps files at ${MAX_LINES} lines or fewer`, () => {
    const long = [...FILES, ...sources('tests')].map(
      (file) => [file, readFileSync(join(ROOT, file), 'utf8').split('\n').length - 1] as const,
    );
    expect(long.filter(([, lines]) => lines > MAX_LINES)).toEqual([]);
  });

  it('spells table keys in one file only', () => {
    const spelling =
      /['"`](?:T#|I#|E#|C#|OUT#|K#|F#|S#|EMAIL#|KEYHASH#|REFRESH#|FAMILY#|IDEM#|PEND#|SHARD#|MSG#|CMD#|CHAT#|CONTACT#)/;
    const allowed = 'lib/core/adapters/dynamodb/keys.ts';
    const wrong = FILES.filter((file) => file.startsWith('lib/core') && file !== allowed);
    expect(wrong.filter((file) => spelling.test(readFileSync(join(ROOT, file), 'utf8')))).toEqual([]);
  });
});

/** What a file fetches when it needs it: `import('./x.ts')`. */
function laterImports(file: string): string[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return [...text.matchAll(/import\(\s*'(\.[^']+)'\s*\)/g)]
    .map((match) => relative(ROOT, resolve(ROOT, dirname(file), match[1] as string)))
    .filter((found) => FILES.includes(found));
}

/** Type-only imports vanish at run time, so they close no circle. */
function valueImports(file: string): string[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const found = text.matchAll(/(?:^|\n)\s*(?:import|export)\s+(?!type\b)([^;'"]*?)from\s*['"](\.[^'"]+)['"]/g);
  const real = [...found].filter((match) => {
    const names = /\{([^}]*)\}/.exec(match[1] as string)?.[1];
    const outside = (match[1] as string)
      .replace(/\{[^}]*\}/, '')
      .replaceAll(',', '')
      .trim();
    return !names || outside !== '' || names.split(',').some((name) => name.trim() !== '' && !/^\s*type\s/.test(name));
  });
  return real
    .map((match) => relative(ROOT, resolve(ROOT, dirname(file), match[2] as string)))
    .filter((f) => FILES.includes(f));
}
