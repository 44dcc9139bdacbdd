import * as z from 'zod';
import type { User } from '../../../lib/core/model/account.ts';
import { createUser } from '../../../lib/core/usecases/create-user.ts';
import { getUser } from '../../../lib/core/usecases/get-user.ts';
import { listUsers } from '../../../lib/core/usecases/list-users.ts';
import { removeUser } from '../../../lib/core/usecases/remove-user.ts';
import { updateUser } from '../../../lib/core/usecases/update-user.ts';
import { type Route, route } from '../dialect.ts';
import { email, newPassword, page, pageOf, perPage, personName } from './fields.ts';
import { newUser, user } from './responses.ts';
import { userView } from './views.ts';

const TAG = 'Users';

const role = z.enum(['ADMINISTRATOR', 'USER']);
const userId = z.object({ id: z.string() });

export const userRoutes: Route[] = [
  route({
    method: 'POST',
    path: '/api/users',
    summary: 'Create a user with a temporary password, which is shown in this answer only',
    tag: TAG,
    credential: 'user',
    body: z.strictObject({
      email,
      name: personName,
      role: role.default('USER'),
      password: newPassword.optional().meta({ description: 'Temporary; one is made when it is absent' }),
    }),
    status: 201,
    response: newUser,
    errors: ['RESOURCE_ALREADY_EXISTS'],
    run: async (ports, { principal, body }) => {
      const { user, temporaryPassword } = await createUser(ports, principal, body);
      return { data: withPassword(user, temporaryPassword) };
    },
  }),
  route({
    method: 'GET',
    path: '/api/users',
    summary: 'List the users of the subscription, by name',
    tag: TAG,
    credential: 'user',
    query: z.object({ page, per_page: perPage }),
    status: 200,
    response: z.object({ users: z.array(user) }),
    run: async (ports, { principal, query }) => {
      const { items, pagination } = pageOf(await listUsers(ports, principal), query);
      return { data: { users: items.map(userView) }, pagination };
    },
  }),
  route({
    method: 'GET',
    path: '/api/users/:id',
    summary: 'Details of a user',
    tag: TAG,
    credential: 'user',
    params: userId,
    status: 200,
    response: user,
    errors: ['RESOURCE_NOT_FOUND'],
    run: async (ports, { principal, params }) => ({
      data: userView(await getUser(ports, principal, { userId: params.id })),
    }),
  }),
  route({
    method: 'PUT',
    path: '/api/users/:id',
    summary: 'Change name, e-mail or role of a user, or give them a temporary password',
    tag: TAG,
    credential: 'user',
    params: userId,
    body: z
      .strictObject({
        name: personName.optional(),
        email: email.optional(),
        role: role.optional(),
        password: newPassword.optional().meta({ description: 'A temporary password; ends their sessions' }),
        resetPassword: z.literal(true).optional().meta({ description: 'Makes a temporary password' }),
      })
      .refine((body) => body.password === undefined || body.resetPassword === undefined, {
        message: 'password and resetPassword exclude each other',
      }),
    status: 200,
    response: newUser,
    errors: ['RESOURCE_NOT_FOUND', 'RESOURCE_ALREADY_EXISTS', 'INVALID_STATE'],
    run: async (ports, { principal, params, body }) => {
      const { password, resetPassword = password, ...change } = body;
      const updated = await updateUser(ports, principal, { userId: params.id, ...change, resetPassword });
      return { data: withPassword(updated.user, updated.temporaryPassword) };
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/users/:id',
    summary: 'Delete a user, and move or delete their instances',
    tag: TAG,
    credential: 'user',
    params: userId,
    query: z.object({
      instances: z.enum(['move', 'delete']).optional(),
      to: z.string().optional().meta({ description: 'Id of the user who gets the instances' }),
    }),
    status: 204,
    errors: ['RESOURCE_NOT_FOUND', 'INVALID_STATE'],
    run: async (ports, { principal, params, query }) => {
      await removeUser(ports, principal, { userId: params.id, ...query });
      return { data: undefined };
    },
  }),
];

function withPassword(user: User, temporaryPassword: string | undefined): object {
  return { ...userView(user), ...(temporaryPassword !== undefined && { temporaryPassword }) };
}
