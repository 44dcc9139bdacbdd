import type { Principal } from '../model/account.ts';
import { newSortableId, publicMessageId, whatsappMessageId } from '../model/ids.ts';
import type { Instance } from '../model/instance.ts';
import type { Ports } from '../ports/index.ts';
import { requirePermission, requireReach } from './access.ts';

/**
 * A message id that nothing has, for a status to come. Nothing is stored.
 * @throws GatewayError PERMISSION_DENIED
 */
export function newStatusId(
  { clock }: Pick<Ports, 'clock'>,
  principal: Principal,
  { instance }: { instance: Instance },
): string {
  requirePermission(principal, 'status:send');
  requireReach(principal, instance);
  const nonce = newSortableId('cmd', clock());
  return publicMessageId(whatsappMessageId(instance.tenantId, instance.id, nonce));
}
