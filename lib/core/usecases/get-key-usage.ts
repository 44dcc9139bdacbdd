import { notFound } from '../errors.ts';
import type { ApiKey, Principal } from '../model/account.ts';
import { dayOf } from '../model/stats.ts';
import type { Ports } from '../ports/index.ts';
import { type KeyScope, requireKeyScope } from './api-key-access.ts';

const DAY_MS = 86_400_000;

export interface KeyUsage {
  key: ApiKey;
  /** Calls of each UTC day that had any, oldest first. */
  days: { day: string; calls: number }[];
}

/**
 * How often a key was used in the last `days`, today included.
 * @throws GatewayError PERMISSION_DENIED; RESOURCE_NOT_FOUND
 */
export async function getKeyUsage(
  ports: Pick<Ports, 'apiKeys' | 'stats' | 'clock'>,
  principal: Principal,
  { keyId, days, ...scope }: KeyScope & { keyId: string; days: number },
): Promise<KeyUsage> {
  const { tenantId } = requireKeyScope(principal, scope);
  if (!/^key_[A-Za-z0-9]{1,64}$/.test(keyId)) throw notFound('API key');
  const nowMs = ports.clock();
  const [keys, counted] = await Promise.all([
    ports.apiKeys.list(tenantId, scope.instance?.id ?? null),
    ports.stats.days({ keyId }, dayOf(nowMs - (days - 1) * DAY_MS), dayOf(nowMs)),
  ]);
  const key = keys.find(({ id }) => id === keyId);
  if (!key) throw notFound('API key');
  return { key, days: counted.map(({ day, counts }) => ({ day, calls: counts.apiCalls })) };
}
