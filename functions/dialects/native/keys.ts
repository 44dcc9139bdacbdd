import { z } from 'zod';
import { PERMISSIONS } from '../../../lib/core/model/account.ts';
import { createApiKey, DEFAULT_RATE_LIMIT_PER_HOUR } from '../../../lib/core/usecases/create-api-key.ts';
import { listApiKeys } from '../../../lib/core/usecases/list-api-keys.ts';
import { revokeApiKey } from '../../../lib/core/usecases/revoke-api-key.ts';
import { instanceRoute, type Route } from '../dialect.ts';
import { instanceByName } from './fields.ts';
import { apiKey, newApiKey } from './responses.ts';
import { apiKeyView } from './views.ts';

const TAG = 'API keys';

export const keyRoutes: Route[] = [
  instanceRoute({
    method: 'POST',
    path: '/api/instances/:name/keys',
    summary: 'Create an API key; it is shown in this answer only',
    tag: TAG,
    credential: 'user',
    target: instanceByName,
    body: z.strictObject({
      name: z.string().trim().min(1).max(100),
      permissions: z.array(z.enum(PERMISSIONS)).min(1).max(PERMISSIONS.length),
      rateLimit: z.number().int().min(1).max(1_000_000).default(DEFAULT_RATE_LIMIT_PER_HOUR),
      expiresAt: z.iso.datetime({ offset: true }).nullish(),
    }),
    status: 201,
    response: newApiKey,
    run: async (ports, { principal, instance, body }) => {
      const { key, text } = await createApiKey(ports, principal, { instance, ...body });
      const { id, name, permissions, rateLimit, expiresAt, createdAt, hint } = key;
      return { data: { id, name, key: text, hint, permissions, rateLimit, expiresAt, createdAt } };
    },
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
    run: async (ports, { principal, instance }) => ({
      data: { keys: (await listApiKeys(ports, principal, { instance })).map(apiKeyView) },
    }),
  }),
  instanceRoute({
    method: 'DELETE',
    path: '/api/instances/:name/keys/:keyId',
    summary: 'Revoke an API key at once',
    tag: TAG,
    credential: 'user',
    target: instanceByName,
    params: z.object({ name: z.string(), keyId: z.string() }),
    status: 204,
    run: async (ports, { principal, instance, params }) => {
      await revokeApiKey(ports, principal, { instance, keyId: params.keyId });
      return { data: undefined };
    },
  }),
];
