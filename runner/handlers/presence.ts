import { isGroupJid } from '../../lib/core/model/phone.ts';
import type { Handler } from './index.ts';

export const setPresence: Handler<'presence.set'> = async ({ session }, { presence }) => {
  await session.presence.set(presence);
  return { output: { presence } };
};

export const subscribePresence: Handler<'presence.subscribe'> = async ({ session }, { chat }) => {
  const id = session.chats.idOf(chat);
  if (!isGroupJid(id)) await session.contacts.requireKnown(id);
  await session.presence.subscribe(id);
  return { output: { chat: id } };
};
