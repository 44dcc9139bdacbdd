import { notFound } from '../errors.ts';
import type { Principal } from '../model/account.ts';
import { parsePublicMessageId } from '../model/ids.ts';
import type { Instance } from '../model/instance.ts';
import type { Message } from '../model/message.ts';
import type { Ports } from '../ports/index.ts';
import { requirePermission, requireReach } from './access.ts';

/** A message of the instance by its public id. @throws GatewayError RESOURCE_NOT_FOUND, PERMISSION_DENIED */
export async function getMessage(
  ports: Pick<Ports, 'messages'>,
  principal: Principal,
  input: { instance: Instance; messageId: string },
): Promise<Message> {
  requirePermission(principal, 'message:read');
  requireReach(principal, input.instance);
  const whatsappId = parsePublicMessageId(input.messageId);
  const message = whatsappId === undefined ? undefined : await ports.messages.get(input.instance.id, whatsappId);
  if (!message) throw notFound('message');
  return message;
}
