import type { Principal } from '../model/account.ts';
import type { Chat } from '../model/chat.ts';
import type { Instance } from '../model/instance.ts';
import type { ChatFilter, Page, Ports } from '../ports/index.ts';
import { requirePermission, requireReach } from './access.ts';
import { type PageInput, readPage } from './read-page.ts';

export interface ListChatsInput extends PageInput {
  instance: Instance;
  filter: ChatFilter;
}

/**
 * The chats of an instance, latest activity first, as the session has heard of them; it need not be connected.
 * @throws GatewayError PERMISSION_DENIED; VALIDATION_ERROR for a page too far down
 */
export async function listChats(
  ports: Pick<Ports, 'chats'>,
  principal: Principal,
  { instance, filter, ...page }: ListChatsInput,
): Promise<Page<Chat>> {
  requirePermission(principal, 'chat:read');
  requireReach(principal, instance);
  return readPage((limit, cursor) => ports.chats.list(instance.id, filter, limit, cursor), page);
}
