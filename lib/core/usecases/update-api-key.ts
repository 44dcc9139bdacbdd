import { GatewayError } from '../errors.ts';
import type { ApiKey, ApiKeyChanges, Permission, Principal } from '../model/account.ts';
import { rotationFrom, secretEndsAtMs } from '../model/key-rotation.ts';
import type { Ports } from '../ports/index.ts';
import {
  auditedKey,
  canonicalRanges,
  changeApiKey,
  futureMoment,
  type KeyScope,
  type RotationPlan,
  requireKeyScope,
  requireUnrevoked,
} from './api-key-access.ts';
import { auditEntry } from './audit-entry.ts';

export interface UpdateApiKeyInput extends KeyScope {
  keyId: string;
  /** What is absent stays. */
  name?: string | undefined;
  permissions?: readonly Permission[] | undefined;
  rateLimit?: number | undefined;
  /** null: never. */
  expiresAt?: string | null | undefined;
  ipAllowList?: readonly string[] | undefined;
  /** The present secret's time begins anew; null: it stays until somebody replaces it. */
  rotation?: RotationPlan | null | undefined;
}

/**
 * Changes a key; it counts from the next request on. A new rate limit begins with its whole quota.
 * @throws GatewayError RESOURCE_NOT_FOUND; INVALID_STATE for a revoked key, and for a new rotation once the secret has
 *   ended; VALIDATION_ERROR as `createApiKey`
 */
export async function updateApiKey(
  ports: Pick<Ports, 'apiKeys' | 'policy' | 'clock'>,
  principal: Principal,
  input: UpdateApiKeyInput,
): Promise<ApiKey> {
  requireKeyScope(principal, input);
  const { name, permissions, rateLimit, expiresAt, ipAllowList, rotation } = input;
  const nowMs = ports.clock();
  const changes: ApiKeyChanges = {
    ...(name !== undefined && { name }),
    ...(permissions && { permissions: [...new Set(permissions)] }),
    ...(rateLimit !== undefined && { rateLimit }),
    ...(expiresAt !== undefined && { expiresAt: futureMoment(expiresAt, nowMs) }),
    ...(ipAllowList && { ipAllowList: canonicalRanges(ipAllowList) }),
    ...(rotation !== undefined && { rotation: rotation && rotationFrom(rotation, nowMs) }),
  };
  return changeApiKey(ports, principal, input, input.keyId, async (key) => {
    requireUnrevoked(key);
    if (rotation !== undefined && secretEndsAtMs(key) <= nowMs) {
      throw new GatewayError('INVALID_STATE', 'The secret of this API key has ended. Rotate it first.');
    }
    const result = { ...key, ...changes };
    const [before, after] = [key, result].map((one) => only(auditedKey(one), Object.keys(changes)));
    const target = { kind: 'key' as const, id: key.id, name: key.name };
    const audit = auditEntry(ports, principal, { action: 'UPDATE_API_KEY', target, before, after });
    return { written: await ports.apiKeys.update(key, changes, audit), result };
  });
}

function only(fields: object, names: readonly string[]): object {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => names.includes(name)));
}
