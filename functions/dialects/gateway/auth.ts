import * as z from 'zod';
import { PERMISSIONS, type Permission } from '../../../lib/core/model/account.ts';
import { createApiKey } from '../../../lib/core/usecases/create-api-key.ts';
import { type Route, route } from '../dialect.ts';
import { answerOf, ok } from './envelope.ts';
import { tag } from './rows.ts';

/** Document C's two permissions, in the gateway's own. */
const READ: readonly Permission[] = PERMISSIONS.filter((name) => name.endsWith(':read') || name === 'contact:check');
const WRITE: readonly Permission[] = PERMISSIONS.filter((name) => !READ.includes(name));
const GRANTS = { read: READ, write: WRITE };

const grants = z
  .array(z.enum(['read', 'write']))
  .min(1)
  .max(2);

export const authRoutes: Route[] = [
  route({
    method: 'POST',
    path: '/api/auth/generate-key',
    summary: 'Make an API key of the whole account; it is shown in this answer only. For administrators',
    tag: tag('Authentication'),
    credential: 'user',
    body: z.strictObject({
      name: z.string().trim().min(1).max(100).default('API key'),
      permissions: grants.default(['read', 'write']),
    }),
    status: 201,
    response: answerOf(
      z.object({
        name: z.string().meta({ examples: ['My API Key'] }),
        apiKey: z.string().meta({ examples: ['account_0123456789abcdefghijABCDEFGHIJ0123456789'] }),
        permissions: grants,
        createdAt: z.iso.datetime(),
      }),
    ),
    run: async (ports, { principal, body }) => {
      const permissions = body.permissions.flatMap((grant) => GRANTS[grant]);
      const { key, text } = await createApiKey(ports, principal, { instance: null, name: body.name, permissions });
      const data = { name: key.name, apiKey: text, permissions: body.permissions, createdAt: key.createdAt };
      return ok({ data, message: 'API key generated. It is not shown again.' });
    },
  }),
];
