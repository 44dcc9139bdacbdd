import type { ApiKey, Principal } from '../model/account.ts';
import type { Instance } from '../model/instance.ts';
import type { Ports } from '../ports/index.ts';
import { requireReach, requireUser } from './access.ts';

/** The keys of an instance, newest first, revoked ones included. */
export async function listApiKeys(
  ports: Pick<Ports, 'apiKeys'>,
  principal: Principal,
  input: { instance: Instance },
): Promise<ApiKey[]> {
  requireUser(principal);
  requireReach(principal, input.instance);
  return ports.apiKeys.list(input.instance.tenantId, input.instance.id);
}
