import type { ApiKey, Principal } from '../model/account.ts';
import type { Ports } from '../ports/index.ts';
import { changeApiKey, type KeyScope, newSecret, requireKeyScope, requireUnrevoked } from './api-key-access.ts';
import { auditEntry } from './audit-entry.ts';

const HOUR_MS = 3_600_000;

/**
 * Gives a key a new secret, shown here only. The present one works on for `overlapHours`; the one before it, if any
 * still did, ends at once: never more than two.
 * @throws GatewayError RESOURCE_NOT_FOUND; INVALID_STATE for a revoked key
 */
export async function rotateApiKey(
  ports: Pick<Ports, 'apiKeys' | 'policy' | 'clock'>,
  principal: Principal,
  input: KeyScope & { keyId: string; overlapHours: number },
): Promise<{ key: ApiKey; text: string }> {
  requireKeyScope(principal, input);
  return changeApiKey(ports, principal, input, input.keyId, async (key) => {
    requireUnrevoked(key);
    const { text, hash, hint } = newSecret(input.instance, key.environment);
    const until = input.overlapHours > 0 ? new Date(ports.clock() + input.overlapHours * HOUR_MS).toISOString() : null;
    const audit = auditEntry(ports, principal, {
      action: 'ROTATE_API_KEY',
      target: { kind: 'key', id: key.id, name: key.name },
      before: { hint: key.hint },
      after: { hint, previousWorksUntil: until },
    });
    const written = await ports.apiKeys.rotate(key, { hash, hint }, until, audit);
    const previous = until === null ? null : { hash: key.hash, hint: key.hint, until };
    return { written, result: { key: { ...key, hash, hint, previous }, text } };
  });
}
