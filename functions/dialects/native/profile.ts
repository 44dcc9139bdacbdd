import * as z from 'zod';
import { getMe } from '../../../lib/core/usecases/get-me.ts';
import { updateProfile } from '../../../lib/core/usecases/update-profile.ts';
import { type Route, route } from '../dialect.ts';
import { email, personName, presentPassword, username } from './fields.ts';
import { user } from './responses.ts';
import { userView } from './views.ts';

const TAG = 'Profile';

export const profileRoutes: Route[] = [
  route({
    method: 'GET',
    path: '/api/profile',
    summary: 'The own profile',
    tag: TAG,
    credential: 'user',
    status: 200,
    response: user,
    run: async (ports, { principal }) => ({ data: userView((await getMe(ports, principal)).user) }),
  }),
  route({
    method: 'PUT',
    path: '/api/profile',
    summary: 'Change the own name, user name or e-mail address; a new address needs the password',
    tag: TAG,
    credential: 'user',
    body: z.strictObject({
      name: personName.optional(),
      email: email.optional(),
      username: username.nullable().optional().meta({ description: 'Signs in beside the e-mail address; null: none' }),
      currentPassword: presentPassword.optional(),
    }),
    status: 200,
    response: user,
    errors: ['RESOURCE_ALREADY_EXISTS', 'RATE_LIMIT_EXCEEDED'],
    run: async (ports, { principal, body }) => ({ data: userView(await updateProfile(ports, principal, body)) }),
  }),
];
