import type { ApiKey, RefreshToken, Subscription, User } from '../model/account.ts';

export interface AccountStore {
  /**
   * Subscription, user and e-mail claim in one transaction. Returns false when the e-mail is taken.
   * With `onlyFirst`, also false-as-closed: `'closed'` when any account exists already.
   */
  register(subscription: Subscription, user: User, onlyFirst: boolean): Promise<'created' | 'email-taken' | 'closed'>;
  findUserByEmail(email: string): Promise<User | undefined>;
  getUser(tenantId: string, userId: string): Promise<User | undefined>;
  getSubscription(tenantId: string): Promise<Subscription | undefined>;
  /**
   * Sets the password and the moment from which tokens are valid; clears `mustChangePassword`. Conditional on the user
   * being there.
   */
  setPassword(tenantId: string, userId: string, passwordHash: string, tokensValidFromMs: number): Promise<void>;
  setTokensValidFrom(tenantId: string, userId: string, tokensValidFromMs: number): Promise<void>;
}

export interface RefreshTokenStore {
  create(token: RefreshToken): Promise<void>;
  /**
   * Uses a token once and stores its successor in the same transaction. Conditional on it being unused and its family
   * not revoked. `'reused'`: it was used before (the caller revokes the family); undefined: unknown or expired.
   */
  rotate(
    hash: string,
    successor: (old: RefreshToken) => RefreshToken,
    nowMs: number,
  ): Promise<RefreshToken | 'reused' | undefined>;
  find(hash: string): Promise<RefreshToken | undefined>;
  revokeFamily(familyId: string, untilMs: number): Promise<void>;
}

export interface ApiKeyStore {
  create(key: ApiKey): Promise<void>;
  findByHash(hash: string): Promise<ApiKey | undefined>;
  /** Newest first; revoked ones included. */
  list(tenantId: string, instanceId: string): Promise<ApiKey[]>;
  /** Returns false when there is no such key of this instance. */
  revoke(tenantId: string, instanceId: string, keyId: string, revokedAt: string): Promise<boolean>;
  /** Revokes all keys of an instance. */
  removeAll(tenantId: string, instanceId: string): Promise<void>;
}
