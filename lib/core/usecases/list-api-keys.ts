import type { ApiKey, Principal } from '../model/account.ts';
import type { Ports } from '../ports/index.ts';
import { type KeyScope, requireKeyScope } from './api-key-access.ts';

/** The keys of an instance or of the account, newest first, revoked ones included. */
export async function listApiKeys(
  ports: Pick<Ports, 'apiKeys'>,
  principal: Principal,
  scope: KeyScope,
): Promise<ApiKey[]> {
  const { tenantId } = requireKeyScope(principal, scope);
  return ports.apiKeys.list(tenantId, scope.instance?.id ?? null);
}
