import { GatewayError } from '../errors.ts';
import type { Principal } from '../model/account.ts';
import type { Instance } from '../model/instance.ts';
import type { Ports } from '../ports/index.ts';
import { getMessage } from './get-message.ts';
import { type SubmitCommandInput, type SubmittedCommand, submitCommand } from './submit-command.ts';

/**
 * Tells WhatsApp that a received message has been read.
 * @throws GatewayError RESOURCE_NOT_FOUND; INVALID_STATE for a message that was sent; what `submitCommand` throws
 */
export async function markMessageRead(
  ports: Pick<Ports, 'messages' | 'commands' | 'bells' | 'log' | 'clock'>,
  principal: Principal,
  input: { instance: Instance; messageId: string; idempotency: SubmitCommandInput['idempotency'] },
): Promise<SubmittedCommand> {
  const message = await getMessage(ports, principal, input);
  if (message.direction !== 'received') {
    throw new GatewayError('INVALID_STATE', 'Only a received message can be marked as read.');
  }
  return submitCommand(ports, principal, {
    instance: input.instance,
    operation: 'message.markRead',
    input: { messageId: message.id },
    idempotency: input.idempotency ?? null,
  });
}
