import type { ApiKey, ApiKeyChanges, Permission, Principal } from '../model/account.ts';
import type { Ports } from '../ports/index.ts';
import {
  auditedKey,
  canonicalRanges,
  changeApiKey,
  futureMoment,
  type KeyScope,
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
}

/**
 * Changes a key; it counts from the next request on. A new rate limit begins with its whole quota.
 * @throws GatewayError RESOURCE_NOT_FOUND; INVALID_STATE for a revoked key; VALIDATION_ERROR as `createApiKey`
 */
export async function updateApiKey(
  ports: Pick<Ports, 'apiKeys' | 'policy' | 'clock'>,
  principal: Principal,
  input: UpdateApiKeyInput,
): Promise<ApiKey> {
  requireKeyScope(principal, input);
  const { name, permissions, rateLimit, expiresAt, ipAllowList } = input;
  const changes: ApiKeyChanges = {
    ...(name !== undefined && { name }),
    ...(permissions && { permissions: [...new Set(permissions)] }),
    ...(rateLimit !== undefined && { rateLimit }),
    ...(expiresAt !== undefined && { expiresAt: futureMoment(expiresAt, ports.clock()) }),
    ...(ipAllowList && { ipAllowList: canonicalRanges(ipAllowList) }),
  };
  return changeApiKey(ports, principal, input, input.keyId, async (key) => {
    requireUnrevoked(key);
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
