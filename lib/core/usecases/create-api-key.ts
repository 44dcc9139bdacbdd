import { GatewayError } from '../errors.ts';
import type { ApiKey, Permission, Principal } from '../model/account.ts';
import { newId, randomBase62, sha256Hex } from '../model/ids.ts';
import type { Instance } from '../model/instance.ts';
import type { Ports } from '../ports/index.ts';
import { requireReach, requireUser } from './access.ts';

export const DEFAULT_RATE_LIMIT_PER_HOUR = 1000;

const SECRET_LENGTH = 40;
const HINT_SECRET_LENGTH = 4;

export interface CreateApiKeyInput {
  instance: Instance;
  name: string;
  permissions: readonly Permission[];
  /** Requests per hour. */
  rateLimit?: number | undefined;
  /** ISO 8601; null or absent: never. */
  expiresAt?: string | null | undefined;
}

/**
 * A new key of an instance. `text` is the key itself: it is returned here and nowhere else, only its hash is kept.
 * @throws GatewayError VALIDATION_ERROR when `expiresAt` is not in the future
 */
export async function createApiKey(
  ports: Pick<Ports, 'apiKeys' | 'clock'>,
  principal: Principal,
  input: CreateApiKeyInput,
): Promise<{ key: ApiKey; text: string }> {
  const { userId } = requireUser(principal);
  requireReach(principal, input.instance);
  const nowMs = ports.clock();
  if (input.expiresAt && Date.parse(input.expiresAt) <= nowMs) {
    throw new GatewayError('VALIDATION_ERROR', 'expiresAt must be in the future.');
  }
  const prefix = keyPrefix(input.instance.name);
  const text = `${prefix}_${randomBase62(SECRET_LENGTH)}`;
  const key: ApiKey = {
    id: newId('key'),
    tenantId: input.instance.tenantId,
    instanceId: input.instance.id,
    name: input.name,
    hash: sha256Hex(text),
    hint: text.slice(0, prefix.length + 1 + HINT_SECRET_LENGTH),
    permissions: [...new Set(input.permissions)],
    rateLimit: input.rateLimit ?? DEFAULT_RATE_LIMIT_PER_HOUR,
    createdAt: new Date(nowMs).toISOString(),
    createdById: userId,
    expiresAt: input.expiresAt ? new Date(input.expiresAt).toISOString() : null,
    revokedAt: null,
  };
  await ports.apiKeys.create(key);
  return { key, text };
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
