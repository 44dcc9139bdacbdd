import { notFound } from '../errors.ts';
import type { Principal, User } from '../model/account.ts';
import type { Ports } from '../ports/index.ts';
import { requireAdministrator } from './access.ts';

/** A user of the administrator's subscription. @throws GatewayError PERMISSION_DENIED; RESOURCE_NOT_FOUND */
export async function getUser(
  ports: Pick<Ports, 'accounts'>,
  principal: Principal,
  input: { userId: string },
): Promise<User> {
  const { tenantId } = requireAdministrator(principal);
  if (!/^user_[A-Za-z0-9]{1,64}$/.test(input.userId)) throw notFound('user');
  const user = await ports.accounts.getUser(tenantId, input.userId);
  if (!user) throw notFound('user');
  return user;
}
