import { randomBytes } from 'node:crypto';
import { GatewayError, notFound } from '../errors.ts';
import type { ApiKey, KeyRotation, Principal } from '../model/account.ts';
import { canonicalRange } from '../model/address.ts';
import { randomBase62, sha256Hex } from '../model/ids.ts';
import type { Instance } from '../model/instance.ts';
import type { Ports } from '../ports/index.ts';
import { requireAdministrator, requireReach, requireUser, type UserPrincipal } from './access.ts';

export const DEFAULT_RATE_LIMIT_PER_HOUR = 1000;
export const MAX_IP_RANGES = 50;

const SECRET_LENGTH = 40;
const SECRET_BYTES = 32;
const HINT_SECRET_LENGTH = 4;
const MAX_TRIES = 4;

/** How often a key needs a new secret. */
export type RotationPlan = Pick<KeyRotation, 'everyDays' | 'overlapHours'>;

/** Whose keys: an instance's, or (null) the account's, which only an ADMINISTRATOR may touch. */
export interface KeyScope {
  instance: Instance | null;
}

/** @throws GatewayError PERMISSION_DENIED; RESOURCE_NOT_FOUND for an instance out of reach */
export function requireKeyScope(principal: Principal, { instance }: KeyScope): UserPrincipal {
  const user = requireUser(principal);
  if (instance) requireReach(principal, instance);
  else requireAdministrator(user);
  return user;
}

/**
 * Finds a key and changes it; finds it again when its secret was rotated in between.
 * @throws GatewayError RESOURCE_NOT_FOUND, the same for another scope's key and for none
 */
export async function changeApiKey<T>(
  ports: Pick<Ports, 'apiKeys'>,
  { tenantId }: Principal,
  { instance }: KeyScope,
  keyId: string,
  change: (key: ApiKey) => Promise<{ written: boolean; result: T }>,
): Promise<T> {
  if (!/^key_[A-Za-z0-9]{1,64}$/.test(keyId)) throw notFound('API key');
  for (let attempt = 0; attempt < MAX_TRIES; attempt += 1) {
    const key = await ports.apiKeys.get(tenantId, instance?.id ?? null, keyId);
    if (!key) throw notFound('API key');
    const { written, result } = await change(key);
    if (written) return result;
  }
  throw new GatewayError('INVALID_STATE', 'This API key is being changed by others. Try again.');
}

/** @throws GatewayError INVALID_STATE */
export function requireUnrevoked(key: ApiKey): void {
  if (key.revokedAt !== null) throw new GatewayError('INVALID_STATE', 'This API key is revoked.');
}

/** A fresh secret: the text that is shown once, and what is kept of it. */
export function newSecret(
  instance: Instance | null,
  environment: ApiKey['environment'],
): { text: string } & Pick<ApiKey, 'hash' | 'hint'> {
  const prefix = environment !== null ? `wf_${environment}` : instance ? keyPrefix(instance.name) : 'account';
  // Document D's keys go on in hex, so that its clients' own checks let them pass.
  const secret = environment !== null ? randomBytes(SECRET_BYTES).toString('hex') : randomBase62(SECRET_LENGTH);
  const text = `${prefix}_${secret}`;
  return { text, hash: sha256Hex(text), hint: text.slice(0, prefix.length + 1 + HINT_SECRET_LENGTH) };
}

/** The initials of an instance's name, so that people see whose key it is: `customer-service` → `cs`. */
export function keyPrefix(instanceName: string): string {
  const initials = instanceName
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .map((word) => word.charAt(0))
    .join('')
    .slice(0, 4);
  return initials || 'wa';
}

/** @throws GatewayError VALIDATION_ERROR when it is not in the future */
export function futureMoment(expiresAt: string | null, nowMs: number): string | null {
  if (expiresAt === null) return null;
  const atMs = Date.parse(expiresAt);
  if (atMs <= nowMs) throw new GatewayError('VALIDATION_ERROR', 'expiresAt must be in the future.');
  return new Date(atMs).toISOString();
}

/** Each range in its one spelling, once. @throws GatewayError VALIDATION_ERROR */
export function canonicalRanges(ranges: readonly string[]): string[] {
  const canonical = ranges.map((text) => {
    const range = canonicalRange(text);
    if (range !== undefined) return range;
    throw new GatewayError('VALIDATION_ERROR', 'ipAllowList takes IP addresses and CIDR ranges without host bits.', {
      details: [{ field: 'ipAllowList', message: `is not an address or range: ${text.slice(0, 64)}` }],
    });
  });
  return [...new Set(canonical)];
}

/** What the audit log keeps of a key. */
export function auditedKey(key: ApiKey): object {
  const { name, permissions, rateLimit, expiresAt, ipAllowList, rotation, instanceId, environment } = key;
  return { name, permissions, rateLimit, expiresAt, ipAllowList, rotation, instanceId, environment };
}
