import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { createApp } from '../../functions/api/app.ts';
import { FACES, mayServe } from '../../functions/api/faces.ts';
import { DIALECTS } from '../../functions/dialects/all.ts';
import { mountDialects } from '../../functions/dialects/mount.ts';
import { nativeCore } from '../../functions/dialects/native/core.ts';
import type { Ports } from '../../lib/core/ports/index.ts';

const noPorts = { clock: () => 0 } as Ports;
const server = { version: '0', startedAtMs: 0 };

describe('a face that is loaded when it is asked for', () => {
  it.each(FACES)('$name has prefixes that begin all of its paths, none in vain', async (face) => {
    const { routes } = await face.load();
    expect(routes.filter(({ path }) => !mayServe(face, path)).map(({ path }) => path)).toEqual([]);
    // A name within a prefix where the route has a parameter would make it miss requests.
    const named = routes.map(({ path }) => path.replaceAll(/:\w+/g, 'other'));
    expect(named.filter((path) => !mayServe(face, path))).toEqual([]);
    const used = face.prefixes.filter((prefix) => routes.some(({ path }) => mayServe({ prefixes: [prefix] }, path)));
    expect(used).toEqual(face.prefixes);
  });

  it('is one of all, and all share one host', async () => {
    const loaded = await Promise.all(FACES.map((face) => face.load()));
    const routes = new Set([nativeCore, ...loaded].flatMap((dialect) => dialect.routes));
    expect(routes).toEqual(new Set(DIALECTS.flatMap((dialect) => dialect.routes)));
    expect(() => mountDialects(new Hono(), DIALECTS, noPorts, server)).not.toThrow();
  });

  it('leaves alone what is asked for most', () => {
    const common = ['/api/messages/text', '/api/instances', '/api/instances/desk/qr', '/api/health', '/api/auth/login'];
    for (const path of common) expect(FACES.filter((face) => mayServe(face, path))).toEqual([]);
  });
});

it('every face answers its first request, however it is written, and several at once', async () => {
  const log = { info: () => undefined, error: () => undefined } as unknown as Ports['log'];
  const app = createApp({ ports: { ...noPorts, log }, logger: log });
  const paths = [
    '/api/sessions',
    '/api/instance',
    '/api/public/v1/devices',
    '/api/%69nstance',
    '/api/labels/x',
    '/api/users',
    '/api/instances/x/groups',
  ];
  const answers = await Promise.all(paths.map((path) => app.request(path)));
  expect(answers.map(({ status }) => status)).toEqual(paths.map(() => 401));
  expect((await app.request('/api/instance/info', { method: 'PUT' })).status).toBe(401);
  expect((await app.request('/api/sessions', { method: 'PATCH' })).headers.get('allow')).toBe('GET, POST');
  expect((await app.request('/api/nothing')).status).toBe(404);
  expect((await app.request('/api/instances/x/nothing')).status).toBe(404);
});
