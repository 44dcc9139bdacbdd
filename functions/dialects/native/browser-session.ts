import * as z from 'zod';
import { GatewayError } from '../../../lib/core/errors.ts';
import type { Ports } from '../../../lib/core/ports/index.ts';
import { endSession } from '../../../lib/core/usecases/end-session.ts';
import { refreshSession } from '../../../lib/core/usecases/refresh-session.ts';
import { type Route, route } from '../dialect.ts';
import { refreshToken } from './fields.ts';
import { isoTime, tokens, user } from './responses.ts';
import { userView } from './views.ts';

const TAG = 'Authentication';
const PATH = '/api/auth/session';
const COOKIE = 'switchboard_session';

/**
 * Where a browser keeps its session: the refresh token lies in a cookie that no script can read and that goes to these
 * two paths only, from pages of this site only. A page so has nothing to store, and a reload stays signed in.
 */
export const browserSessionRoutes: Route[] = [
  route({
    method: 'POST',
    path: PATH,
    summary: 'For browsers: trade a refresh token, or the one in the cookie, for an access token and a cookie',
    tag: TAG,
    credential: 'none',
    body: z.strictObject({
      refreshToken: refreshToken.optional().meta({ description: 'Once, after signing in; then the cookie has it' }),
    }),
    status: 200,
    response: z.object({
      token: tokens.shape.token,
      tokenExpiresAt: isoTime,
      sessionExpiresAt: isoTime,
      user,
    }),
    errors: ['AUTHENTICATION_ERROR'],
    repeats: 'ignored',
    run: async (ports, { body, cookie }) => {
      const presented = body.refreshToken ?? cookie(COOKIE);
      if (!presented) throw new GatewayError('AUTHENTICATION_ERROR', 'There is no session. Log in.');
      const { user, tokens } = await refreshSession(ports, { refreshToken: presented });
      const { token, tokenExpiresAt, refreshTokenExpiresAt: sessionExpiresAt } = tokens;
      const ends = `Expires=${new Date(sessionExpiresAt).toUTCString()}`;
      return {
        data: { token, tokenExpiresAt, sessionExpiresAt, user: userView(user) },
        headers: { 'Set-Cookie': cookieOf(ports, tokens.refreshToken, ends) },
      };
    },
  }),
  route({
    method: 'DELETE',
    path: PATH,
    summary: 'For browsers: end the session of the cookie, and forget the cookie',
    tag: TAG,
    credential: 'none',
    status: 204,
    run: async (ports, { cookie }) => {
      const presented = cookie(COOKIE);
      if (presented) await endSession(ports, { refreshToken: presented });
      return { data: undefined, headers: { 'Set-Cookie': cookieOf(ports, '', 'Max-Age=0') } };
    },
  }),
];

function cookieOf({ policy }: Pick<Ports, 'policy'>, value: string, lifetime: string): string {
  const isSecure = policy.publicUrl.startsWith('https:');
  return [
    `${COOKIE}=${value}`,
    `Path=${PATH}`,
    lifetime,
    'HttpOnly',
    'SameSite=Strict',
    ...(isSecure ? ['Secure'] : []),
  ].join('; ');
}
