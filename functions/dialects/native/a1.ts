import type { AnswerContext } from '../dialect.ts';

type Fields = Record<string, unknown>;
type Mapping = (data: Fields, context: AnswerContext) => Fields;

/**
 * The top-level names that clients of document A1 read, per route that A1 shows; document A2's clients read `data`.
 * Where the two documents give one field two values, the top level says A1's.
 */
const A1: Record<string, Mapping> = {
  'POST /api/auth/register': pick('user', 'subscription', 'token'),
  'POST /api/auth/login': pick('user', 'subscription', 'token', 'mustChangePassword'),
  'POST /api/auth/refresh': pick('user', 'token'),
  'POST /api/auth/change-password': pick('token', 'message'),
  'POST /api/auth/logout': pick('message'),
  'GET /api/auth/me': pick('user', 'subscription'),

  'POST /api/users': ({ temporaryPassword, ...user }) => ({ user, temporaryPassword }),
  'GET /api/users': pick('users'),
  'GET /api/users/:id': as('user'),
  'PUT /api/users/:id': ({ temporaryPassword, ...user }) => ({
    user,
    ...(temporaryPassword ? { temporaryPassword } : {}),
  }),
  'GET /api/profile': as('user'),
  'PUT /api/profile': as('user'),
  'GET /api/subscription': as('subscription'),
  'GET /api/subscription/usage': as('subscription'),
  'GET /api/subscription/limits': as('limits'),
  'GET /api/audit/logs': pick('logs'),

  'POST /api/instances': as('instance'),
  'GET /api/instances/:name': as('instance'),
  'PUT /api/instances/:name': as('instance'),
  'GET /api/instances/:name/status': as('instance'),
  // A1 calls a session that shows a QR code CONNECTING, A2 WAITING_FOR_SCAN.
  'GET /api/instances/:name/qr': ({ qrCode, expiresAt }) => ({ qrCode, expiresAt, status: 'CONNECTING' }),
  'POST /api/instances/:name/pairing-code': pick('pairingCode', 'expiresAt'),
  'POST /api/instances/:name/restart': pick('message', 'instance'),
  'POST /api/instances/:name/logout': pick('message', 'instance'),
  'POST /api/instances/:name/keys': as('apiKey'),
  'POST /api/instances/:name/webhook': as('webhook'),
  'GET /api/instances/:name/webhook': as('webhook'),
  'PUT /api/instances/:name/webhook': as('webhook'),
  'GET /api/instance/info': pick('instance', 'apiKey'),
  'GET /api/stats': (data, { instanceName }) => ({ stats: { instanceName, ...data } }),
  'GET /api/instances/:name/stats': (data, { instanceName }) => ({ stats: { instanceName, ...data } }),
  'GET /api/dashboard/overview': as('dashboard'),

  'POST /api/messages/text': sent,
  'POST /api/messages/image': sent,
  'POST /api/messages/document': sent,
  'POST /api/messages/location': sent,
  'GET /api/messages/:messageId/status': pick('messageId', 'status', 'timestamp'),
  'POST /api/contacts/check': (data, { instanceName }) => ({ instanceName, ...pick('results')(data) }),
};

/** What document A1 adds at the top level of an answer; nothing for routes that it does not show. */
export function a1Fields(routeKey: string, data: unknown, context: AnswerContext): Fields {
  const mapping = Object.hasOwn(A1, routeKey) ? A1[routeKey] : undefined;
  return mapping ? mapping(data as Fields, context) : {};
}

/** The routes that have A1 names. */
export const A1_ROUTES = Object.keys(A1);

function pick(...names: string[]): (data: Fields) => Fields {
  return (data) =>
    Object.fromEntries(names.filter((name) => Object.hasOwn(data, name)).map((name) => [name, data[name]]));
}

function sent(data: Fields, { instanceName }: AnswerContext): Fields {
  return { ...pick('messageId')(data), instanceName, ...pick('status', 'timestamp', 'isAutoReply')(data) };
}

function as(name: string): Mapping {
  return (data) => ({ [name]: data });
}
