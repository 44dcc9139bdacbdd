import type { ApiKey, ApiKeyChanges, RefreshToken, Subscription, User } from '../model/account.ts';
import type { AuditEntry } from '../model/audit.ts';

/** What can change of a user. */
export type UserChange = Partial<
  Pick<User, 'email' | 'username' | 'name' | 'role' | 'passwordHash' | 'mustChangePassword' | 'tokensValidFromMs'>
>;

/** Every write but `setTokensValidFrom` takes its audit entry into its own transaction. */
export interface AccountStore {
  /**
   * Subscription, user and claims of e-mail and user name in one transaction. Conditional on these being free; with
   * `onlyFirst`, also on there being no account yet.
   */
  register(
    subscription: Subscription,
    user: User,
    onlyFirst: boolean,
    audit: AuditEntry,
  ): Promise<'created' | 'email-taken' | 'username-taken' | 'closed'>;
  /** By e-mail address or user name. As many reads for one without an account as for one with. */
  findUserByLogin(login: string): Promise<User | undefined>;
  getUser(tenantId: string, userId: string): Promise<User | undefined>;
  getSubscription(tenantId: string): Promise<Subscription | undefined>;
  /** All of a tenant, by name. */
  listUsers(tenantId: string): Promise<User[]>;
  /** User and e-mail claim. Conditional on the e-mail being free. */
  createUser(user: User, audit: AuditEntry): Promise<'created' | 'email-taken'>;
  /**
   * Conditional on e-mail, user name and role being those of `before`, on new ones being free, and on another administrator
   * being left when one is demoted. `'changed'`: somebody else was faster, or the user is gone.
   */
  updateUser(
    before: User,
    change: UserChange,
    audit: AuditEntry,
  ): Promise<'updated' | 'email-taken' | 'username-taken' | 'last-administrator' | 'changed'>;
  /**
   * Deletes the user and frees e-mail and user name; instances that are named get another owner in the same transaction.
   * Conditional on these being all that the user has, on both users being there, and on another administrator being
   * left. `'changed'`: look again.
   */
  removeUser(
    user: User,
    handOver: { instanceIds: readonly string[]; to: string } | null,
    audit: AuditEntry,
  ): Promise<'removed' | 'last-administrator' | 'changed'>;
  /** Ends every token issued before. Conditional on the user being there. */
  setTokensValidFrom(tenantId: string, userId: string, tokensValidFromMs: number): Promise<void>;
  /** Conditional on the subscription being there: returns false when it is not. */
  updateSubscription(
    tenantId: string,
    set: Partial<Pick<Subscription, 'tier' | 'maxInstances' | 'monthlyMessageQuota'>>,
    audit: AuditEntry,
  ): Promise<boolean>;
}

export interface RefreshTokenStore {
  create(token: RefreshToken): Promise<void>;
  /**
   * Uses a token, as `find` gave it, and stores its successor in the same transaction. Conditional on it being there
   * and unused, and its family not revoked. `'reused'`: it was used before (the caller revokes the family).
   */
  rotate(old: RefreshToken, next: RefreshToken, nowMs: number): Promise<'rotated' | 'reused' | 'refused'>;
  find(hash: string): Promise<RefreshToken | undefined>;
  revokeFamily(familyId: string, untilMs: number): Promise<void>;
}

/** A note that a key is due for a new secret. */
export interface DueRotation {
  tenantId: string;
  instanceId: string | null;
  keyId: string;
  /** ISO 8601. */
  dueAt: string;
}

/** A key is written with the audit entry of its write in one transaction. */
export interface ApiKeyStore {
  create(key: ApiKey, audit: AuditEntry): Promise<void>;
  /** By the hash of its secret, or of the one before, while that works. */
  findByHash(hash: string): Promise<ApiKey | undefined>;
  /** Of this instance, or (null) of the whole account. */
  get(tenantId: string, instanceId: string | null, keyId: string): Promise<ApiKey | undefined>;
  /** Newest first; revoked ones included. */
  list(tenantId: string, instanceId: string | null): Promise<ApiKey[]>;
  /** Conditional on the secret still being that of `key`; false when it was rotated or removed meanwhile. */
  update(key: ApiKey, changes: ApiKeyChanges & { revokedAt?: string }, audit: AuditEntry): Promise<boolean>;
  /**
   * Gives the key a new secret. The present one works on until `overlapUntil` (ISO 8601), or ends at once; the one
   * before it ends at once. Conditional as `update`.
   */
  rotate(
    key: ApiKey,
    secret: Pick<ApiKey, 'hash' | 'hint' | 'rotation'>,
    overlapUntil: string | null,
    audit: AuditEntry,
  ): Promise<boolean>;
  /** Keys that are due by then, longest due first. One whose key was rotated or is gone may be among them. */
  listDue(nowMs: number, limit: number): Promise<DueRotation[]>;
  clearDue(due: DueRotation): Promise<void>;
  /** Says that the key is in use now: written at most once a minute per key, whoever says it. */
  noteUse(tenantId: string, instanceId: string | null, keyId: string): Promise<void>;
  /** Removes all keys of an instance. */
  removeAll(tenantId: string, instanceId: string): Promise<void>;
}
