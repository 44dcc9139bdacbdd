import { GatewayError } from '../errors.ts';
import { type Subscription, TIER_INSTANCES, type User } from '../model/account.ts';
import type { Origin } from '../model/audit.ts';
import { newId } from '../model/ids.ts';
import type { Ports } from '../ports/index.ts';
import { auditEntryOf } from './audit-entry.ts';
import { emailTaken, usernameTaken } from './create-user.ts';
import { openSession, type SessionTokens } from './open-session.ts';

export interface RegisterInput {
  /** Lower case already. */
  email: string;
  /** Lower case already. */
  username?: string | undefined;
  password: string;
  name: string;
  origin: Origin;
}

export interface SignedIn {
  user: User;
  subscription: Subscription;
  tokens: SessionTokens;
}

/**
 * A new tenant: a BASIC subscription with its ADMINISTRATOR, signed in.
 * @throws GatewayError REGISTRATION_CLOSED by policy; RESOURCE_ALREADY_EXISTS when e-mail or user name are taken
 */
export async function registerAccount(
  ports: Pick<Ports, 'accounts' | 'passwords' | 'accessTokens' | 'refreshTokens' | 'policy' | 'clock'>,
  input: RegisterInput,
): Promise<SignedIn> {
  if (ports.policy.registration === 'closed') throw new GatewayError('REGISTRATION_CLOSED');
  const nowMs = ports.clock();
  const createdAt = new Date(nowMs).toISOString();
  const subscription: Subscription = {
    id: newId('sub'),
    name: `${input.name}'s Subscription`,
    tier: 'BASIC',
    maxInstances: TIER_INSTANCES.BASIC,
    currentInstances: 0,
    monthlyMessageQuota: null,
    createdAt,
  };
  const user: User = {
    id: newId('user'),
    tenantId: subscription.id,
    email: input.email,
    username: input.username ?? null,
    name: input.name,
    role: 'ADMINISTRATOR',
    passwordHash: await ports.passwords.hash(input.password),
    mustChangePassword: false,
    createdAt,
    tokensValidFromMs: nowMs,
  };
  const audit = auditEntryOf(ports, subscription.id, { kind: 'user', id: user.id, name: user.name }, input.origin, {
    action: 'REGISTER',
    target: { kind: 'subscription', id: subscription.id, name: subscription.name },
    after: {
      email: user.email,
      ...(user.username !== null && { username: user.username }),
      name: user.name,
      role: user.role,
      tier: subscription.tier,
    },
  });
  const result = await ports.accounts.register(subscription, user, ports.policy.registration === 'first', audit);
  if (result === 'closed') throw new GatewayError('REGISTRATION_CLOSED');
  if (result === 'email-taken') throw emailTaken();
  if (result === 'username-taken') throw usernameTaken();
  return { user, subscription, tokens: await openSession(ports, user) };
}
