import * as z from 'zod';
import { logIn } from '../../../lib/core/usecases/log-in.ts';
import { registerAccount, type SignedIn } from '../../../lib/core/usecases/register-account.ts';
import { type Route, route } from '../dialect.ts';
import { email, newPassword, presentPassword, username } from '../native/fields.ts';
import { answer, ok } from './envelope.ts';
import { bodyOf, tag } from './rows.ts';

const signedInShape = {
  token: z.string(),
  user: z.object({ id: z.string(), username: z.string(), role: z.enum(['admin', 'user']) }),
};

export const authRoutes: Route[] = [
  route({
    method: 'POST',
    path: '/api/login',
    summary: 'Log in by user name or e-mail address',
    tag: tag('Authentication'),
    credential: 'none',
    body: bodyOf({ username: z.string().trim().toLowerCase().min(1).max(254), password: presentPassword }),
    aliases: { username: ['email'] },
    status: 200,
    response: answer(signedInShape),
    errors: ['AUTHENTICATION_ERROR'],
    repeats: 'ignored',
    run: async (ports, { body, origin }) => {
      const signedIn = await logIn(ports, { login: body.username, password: body.password, origin });
      return ok(signedInView(signedIn));
    },
  }),
  route({
    method: 'POST',
    path: '/api/register',
    summary: 'Register an account; a user name that is no e-mail address needs one beside it',
    tag: tag('Authentication'),
    credential: 'none',
    body: bodyOf({ username: z.union([username, email]), email: email.optional(), password: newPassword }).refine(
      (body) => body.email !== undefined || body.username.includes('@'),
      { path: ['email'], message: 'must be there where username is no e-mail address' },
    ),
    status: 201,
    response: answer({ message: z.string(), ...signedInShape }),
    errors: ['REGISTRATION_CLOSED', 'RESOURCE_ALREADY_EXISTS'],
    run: async (ports, { body: { username: said, email: address = said, password }, origin }) => {
      const names = { email: address, name: said, ...(!said.includes('@') && { username: said }) };
      const signedIn = await registerAccount(ports, { ...names, password, origin });
      return ok({ message: 'User registered successfully', ...signedInView(signedIn) });
    },
  }),
];

function signedInView({ user, tokens }: SignedIn) {
  const role = user.role === 'ADMINISTRATOR' ? ('admin' as const) : ('user' as const);
  return { token: tokens.token, user: { id: user.id, username: user.username ?? user.email, role } };
}
