import type { Origin } from './audit.ts';
import type { Environment } from './instance.ts';

/** Who may do what inside a subscription (document A1, "User Roles & Permissions"). */
export type Role = 'ADMINISTRATOR' | 'USER';

export type Tier = 'BASIC' | 'PRO' | 'MAX';

/** Instances allowed per tier (document A1, "Subscription Limits"). */
export const TIER_INSTANCES: Record<Tier, number> = { BASIC: 5, PRO: 20, MAX: 40 };

/** A tenant. `id` is the tenant id of everything else. Times are ISO 8601 in UTC. */
export interface Subscription {
  id: string;
  name: string;
  tier: Tier;
  maxInstances: number;
  currentInstances: number;
  /** Messages a calendar month (UTC) at which the account is warned; null: none. Nothing is refused by it. */
  monthlyMessageQuota: number | null;
  createdAt: string;
}

export interface User {
  id: string;
  tenantId: string;
  email: string;
  /** Signs in as well as the e-mail address does; null: none. */
  username: string | null;
  name: string;
  role: Role;
  /** argon2id or scrypt in PHC string format; never leaves the core. */
  passwordHash: string;
  mustChangePassword: boolean;
  createdAt: string;
  /** Tokens issued before this moment (ms since epoch) are refused: set by logout-everywhere and password changes. */
  tokensValidFromMs: number;
}

/** Every permission an API key can carry. */
export const PERMISSIONS = [
  'message:send',
  'message:read',
  'contact:check',
  'contact:read',
  'contact:write',
  'chat:read',
  'chat:write',
  'group:read',
  'group:write',
  'status:send',
  'presence:read',
  'presence:write',
  'label:read',
  'label:write',
  'channel:read',
  'channel:write',
  'profile:read',
  'profile:write',
  'call:write',
  'business:read',
  'media:write',
  'instance:read',
  'instance:manage',
  'webhook:manage',
] as const;
export type Permission = (typeof PERMISSIONS)[number];

/** An API key as stored. The key itself is shown once; only its SHA-256 is kept. */
export interface ApiKey {
  id: string;
  tenantId: string;
  /** null: a key of the whole account. */
  instanceId: string | null;
  /** Only instances of it; null: of any. */
  environment: Environment | null;
  name: string;
  /** Hex SHA-256 of the whole key. */
  hash: string;
  /** The first characters, for people to recognise it. */
  hint: string;
  /** The secret before the last rotation; it works until that moment (ISO 8601). */
  previous: { hash: string; hint: string; until: string } | null;
  /** null: its secret stays until somebody replaces it. */
  rotation: KeyRotation | null;
  permissions: Permission[];
  /** Requests per hour. */
  rateLimit: number;
  /** CIDR ranges in their one spelling (`canonicalRange`) that it may be used from; empty: from anywhere. */
  ipAllowList: string[];
  createdAt: string;
  createdById: string;
  expiresAt: string | null;
  revokedAt: string | null;
  /** Exact to about a minute. Only lists know it. */
  lastUsedAt: string | null;
}

/** A secret that must be replaced by `dueAt` (ISO 8601), and works on for `overlapHours` after it. */
export interface KeyRotation {
  everyDays: number;
  overlapHours: number;
  dueAt: string;
}

/** What an update of a key may change. */
export type ApiKeyChanges = Partial<
  Pick<ApiKey, 'name' | 'permissions' | 'rateLimit' | 'expiresAt' | 'ipAllowList' | 'rotation'>
>;

/** One refresh token of a family: rotated at each use; a second use of the same one revokes the family. */
export interface RefreshToken {
  hash: string;
  familyId: string;
  tenantId: string;
  userId: string;
  usedAt: string | null;
  /** Absolute end of the family, ms since epoch: rotation does not move it. */
  expiresAtMs: number;
}

/** Who is calling, as decided by a credential, and from where; the tenant comes from here and nowhere else. */
export type Principal = { origin: Origin } & (
  | { kind: 'user'; tenantId: string; userId: string; name: string; role: Role; mustChangePassword: boolean }
  | {
      kind: 'key';
      tenantId: string;
      /** null: any instance of the tenant. */
      instanceId: string | null;
      /** Only instances of it; null: of any. */
      environment: Environment | null;
      keyId: string;
      keyName: string;
      permissions: readonly Permission[];
      rateLimit: number;
      /** The user who made the key: what is made with it is theirs. */
      createdById: string;
    }
);
