import type { ApiKey, Permission, Principal } from '../model/account.ts';
import { newId } from '../model/ids.ts';
import type { Environment } from '../model/instance.ts';
import { rotationFrom } from '../model/key-rotation.ts';
import type { Ports } from '../ports/index.ts';
import {
  auditedKey,
  canonicalRanges,
  DEFAULT_RATE_LIMIT_PER_HOUR,
  futureMoment,
  type KeyScope,
  newSecret,
  type RotationPlan,
  requireKeyScope,
} from './api-key-access.ts';
import { auditEntry } from './audit-entry.ts';

export interface CreateApiKeyInput extends KeyScope {
  name: string;
  permissions: readonly Permission[];
  /** Requests per hour. */
  rateLimit?: number | undefined;
  /** ISO 8601; null or absent: never. */
  expiresAt?: string | null | undefined;
  /** Addresses and CIDR ranges it may be used from; none: from anywhere. */
  ipAllowList?: readonly string[] | undefined;
  /** Its secret must be replaced every so often; null or absent: never. */
  rotation?: RotationPlan | null | undefined;
  /** Only instances of it; absent: of any. */
  environment?: Environment | undefined;
}

/**
 * A new key of an instance or of the account. `text` is the key itself: it is returned here and nowhere else, only its
 * hash is kept.
 * @throws GatewayError PERMISSION_DENIED; VALIDATION_ERROR when `expiresAt` is not in the future or a range is none
 */
export async function createApiKey(
  ports: Pick<Ports, 'apiKeys' | 'policy' | 'clock'>,
  principal: Principal,
  input: CreateApiKeyInput,
): Promise<{ key: ApiKey; text: string }> {
  const { userId, tenantId } = requireKeyScope(principal, input);
  const nowMs = ports.clock();
  const { text, hash, hint } = newSecret(input.instance, input.environment ?? null);
  const key: ApiKey = {
    id: newId('key'),
    tenantId,
    instanceId: input.instance?.id ?? null,
    environment: input.environment ?? null,
    name: input.name,
    hash,
    hint,
    previous: null,
    rotation: input.rotation ? rotationFrom(input.rotation, nowMs) : null,
    permissions: [...new Set(input.permissions)],
    rateLimit: input.rateLimit ?? DEFAULT_RATE_LIMIT_PER_HOUR,
    ipAllowList: canonicalRanges(input.ipAllowList ?? []),
    createdAt: new Date(nowMs).toISOString(),
    createdById: userId,
    expiresAt: futureMoment(input.expiresAt ?? null, nowMs),
    revokedAt: null,
    lastUsedAt: null,
  };
  const target = { kind: 'key' as const, id: key.id, name: key.name };
  const audit = auditEntry(ports, principal, { action: 'CREATE_API_KEY', target, after: auditedKey(key) });
  await ports.apiKeys.create(key, audit);
  return { key, text };
}
