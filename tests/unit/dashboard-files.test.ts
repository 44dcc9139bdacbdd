import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiEnv } from '../../functions/dialects/mount.ts';
import { mountDashboard } from '../../functions/web/mount.ts';

let folder: string;
let app: Hono<ApiEnv>;
let state: 'ready' | 'building' | 'failed' = 'ready';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchboard-dashboard-'));
  const dir = join(folder, 'dist');
  await mkdir(join(dir, 'assets'), { recursive: true });
  await writeFile(join(folder, 'secret.txt'), 'secret');
  await writeFile(join(dir, 'index.html'), '<title>the page</title>');
  await writeFile(join(dir, 'assets', 'index-a1b2.js'), 'run()');
  app = new Hono<ApiEnv>();
  app.get('/api/known', (c) => c.json({ known: true }));
  mountDashboard(app, { dir, state: () => state });
  app.notFound((c) => c.json({ error: 'RESOURCE_NOT_FOUND' }, 404));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const get = (path: string, accept = 'text/html,*/*') => app.request(path, { headers: { accept } });

describe('the dashboard', () => {
  it.each(['/', '/instances', '/instances/my.phone/link', '/conversations/a/b'])(
    'answers %s with its page',
    async (path) => {
      const answer = await get(path);
      expect([answer.status, await answer.text()]).toEqual([200, '<title>the page</title>']);
      expect(answer.headers.get('cache-control')).toBe('no-cache');
      const policy = answer.headers.get('content-security-policy') ?? '';
      expect(policy).toMatch(/default-src 'none'.*script-src 'self'; style-src 'self';.*frame-ancestors 'none'/);
      expect(policy).not.toContain('unsafe');
    },
  );

  it.each(['/api', '/api/unknown', '/api/v1/x', '/ws/x'])('never stands before %s', async (path) => {
    const answer = await get(path);
    expect([answer.status, await answer.json()]).toEqual([404, { error: 'RESOURCE_NOT_FOUND' }]);
  });

  it('leaves programs their answers', async () => {
    expect((await get('/instances', '*/*')).status).toBe(404);
    expect((await get('/instances', 'application/json')).status).toBe(404);
    expect((await app.request('/instances', { method: 'POST' })).status).toBe(404);
    expect(await (await get('/api/known')).json()).toEqual({ known: true });
  });

  it('keeps files with a hash in their names for ever, and has no others', async () => {
    const file = await get('/assets/index-a1b2.js', '*/*');
    expect([file.status, await file.text()]).toEqual([200, 'run()']);
    expect(file.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(file.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect((await get('/assets/index-gone.js')).status).toBe(404);
  });

  it('sends what is compressed to who takes it', async () => {
    const whole = 'run();'.repeat(100);
    await writeFile(join(folder, 'dist', 'assets', 'big-a1b2.js'), whole);
    await writeFile(join(folder, 'dist', 'assets', 'big-a1b2.js.gz'), gzipSync(whole));
    const asked = (encoding: string) =>
      app.request('/assets/big-a1b2.js', { headers: { 'accept-encoding': encoding, accept: '*/*' } });
    const zipped = await asked('gzip, deflate, br');
    expect(zipped.headers.get('content-encoding')).toBe('gzip');
    expect(zipped.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(zipped.headers.get('vary')).toBe('Accept-Encoding');
    expect(gunzipSync(Buffer.from(await zipped.arrayBuffer())).toString()).toBe(whole);
    for (const encoding of ['', 'br', 'gzip;q=0']) {
      const answer = await asked(encoding);
      expect([answer.headers.get('content-encoding'), await answer.text()]).toEqual([null, whole]);
    }
  });

  it.each(['/../secret.txt', '/..%2fsecret.txt', '/assets/..%2f..%2fsecret.txt', '/%2e%2e/secret.txt'])(
    'gives nothing from elsewhere: %s',
    async (path) => {
      expect(await (await get(path, '*/*')).text()).not.toContain('secret');
    },
  );

  it.each(['building', 'failed'] as const)('says that it is %s, and asks again by itself', async (present) => {
    state = present;
    const answer = await get('/instances');
    state = 'ready';
    const html = await answer.text();
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([503, 'no-store']);
    expect(html).toContain('http-equiv="refresh"');
    expect(html).not.toMatch(/<script|<style|style=/);
    expect(html).toContain(present === 'failed' ? 'could not be built' : 'is being built');
    expect((await get('/dashboard-waiting.css', '*/*')).headers.get('content-type')).toMatch(/^text\/css/);
  });
});
