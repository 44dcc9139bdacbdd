import type { ApiKey, Principal } from '../model/account.ts';
import { rotationFrom, secretEndsAtMs } from '../model/key-rotation.ts';
import type { Ports } from '../ports/index.ts';
import { changeApiKey, type KeyScope, newSecret, requireKeyScope, requireUnrevoked } from './api-key-access.ts';
import { auditEntry } from './audit-entry.ts';

const HOUR_MS = 3_600_000;
const DEFAULT_OVERLAP_HOURS = 24;

/**
 * Gives a key a new secret, shown here only. The present one works on for `overlapHours`, or as its rotation says, but
 * never longer than it would have; the one before it, if any still did, ends at once: never more than two.
 * @throws GatewayError RESOURCE_NOT_FOUND; INVALID_STATE for a revoked key
 */
export async function rotateApiKey(
  ports: Pick<Ports, 'apiKeys' | 'policy' | 'clock'>,
  principal: Principal,
  input: KeyScope & { keyId: string; overlapHours?: number | undefined },
): Promise<{ key: ApiKey; text: string }> {
  requireKeyScope(principal, input);
  return changeApiKey(ports, principal, input, input.keyId, async (key) => {
    requireUnrevoked(key);
    const { text, hash, hint } = newSecret(input.instance, key.environment);
    const nowMs = ports.clock();
    const overlapHours = input.overlapHours ?? key.rotation?.overlapHours ?? DEFAULT_OVERLAP_HOURS;
    const untilMs = Math.min(nowMs + overlapHours * HOUR_MS, secretEndsAtMs(key));
    const until = untilMs > nowMs ? new Date(untilMs).toISOString() : null;
    const rotation = key.rotation && rotationFrom(key.rotation, nowMs);
    const audit = auditEntry(ports, principal, {
      action: 'ROTATE_API_KEY',
      target: { kind: 'key', id: key.id, name: key.name },
      before: { hint: key.hint },
      after: { hint, previousWorksUntil: until },
    });
    const written = await ports.apiKeys.rotate(key, { hash, hint, rotation }, until, audit);
    const previous = until === null ? null : { hash: key.hash, hint: key.hint, until };
    return { written, result: { key: { ...key, hash, hint, previous, rotation }, text } };
  });
}
