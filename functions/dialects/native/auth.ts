import * as z from 'zod';
import { changePassword } from '../../../lib/core/usecases/change-password.ts';
import { getMe } from '../../../lib/core/usecases/get-me.ts';
import { logIn } from '../../../lib/core/usecases/log-in.ts';
import { logOut } from '../../../lib/core/usecases/log-out.ts';
import { refreshSession } from '../../../lib/core/usecases/refresh-session.ts';
import { registerAccount, type SignedIn } from '../../../lib/core/usecases/register-account.ts';
import { type Route, route } from '../dialect.ts';
import { email, newPassword, personName, presentPassword, refreshToken } from './fields.ts';
import { message, signedIn, subscription, tokens, user } from './responses.ts';
import { subscriptionView, tokensView, userView } from './views.ts';

const TAG = 'Authentication';

export const authRoutes: Route[] = [
  route({
    method: 'POST',
    path: '/api/auth/register',
    summary: 'Register: a new subscription with its administrator',
    tag: TAG,
    credential: 'none',
    body: z.strictObject({ email, password: newPassword, name: personName }),
    status: 201,
    response: signedIn,
    errors: ['REGISTRATION_CLOSED', 'RESOURCE_ALREADY_EXISTS'],
    run: async (ports, { body, origin }) => ({
      data: signedInView(await registerAccount(ports, { ...body, origin })),
    }),
  }),
  route({
    method: 'POST',
    path: '/api/auth/login',
    summary: 'Log in by e-mail address or user name',
    tag: TAG,
    credential: 'none',
    body: z.strictObject({ email: z.string().trim().toLowerCase().min(1).max(254), password: presentPassword }),
    aliases: { email: ['username'] },
    status: 200,
    response: signedIn,
    errors: ['AUTHENTICATION_ERROR'],
    repeats: 'ignored',
    run: async (ports, { body: { email: login, password }, origin }) => ({
      data: signedInView(await logIn(ports, { login, password, origin })),
    }),
  }),
  route({
    method: 'POST',
    path: '/api/auth/refresh',
    summary: 'Trade a refresh token, which works once, for a new pair of tokens',
    tag: TAG,
    credential: 'none',
    body: z.strictObject({ refreshToken }),
    status: 200,
    response: tokens.extend({ user }),
    errors: ['AUTHENTICATION_ERROR'],
    repeats: 'ignored',
    run: async (ports, { body }) => {
      const { user, tokens } = await refreshSession(ports, body);
      return { data: { ...tokensView(tokens), user: userView(user) } };
    },
  }),
  route({
    method: 'POST',
    path: '/api/auth/logout',
    summary: 'Log out: one session by its refresh token, or all of them',
    tag: TAG,
    credential: 'user',
    beforePasswordChange: true,
    body: z.strictObject({ refreshToken: refreshToken.optional() }),
    status: 200,
    response: z.object({ message }),
    repeats: 'ignored',
    run: async (ports, { principal, body }) => {
      await logOut(ports, principal, body);
      return { data: { message: 'Logged out' } };
    },
  }),
  route({
    method: 'GET',
    path: '/api/auth/me',
    summary: 'The signed-in user and their subscription',
    tag: TAG,
    credential: 'user',
    beforePasswordChange: true,
    status: 200,
    response: z.object({ user, subscription }),
    run: async (ports, { principal }) => {
      const { user, subscription } = await getMe(ports, principal);
      return { data: { user: userView(user), subscription: subscriptionView(subscription) } };
    },
  }),
  route({
    method: 'POST',
    path: '/api/auth/change-password',
    summary: 'Change the password; every other session ends',
    tag: TAG,
    credential: 'user',
    beforePasswordChange: true,
    body: z.strictObject({ currentPassword: presentPassword, newPassword }),
    status: 200,
    response: z.object({ message, ...tokens.shape }),
    repeats: 'ignored',
    run: async (ports, { principal, body }) => {
      const tokens = await changePassword(ports, principal, body);
      return { data: { message: 'Password changed', ...tokensView(tokens) } };
    },
  }),
];

function signedInView({ user, subscription, tokens }: SignedIn): object {
  return {
    ...tokensView(tokens),
    user: userView(user),
    subscription: subscriptionView(subscription),
    mustChangePassword: user.mustChangePassword,
  };
}
