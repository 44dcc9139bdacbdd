import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context, Hono } from 'hono';
import type { ApiEnv } from '../dialects/mount.ts';

/** Files of `swagger-ui-dist` that the page loads, and their types. */
const ASSETS: Record<string, string> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
};

/** Nothing from elsewhere, no inline script; the viewer styles its elements itself. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const CACHE = 'public, max-age=3600';

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Switchboard API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="docs"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
`;

const START = `SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  validatorUrl: null,
  persistAuthorization: false,
  docExpansion: 'none',
  defaultModelsExpandDepth: 0,
});
`;

/**
 * Serves the API document at `/api/openapi.json`, and a page that shows it at `/api/docs`. All that the page loads
 * comes from here.
 * @param assetsDir holds the files of `swagger-ui-dist`; without it there is the document only
 */
export function mountDocs(
  app: Hono<ApiEnv>,
  { version, assetsDir }: { version: string; assetsDir: string | undefined },
): void {
  let text: Promise<string> | undefined;
  app.get('/api/openapi.json', async (c) => {
    text ??= import('./document.ts').then(({ gatewayDocument }) => JSON.stringify(gatewayDocument(version)));
    return show(c, await text, 'application/json; charset=utf-8');
  });
  if (assetsDir === undefined) return;

  app.get('/api/docs', (c) => {
    c.header('Content-Security-Policy', PAGE_POLICY);
    return show(c, PAGE, 'text/html; charset=utf-8');
  });
  app.get('/api/docs/start.js', (c) => show(c, START, 'text/javascript; charset=utf-8'));
  for (const [name, type] of Object.entries(ASSETS)) {
    let asset: Promise<Buffer<ArrayBuffer>> | undefined;
    app.get(`/api/docs/${name}`, async (c) => {
      asset ??= readFile(join(assetsDir, name));
      return show(c, await asset, type);
    });
  }
}

function show(c: Context<ApiEnv>, body: string | Buffer<ArrayBuffer>, type: string): Response {
  c.set('route', c.req.path);
  c.header('Content-Type', type);
  c.header('Cache-Control', CACHE);
  return c.body(body);
}
