import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { Context, Hono } from 'hono';
import { cacheControlOf, DASHBOARD_HEADERS, dashboardPolicy, PAGE_TYPES } from '../../lib/core/model/pages.ts';
import type { ApiEnv } from '../dialects/mount.ts';
import { WAITING_STYLE, waitingPage } from './pages.ts';

/** The built dashboard: where its files lie, and whether they are there. */
export interface DashboardFiles {
  /** Folder with `index.html` and `assets/`; a file beside its `.gz` goes out as that. */
  dir: string;
  state: () => 'ready' | 'building' | 'failed';
}

/** What belongs to programs: there an unknown path is an error, never a page. */
const PROGRAMS = /^\/(api|ws)(\/|$)/;
const POLICY = dashboardPolicy();
const FILE_PATH = /^\/(?:assets\/)?[\w-]+(?:\.[\w-]+)*\.[a-z0-9]+$/;

/**
 * Serves the dashboard at `/`: its files by name, and its page for every other path that a browser opens. To be mounted
 * after everything else.
 */
export function mountDashboard(app: Hono<ApiEnv>, files: DashboardFiles): void {
  app.get('/*', async (c, next) => {
    const { path } = c.req;
    if (PROGRAMS.test(path)) return next();
    c.set('route', '/*');
    if (path === '/dashboard-waiting.css') return show(c, WAITING_STYLE, '.css');
    const state = files.state();
    if (FILE_PATH.test(path)) {
      const file = state === 'ready' ? await fileFor(c, join(files.dir, path)) : undefined;
      if (!file) return next();
      return show(c, file, extname(path), cacheControlOf(path.slice(1)));
    }
    if (!wantsPage(c)) return next();
    const page = state === 'ready' ? await fileFor(c, join(files.dir, 'index.html')) : undefined;
    if (page) return show(c, page, '.html');
    return show(c, waitingPage(state === 'failed' ? 'failed' : 'building'), '.html', 'no-store', 503);
  });
}

/** Programs that ask for no type get the API's answers. */
function wantsPage(c: Context<ApiEnv>): boolean {
  return /\btext\/html\b/.test(c.req.header('accept') ?? '');
}

/** The file, compressed where it is kept so and the browser takes it. */
async function fileFor(c: Context<ApiEnv>, path: string): Promise<Buffer<ArrayBuffer> | undefined> {
  c.header('Vary', 'Accept-Encoding');
  const takesGzip = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?(?:,|$))/.test(c.req.header('accept-encoding') ?? '');
  const zipped = takesGzip ? await read(`${path}.gz`) : undefined;
  if (zipped) c.header('Content-Encoding', 'gzip');
  return zipped ?? read(path);
}

/** undefined: there is no such file. */
async function read(path: string): Promise<Buffer<ArrayBuffer> | undefined> {
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'EISDIR') return undefined;
    throw error;
  });
}

function show(
  c: Context<ApiEnv>,
  body: string | Buffer<ArrayBuffer>,
  extension: string,
  cache = cacheControlOf(''),
  status: 200 | 503 = 200,
): Response {
  c.header('Content-Type', PAGE_TYPES[extension] ?? 'application/octet-stream');
  c.header('Cache-Control', cache);
  c.header('Content-Security-Policy', POLICY);
  for (const [name, value] of Object.entries(DASHBOARD_HEADERS)) c.header(name, value);
  return c.body(body, status);
}
