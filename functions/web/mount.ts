import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { Context, Hono } from 'hono';
import type { ApiEnv } from '../dialects/mount.ts';
import { WAITING_STYLE, waitingPage } from './pages.ts';

/** The built dashboard: where its files lie, and whether they are there. */
export interface DashboardFiles {
  /** Folder with `index.html` and `assets/`. */
  dir: string;
  state: () => 'ready' | 'building' | 'failed';
}

/** Nothing from elsewhere, and nothing inline. */
export const DASHBOARD_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "media-src 'self' blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "frame-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

const TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.woff2': 'font/woff2',
};

/** Files under it have a hash of what they hold in their names. */
const HASHED = 'assets/';
const FOR_EVER = 'public, max-age=31536000, immutable';
const ASK_AGAIN = 'no-cache';
/** What belongs to programs: there an unknown path is an error, never a page. */
const PROGRAMS = /^\/(api|ws)(\/|$)/;
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
    if (path === '/dashboard-waiting.css') return show(c, WAITING_STYLE, '.css', ASK_AGAIN);
    const state = files.state();
    if (FILE_PATH.test(path)) {
      const file = state === 'ready' ? await read(join(files.dir, path)) : undefined;
      if (!file) return next();
      return show(c, file, extname(path), path.startsWith(`/${HASHED}`) ? FOR_EVER : ASK_AGAIN);
    }
    if (!wantsPage(c)) return next();
    const page = state === 'ready' ? await read(join(files.dir, 'index.html')) : undefined;
    if (page) return show(c, page, '.html', ASK_AGAIN);
    return show(c, waitingPage(state === 'failed' ? 'failed' : 'building'), '.html', 'no-store', 503);
  });
}

/** Programs that ask for no type get the API's answers. */
function wantsPage(c: Context<ApiEnv>): boolean {
  return /\btext\/html\b/.test(c.req.header('accept') ?? '');
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
  cache: string,
  status: 200 | 503 = 200,
): Response {
  c.header('Content-Type', TYPES[extension] ?? 'application/octet-stream');
  c.header('Cache-Control', cache);
  c.header('Content-Security-Policy', DASHBOARD_POLICY);
  c.header('Cross-Origin-Opener-Policy', 'same-origin');
  c.header('Permissions-Policy', 'camera=(), microphone=(), geolocation=(), payment=()');
  return c.body(body, status);
}
