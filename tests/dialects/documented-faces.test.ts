import { expect, it } from 'vitest';
import { ROUTES } from '../support/faces.ts';
import documented from './documented-endpoints.json' with { type: 'json' };

/** WebSockets are no rows; document B's is tested in `tests/flow/session-sockets.test.ts`. */
const http = documented.filter(({ method }) => method !== 'WS');
const served = new Map(ROUTES.map(({ name, row }) => [name, row]));

it('knows every endpoint of documents B, C and D', () => {
  expect(documented.filter(({ doc }) => doc === 'C')).toHaveLength(98);
  expect([http.length, documented.length]).toEqual([132, 133]);
});

it('serves every row', () => {
  const missing = http.map(({ method, path }) => `${method} ${path}`).filter((name) => !served.has(name));
  expect(missing).toEqual([]);
});

it('takes the documented kind of credential', () => {
  // Whoever stops the runners of others is an administrator, whatever document C says of keys.
  const administrators = ['POST /api/observability/stop', 'POST /api/observability/restart'];
  for (const { method, path, auth } of http) {
    const name = `${method} ${path}`;
    if (administrators.includes(name)) continue;
    const kinds = { public: ['none'], jwt: ['user', 'any'] }[auth] ?? ['key', 'any'];
    expect([name, kinds.includes(served.get(name)?.credential ?? 'not served')]).toEqual([name, true]);
  }
});
