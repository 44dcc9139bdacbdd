import type { Principal, User } from '../model/account.ts';
import type { Ports } from '../ports/index.ts';
import { requireAdministrator } from './access.ts';

/** The users of the administrator's subscription, by name. @throws GatewayError PERMISSION_DENIED */
export async function listUsers(ports: Pick<Ports, 'accounts'>, principal: Principal): Promise<User[]> {
  return ports.accounts.listUsers(requireAdministrator(principal).tenantId);
}
