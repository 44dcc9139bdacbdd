import { GatewayError } from '../errors.ts';
import type { Ports } from '../ports/index.ts';
import { openSession } from './open-session.ts';
import type { SignedIn } from './register-account.ts';

/**
 * Signs a user in. An unknown e-mail and a wrong password get the same answer after the same work.
 * @throws GatewayError AUTHENTICATION_ERROR
 */
export async function logIn(
  ports: Pick<Ports, 'accounts' | 'passwords' | 'accessTokens' | 'refreshTokens' | 'clock'>,
  input: { email: string; password: string },
): Promise<SignedIn> {
  const user = await ports.accounts.findUserByEmail(input.email);
  const matches = await ports.passwords.verify(input.password, user?.passwordHash);
  if (!user || !matches) throw new GatewayError('AUTHENTICATION_ERROR', 'The e-mail address or password is wrong.');
  const subscription = await ports.accounts.getSubscription(user.tenantId);
  if (!subscription) throw new Error(`user ${user.id} has no subscription`);
  return { user, subscription, tokens: await openSession(ports, user) };
}
