import type { Principal } from '../model/account.ts';
import type { Instance } from '../model/instance.ts';
import type { Message } from '../model/message.ts';
import type { MessageFilter, Page, Ports } from '../ports/index.ts';
import { requirePermission, requireReach } from './access.ts';
import { type PageInput, readPage } from './read-page.ts';

export interface ListMessagesInput extends PageInput {
  instance: Instance;
  filter: MessageFilter;
}

/**
 * Messages of the instance, newest first. `nextCursor` goes on where this page ends.
 * @throws GatewayError PERMISSION_DENIED; VALIDATION_ERROR for a page too far down
 */
export async function listMessages(
  ports: Pick<Ports, 'messages'>,
  principal: Principal,
  { instance, filter, ...page }: ListMessagesInput,
): Promise<Page<Message>> {
  requirePermission(principal, 'message:read');
  requireReach(principal, instance);
  return readPage((limit, cursor) => ports.messages.list(instance.id, filter, limit, cursor), page);
}
