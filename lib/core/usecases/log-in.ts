import { GatewayError } from '../errors.ts';
import type { Origin } from '../model/audit.ts';
import type { Ports } from '../ports/index.ts';
import { openSession } from './open-session.ts';
import { admitAttempt, forgetAttempts } from './password-attempts.ts';
import type { SignedIn } from './register-account.ts';

/**
 * Signs a user in. By e-mail address or user name. An unknown one and a wrong password get the same answer after the same work.
 * @throws GatewayError AUTHENTICATION_ERROR; RATE_LIMIT_EXCEEDED after too many attempts
 */
export async function logIn(
  ports: Pick<Ports, 'accounts' | 'passwords' | 'accessTokens' | 'refreshTokens' | 'throttle' | 'clock'>,
  input: { login: string; password: string; origin: Origin },
): Promise<SignedIn> {
  const { login, origin } = input;
  const [user] = await Promise.all([ports.accounts.findUserByLogin(login), admitAttempt(ports, login, origin)]);
  const matches = await ports.passwords.verify(input.password, user?.passwordHash);
  if (!user || !matches)
    throw new GatewayError('AUTHENTICATION_ERROR', 'The user name, e-mail address or password is wrong.');
  const [subscription, tokens] = await Promise.all([
    ports.accounts.getSubscription(user.tenantId),
    openSession(ports, user),
    forgetAttempts(ports, login, origin),
  ]);
  if (!subscription) throw new Error(`user ${user.id} has no subscription`);
  return { user, subscription, tokens };
}
