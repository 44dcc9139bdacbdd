import { expect, it } from 'vitest';
import { ROUTES } from '../support/faces.ts';
import documented from './documented-endpoints.json' with { type: 'json' };

/** Rows of document C that wait for their operation; nothing else may be missing, and none of these may be served. */
const WAITING = [
  ...['link-preview', 'list', 'buttons', 'poll', 'contact'].map((kind) => `POST /api/message/send/${kind}`),
  ...['forward', 'seen', 'typing/start', 'typing/stop'].map((action) => `POST /api/message/${action}`),
  ...['PUT /api/message/reaction', 'PUT /api/message/star', 'DELETE /api/message/:instanceId/:messageId'],
  ...['PUT /api/contacts/:instanceId/:chatId', 'GET /api/contacts/:instanceId/lids'],
  ...['GET /api/contacts/:instanceId/lids/count', 'GET /api/contacts/:instanceId/lids/:lid'],
  'GET /api/contacts/:instanceId/lids/pn/:phoneNumber',
  ...['POST /api/presence/:instanceId', 'GET /api/presence/:instanceId', 'GET /api/presence/:instanceId/:chatId'],
  ...['POST /api/presence/:instanceId/:chatId/subscribe', 'POST /api/events/:instanceId'],
  ...['GET /api/labels/:instanceId', 'POST /api/labels/:instanceId', 'PUT /api/labels/:instanceId/:labelId'],
  ...['DELETE /api/labels/:instanceId/:labelId', 'GET /api/labels/:instanceId/chats/:chatId'],
  ...['PUT /api/labels/:instanceId/chats/:chatId', 'GET /api/labels/:instanceId/:labelId/chats'],
  ...['POST /api/media/:instanceId/convert/voice', 'POST /api/media/:instanceId/convert/video'],
  ...['GET /api/profile/:instanceId', 'PUT /api/profile/:instanceId/name', 'PUT /api/profile/:instanceId/status'],
  ...['PUT /api/profile/:instanceId/picture', 'DELETE /api/profile/:instanceId/picture'],
];
/** WebSockets are no rows; document B's is tested in `tests/flow/session-sockets.test.ts`. */
const http = documented.filter(({ method }) => method !== 'WS');
const served = new Map(ROUTES.map(({ name, row }) => [name, row]));

it('knows every endpoint of documents B, C and D', () => {
  expect(documented.filter(({ doc }) => doc === 'C')).toHaveLength(98);
  expect([http.length, documented.length]).toEqual([132, 133]);
});

it('serves every row but those that wait for their operation', () => {
  const missing = http.map(({ method, path }) => `${method} ${path}`).filter((name) => !served.has(name));
  expect(missing.sort()).toEqual([...WAITING].sort());
});

it('takes the documented kind of credential', () => {
  // Whoever stops the runners of others is an administrator, whatever document C says of keys.
  const administrators = ['POST /api/observability/stop', 'POST /api/observability/restart'];
  for (const { method, path, auth } of http) {
    const name = `${method} ${path}`;
    const row = served.get(name);
    if (!row || administrators.includes(name)) continue;
    const kinds = { public: ['none'], jwt: ['user', 'any'] }[auth] ?? ['key', 'any'];
    expect([name, kinds.includes(row.credential)]).toEqual([name, true]);
  }
});
