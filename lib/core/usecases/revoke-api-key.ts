import type { Principal } from '../model/account.ts';
import type { Ports } from '../ports/index.ts';
import { changeApiKey, type KeyScope, requireKeyScope } from './api-key-access.ts';
import { auditEntry } from './audit-entry.ts';

/** Ends a key and all its secrets at once; one that is revoked already stays as it is. @throws GatewayError RESOURCE_NOT_FOUND */
export async function revokeApiKey(
  ports: Pick<Ports, 'apiKeys' | 'policy' | 'clock'>,
  principal: Principal,
  input: KeyScope & { keyId: string },
): Promise<void> {
  requireKeyScope(principal, input);
  await changeApiKey(ports, principal, input, input.keyId, async (key) => {
    if (key.revokedAt !== null) return { written: true, result: undefined };
    const revokedAt = new Date(ports.clock()).toISOString();
    const target = { kind: 'key' as const, id: key.id, name: key.name };
    const audit = auditEntry(ports, principal, {
      ...{ action: 'REVOKE_API_KEY', target },
      before: { revokedAt: null },
      after: { revokedAt },
    });
    return { written: await ports.apiKeys.update(key, { revokedAt }, audit), result: undefined };
  });
}
