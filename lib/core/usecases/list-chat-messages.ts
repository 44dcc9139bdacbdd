import type { Principal } from '../model/account.ts';
import type { Instance } from '../model/instance.ts';
import type { Message } from '../model/message.ts';
import type { MessageFilter, Page, Ports } from '../ports/index.ts';
import { requirePermission, requireReach } from './access.ts';
import { chatNames } from './chat-names.ts';
import { type PageInput, readPage } from './read-page.ts';

export interface ListChatMessagesInput extends PageInput {
  instance: Instance;
  /** JID. */
  chat: string;
  filter: Omit<MessageFilter, 'chats'>;
}

/**
 * The messages of one chat, newest first, without what was cleared away. A chat nobody has heard of has none.
 * @throws GatewayError PERMISSION_DENIED; VALIDATION_ERROR for a page too far down
 */
export async function listChatMessages(
  ports: Pick<Ports, 'messages' | 'chats' | 'people'>,
  principal: Principal,
  { instance, chat, filter, ...page }: ListChatMessagesInput,
): Promise<Page<Message>> {
  requirePermission(principal, 'chat:read');
  requireReach(principal, instance);
  const list = (of: MessageFilter) =>
    readPage((limit, cursor) => ports.messages.list(instance.id, of, limit, cursor), page);
  // Most chats have one name and were never cleared: they are read while that is being found out.
  const guess = list({ ...filter, chats: [chat] });
  guess.catch(() => undefined);
  const [chats, asked] = await Promise.all([chatNames(ports, instance, chat), ports.chats.get(instance.id, chat)]);
  const row = chats[0] === chat ? asked : await ports.chats.get(instance.id, chats[0] as string);
  const clearedAtMs = Math.max(0, row?.clearedAtMs ?? 0, asked?.clearedAtMs ?? 0);
  const fromMs = Math.max(filter.fromMs ?? 0, clearedAtMs === 0 ? 0 : clearedAtMs + 1);
  const isAsGuessed = chats.length === 1 && chats[0] === chat && clearedAtMs === 0;
  return isAsGuessed ? guess : list({ ...filter, chats, fromMs });
}
