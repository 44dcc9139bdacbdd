import { notFound } from '../errors.ts';
import type { Principal } from '../model/account.ts';
import type { Chat } from '../model/chat.ts';
import type { Instance } from '../model/instance.ts';
import type { Ports } from '../ports/index.ts';
import { requirePermission, requireReach } from './access.ts';
import { chatNames } from './chat-names.ts';

/**
 * A chat by any JID of it.
 * @throws GatewayError PERMISSION_DENIED; RESOURCE_NOT_FOUND for one that the session has not heard of
 */
export async function getChat(
  ports: Pick<Ports, 'chats' | 'people'>,
  principal: Principal,
  { instance, chat: jid }: { instance: Instance; chat: string },
): Promise<Chat> {
  requirePermission(principal, 'chat:read');
  requireReach(principal, instance);
  const [names, asked] = await Promise.all([chatNames(ports, instance, jid), ports.chats.get(instance.id, jid)]);
  const isCanonical = names[0] === jid;
  const chat = (isCanonical ? asked : await ports.chats.get(instance.id, names[0] as string)) ?? asked;
  if (!chat) throw notFound('chat');
  return chat;
}
