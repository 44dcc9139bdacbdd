import { notFound } from '../errors.ts';
import type { Principal } from '../model/account.ts';
import type { Instance } from '../model/instance.ts';
import type { Ports } from '../ports/index.ts';
import { requireReach, requireUser } from './access.ts';

/** Ends a key at once. @throws GatewayError RESOURCE_NOT_FOUND */
export async function revokeApiKey(
  ports: Pick<Ports, 'apiKeys' | 'clock'>,
  principal: Principal,
  input: { instance: Instance; keyId: string },
): Promise<void> {
  requireUser(principal);
  requireReach(principal, input.instance);
  const { tenantId, id } = input.instance;
  if (!/^key_[A-Za-z0-9]{1,64}$/.test(input.keyId)) throw notFound('API key');
  const revoked = await ports.apiKeys.revoke(tenantId, id, input.keyId, new Date(ports.clock()).toISOString());
  if (!revoked) throw notFound('API key');
}
