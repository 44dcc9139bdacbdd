import { isOperationName, OPERATIONS } from '../catalogue/operations.ts';
import { GatewayError, notFound } from '../errors.ts';
import type { Principal } from '../model/account.ts';
import { parsePublicMessageId } from '../model/ids.ts';
import type { Instance } from '../model/instance.ts';
import { messageStatus } from '../model/message.ts';
import type { Ports, ScheduledCommand } from '../ports/index.ts';
import { requirePermission, requireReach } from './access.ts';

/**
 * What is still scheduled, for whoever may send it.
 * @throws GatewayError PERMISSION_DENIED; RESOURCE_NOT_FOUND; INVALID_STATE for a message that is not scheduled any more
 */
export async function findScheduled(
  ports: Pick<Ports, 'schedule' | 'messages'>,
  principal: Principal,
  { instance, messageId }: { instance: Instance; messageId: string },
): Promise<ScheduledCommand> {
  requirePermission(principal, 'message:send');
  requireReach(principal, instance);
  const id = parsePublicMessageId(messageId);
  const found = id === undefined ? undefined : await ports.schedule.get(instance.id, id);
  if (!found) {
    const message = id === undefined ? undefined : await ports.messages.get(instance.id, id);
    if (message?.direction !== 'sent') throw notFound('scheduled message');
    throw new GatewayError('INVALID_STATE', 'The message is not scheduled any more.', {
      details: { status: messageStatus(message) },
    });
  }
  if (isOperationName(found.operation)) requirePermission(principal, OPERATIONS[found.operation].permission);
  return found;
}

/** Somebody was faster: another change, or the moment itself. */
export function justChanged(): GatewayError {
  return new GatewayError('INVALID_STATE', 'The message was sent, cancelled or changed just now.');
}
