import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { apiDocument } from '../support/answer-check.ts';
import { ApiRig } from '../support/api-rig.ts';

const docsDir = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

let rig: ApiRig;
let bare: ApiRig;
beforeAll(async () => {
  [rig, bare] = await Promise.all([ApiRig.start({}, { docsDir }), ApiRig.start()]);
});
afterAll(() => Promise.all([rig.stop(), bare.stop()]));

it('serves the API document to anybody', async () => {
  const answer = await rig.app.request('/api/openapi.json');
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(answer.headers.get('cache-control')).toBe('public, max-age=3600');
  expect(await answer.json()).toEqual(JSON.parse(JSON.stringify(apiDocument)));
});

it('shows it on a page that loads only what is served here', async () => {
  const page = await rig.app.request('/api/docs');
  expect(page.status).toBe(200);
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  const html = await page.text();
  const loaded = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] as string);
  expect(loaded).toEqual(['data:,', 'docs/swagger-ui.css', 'docs/swagger-ui-bundle.js', 'docs/start.js']);
  for (const [path, type] of [
    ['docs/swagger-ui.css', 'text/css'],
    ['docs/swagger-ui-bundle.js', 'text/javascript'],
    ['docs/start.js', 'text/javascript'],
  ] as const) {
    const asset = await rig.app.request(`/api/${path}`);
    expect([path, asset.status, asset.headers.get('content-type')]).toEqual([path, 200, `${type}; charset=utf-8`]);
    expect(asset.headers.get('x-content-type-options')).toBe('nosniff');
    expect((await asset.text()).length).toBeGreaterThan(50);
  }
  expect(await (await rig.app.request('/api/docs/start.js')).text()).toContain("url: 'openapi.json'");
});

it('lets the page do nothing but that', async () => {
  const policy = (await rig.app.request('/api/docs')).headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("script-src 'self';");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toMatch(/https?:|\*|unsafe-eval|script-src[^;]*unsafe-inline/);
  const html = await (await rig.app.request('/api/docs')).text();
  expect(html).not.toMatch(/<script>|onload=|style=/);
});

it('serves no other file of the folder', async () => {
  for (const path of ['package.json', '../swagger-ui-dist/package.json', '%2e%2e/package.json', 'index.html']) {
    expect((await rig.app.request(`/api/docs/${path}`)).status).toBe(404);
  }
});

it('has the document but no page where the files of the viewer are not there', async () => {
  expect((await bare.app.request('/api/openapi.json')).status).toBe(200);
  expect((await bare.app.request('/api/docs')).status).toBe(404);
});
