import * as z from 'zod';
import { PERMISSIONS } from '../../../lib/core/model/account.ts';
import { DEFAULT_RATE_LIMIT_PER_HOUR, MAX_IP_RANGES } from '../../../lib/core/usecases/api-key-access.ts';
import { createApiKey } from '../../../lib/core/usecases/create-api-key.ts';
import { listApiKeys } from '../../../lib/core/usecases/list-api-keys.ts';
import { revokeApiKey } from '../../../lib/core/usecases/revoke-api-key.ts';
import { rotateApiKey } from '../../../lib/core/usecases/rotate-api-key.ts';
import { updateApiKey } from '../../../lib/core/usecases/update-api-key.ts';
import { instanceRoute, type Route, route } from '../dialect.ts';
import { instanceByName } from './fields.ts';
import { apiKey, newApiKey } from './responses.ts';
import { apiKeyView } from './views.ts';

const TAG = 'API keys';

const fields = z.strictObject({
  name: z.string().trim().min(1).max(100),
  permissions: z.array(z.enum(PERMISSIONS)).min(1).max(PERMISSIONS.length),
  rateLimit: z.number().int().min(1).max(1_000_000).meta({ description: 'Requests per hour' }),
  expiresAt: z.iso.datetime({ offset: true }).nullable().meta({ description: 'null: never' }),
  ipAllowList: z
    .array(z.string().max(64))
    .max(MAX_IP_RANGES)
    .meta({ description: 'IP addresses and CIDR ranges it may be used from; none: from anywhere' }),
});
const newKey = fields.partial({ expiresAt: true, ipAllowList: true }).extend({
  rateLimit: fields.shape.rateLimit.default(DEFAULT_RATE_LIMIT_PER_HOUR),
});
const keyChanges = fields.partial().refine((changes) => Object.keys(changes).length > 0, 'must change something');
const rotation = z.strictObject({
  overlapHours: z.number().min(0).max(168).default(24).meta({ description: 'How long the present secret works on' }),
});
const keyOfInstance = z.object({ name: z.string(), keyId: z.string() });
const keyOfAccount = z.object({ keyId: z.string() });

/** The same rows twice: under an instance, and for the account, where only administrators may come in. */
export const keyRoutes: Route[] = [
  instanceRoute({
    method: 'POST',
    path: '/api/instances/:name/keys',
    summary: 'Create an API key; it is shown in this answer only',
    tag: TAG,
    credential: 'user',
    target: instanceByName,
    body: newKey,
    status: 201,
    response: newApiKey,
    run: async (ports, { principal, instance, body }) => shown(createApiKey(ports, principal, { instance, ...body })),
  }),
  instanceRoute({
    method: 'GET',
    path: '/api/instances/:name/keys',
    summary: 'List the API keys of an instance, without the keys themselves',
    tag: TAG,
    credential: 'user',
    target: instanceByName,
    status: 200,
    response: z.object({ keys: z.array(apiKey) }),
    run: async (ports, { principal, instance }) => list(listApiKeys(ports, principal, { instance })),
  }),
  instanceRoute({
    method: 'PUT',
    path: '/api/instances/:name/keys/:keyId',
    summary: 'Change an API key',
    tag: TAG,
    credential: 'user',
    target: instanceByName,
    params: keyOfInstance,
    body: keyChanges,
    status: 200,
    response: apiKey,
    errors: ['INVALID_STATE'],
    run: async (ports, { principal, instance, params, body }) => ({
      data: apiKeyView(await updateApiKey(ports, principal, { instance, keyId: params.keyId, ...body })),
    }),
  }),
  instanceRoute({
    method: 'POST',
    path: '/api/instances/:name/keys/:keyId/rotate',
    summary: 'Give an API key a new secret; it is shown in this answer only, the old one works on for a while',
    tag: TAG,
    credential: 'user',
    target: instanceByName,
    params: keyOfInstance,
    body: rotation,
    status: 200,
    response: newApiKey,
    errors: ['INVALID_STATE'],
    run: async (ports, { principal, instance, params, body }) =>
      shown(rotateApiKey(ports, principal, { instance, keyId: params.keyId, ...body })),
  }),
  instanceRoute({
    method: 'DELETE',
    path: '/api/instances/:name/keys/:keyId',
    summary: 'Revoke an API key at once',
    tag: TAG,
    credential: 'user',
    target: instanceByName,
    params: keyOfInstance,
    status: 204,
    run: async (ports, { principal, instance, params }) => {
      await revokeApiKey(ports, principal, { instance, keyId: params.keyId });
      return { data: undefined };
    },
  }),
  route({
    method: 'POST',
    path: '/api/keys',
    summary: 'Create an API key of the whole account; it is shown in this answer only',
    tag: TAG,
    credential: 'user',
    body: newKey,
    status: 201,
    response: newApiKey,
    run: async (ports, { principal, body }) => shown(createApiKey(ports, principal, { instance: null, ...body })),
  }),
  route({
    method: 'GET',
    path: '/api/keys',
    summary: 'List the API keys of the account, without the keys themselves',
    tag: TAG,
    credential: 'user',
    status: 200,
    response: z.object({ keys: z.array(apiKey) }),
    run: async (ports, { principal }) => list(listApiKeys(ports, principal, { instance: null })),
  }),
  route({
    method: 'PUT',
    path: '/api/keys/:keyId',
    summary: 'Change an API key of the account',
    tag: TAG,
    credential: 'user',
    params: keyOfAccount,
    body: keyChanges,
    status: 200,
    response: apiKey,
    errors: ['INVALID_STATE'],
    run: async (ports, { principal, params, body }) => ({
      data: apiKeyView(await updateApiKey(ports, principal, { instance: null, keyId: params.keyId, ...body })),
    }),
  }),
  route({
    method: 'POST',
    path: '/api/keys/:keyId/rotate',
    summary: 'Give an API key of the account a new secret',
    tag: TAG,
    credential: 'user',
    params: keyOfAccount,
    body: rotation,
    status: 200,
    response: newApiKey,
    errors: ['INVALID_STATE'],
    run: async (ports, { principal, params, body }) =>
      shown(rotateApiKey(ports, principal, { instance: null, keyId: params.keyId, ...body })),
  }),
  route({
    method: 'DELETE',
    path: '/api/keys/:keyId',
    summary: 'Revoke an API key of the account at once',
    tag: TAG,
    credential: 'user',
    params: keyOfAccount,
    status: 204,
    run: async (ports, { principal, params }) => {
      await revokeApiKey(ports, principal, { instance: null, keyId: params.keyId });
      return { data: undefined };
    },
  }),
];

/** The one answer that has the key itself in it. */
async function shown(made: ReturnType<typeof createApiKey>): Promise<{ data: object }> {
  const { key, text } = await made;
  return { data: { ...apiKeyView(key), key: text } };
}

async function list(found: ReturnType<typeof listApiKeys>): Promise<{ data: object }> {
  return { data: { keys: (await found).map(apiKeyView) } };
}
