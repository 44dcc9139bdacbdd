import { describe, expect, it } from 'vitest';
import { DIALECTS } from '../../functions/api/app.ts';

type Documented = readonly [method: string, path: string, auth: 'public' | 'jwt' | 'key'];

/** Every HTTP endpoint of document A; its one WebSocket is tested in `tests/flow/live.test.ts`. */
const DOCUMENT_A: readonly Documented[] = [
  ['POST', '/api/auth/login', 'public'],
  ['POST', '/api/auth/logout', 'jwt'],
  ['POST', '/api/auth/refresh', 'public'],
  ['GET', '/api/auth/me', 'jwt'],
  ['POST', '/api/auth/change-password', 'jwt'],
  ['POST', '/api/users', 'jwt'],
  ['GET', '/api/users', 'jwt'],
  ['GET', '/api/users/:id', 'jwt'],
  ['PUT', '/api/users/:id', 'jwt'],
  ['DELETE', '/api/users/:id', 'jwt'],
  ['GET', '/api/profile', 'jwt'],
  ['PUT', '/api/profile', 'jwt'],
  ['GET', '/api/subscription', 'jwt'],
  ['GET', '/api/subscription/usage', 'jwt'],
  ['GET', '/api/subscription/limits', 'jwt'],
  ['POST', '/api/instances', 'jwt'],
  ['GET', '/api/instances', 'jwt'],
  ['GET', '/api/instances/:name', 'jwt'],
  ['PUT', '/api/instances/:name', 'jwt'],
  ['DELETE', '/api/instances/:name', 'jwt'],
  ['GET', '/api/instances/:name/status', 'jwt'],
  ['GET', '/api/instances/:name/qr', 'jwt'],
  ['POST', '/api/instances/:name/restart', 'jwt'],
  ['POST', '/api/instances/:name/logout', 'jwt'],
  ['POST', '/api/instances/:name/keys', 'jwt'],
  ['GET', '/api/instances/:name/keys', 'jwt'],
  ['PUT', '/api/instances/:name/keys/:keyId', 'jwt'],
  ['DELETE', '/api/instances/:name/keys/:keyId', 'jwt'],
  ['POST', '/api/instances/:name/webhook', 'jwt'],
  ['GET', '/api/instances/:name/webhook', 'jwt'],
  ['PUT', '/api/instances/:name/webhook', 'jwt'],
  ['DELETE', '/api/instances/:name/webhook', 'jwt'],
  ['POST', '/api/instances/:name/webhook/test', 'jwt'],
  ['GET', '/api/instances/:name/stats', 'jwt'],
  ['GET', '/api/instances/:name/health', 'jwt'],
  ['POST', '/api/messages/text', 'key'],
  ['POST', '/api/messages/image', 'key'],
  ['POST', '/api/messages/document', 'key'],
  ['POST', '/api/messages/audio', 'key'],
  ['POST', '/api/messages/video', 'key'],
  ['POST', '/api/messages/location', 'key'],
  ['POST', '/api/messages/contact', 'key'],
  ['GET', '/api/messages', 'key'],
  ['POST', '/api/messages/:messageId/read', 'key'],
  ['GET', '/api/messages/:messageId/status', 'key'],
  ['POST', '/api/contacts/check', 'key'],
  ['GET', '/api/contacts', 'key'],
  ['POST', '/api/contacts/block', 'key'],
  ['POST', '/api/contacts/unblock', 'key'],
  ['GET', '/api/contacts/:jid/profile', 'key'],
  ['GET', '/api/stats', 'key'],
  ['GET', '/api/stats/real-time', 'key'],
  ['GET', '/api/instance/info', 'key'],
  ['GET', '/api/instance/limits', 'key'],
  ['GET', '/api/health', 'public'],
  ['GET', '/api/version', 'public'],
  ['GET', '/api/dashboard/overview', 'jwt'],
  ['GET', '/api/audit/logs', 'jwt'],
  ['POST', '/api/auth/register', 'public'],
];

describe('document A', () => {
  const rows = DIALECTS.flatMap((dialect) => dialect.routes);

  it('has 59 HTTP endpoints', () => {
    expect(DOCUMENT_A).toHaveLength(59);
  });

  it.each(DOCUMENT_A)('%s %s is served, for the documented credential (%s)', (method, path, auth) => {
    const row = rows.find((candidate) => candidate.method === method && candidate.path === path);
    expect(row, `${method} ${path}`).toBeDefined();
    const accepted = { public: ['none'], jwt: ['user', 'any'], key: ['key', 'any'] }[auth];
    expect(accepted).toContain(row?.credential);
  });
});
