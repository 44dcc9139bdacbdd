import type { EventData } from '../../lib/core/catalogue/events.ts';
import { type Chat, MUTED_FOREVER } from '../../lib/core/model/chat.ts';
import { receivedScope } from '../../lib/core/model/message.ts';
import { isGroupJid } from '../../lib/core/model/phone.ts';
import type { ChatFields, SessionWrite } from '../../lib/core/ports/session-store.ts';
import { CHAT_CLEARED, CHAT_DELETED, chatChanged } from '../events/chats.ts';
import type { ChatActions } from '../session/actions/chats.ts';
import type { Handler, HandlerContext } from './index.ts';

/** Unread messages that one request marks, the newest first: a receipt names each. */
const MAX_READ = 200;

type ChatInput = { chat: string };

/**
 * A chat and the JID that it is kept under.
 * @throws GatewayError RESOURCE_NOT_FOUND for a person whom neither we nor WhatsApp have heard of
 */
async function chatOf({ session, chats, command }: HandlerContext, jid: string) {
  const id = session.chats.idOf(jid);
  const row = await chats.get(command.instanceId, id);
  if (!row && !isGroupJid(id)) await session.contacts.requireKnown(id);
  return { id, row, newest: row?.lastMessage ?? null };
}

/** What the change of a chat leaves: its row, and what is told. WhatsApp does not tell the device that acts. */
export function changed(
  { command, clock }: Pick<HandlerContext, 'command' | 'clock'>,
  id: string,
  set: ChatFields,
  told: Partial<EventData<'chat.updated'>>,
): SessionWrite[] {
  const telling = { instanceId: command.instanceId, nowMs: clock() };
  return [{ kind: 'chat', id, set: { isGroup: isGroupJid(id), ...set } }, ...chatChanged(telling, id, told)];
}

function change(
  act: (chats: ChatActions, id: string, newest: Chat['lastMessage']) => Promise<void>,
  set: (nowMs: number, upToMs: number) => ChatFields,
  told: Partial<EventData<'chat.updated'>>,
) {
  return async (context: HandlerContext, { chat }: ChatInput) => {
    const { id, row, newest } = await chatOf(context, chat);
    await act(context.session.chats, id, newest);
    const nowMs = context.clock();
    const fields = set(nowMs, newest?.timestampMs ?? row?.clearedAtMs ?? nowMs);
    return { output: { chat: id }, writes: changed(context, id, fields, told) };
  };
}

export const archiveChat: Handler<'chat.archive'> = change(
  (chats, id, newest) => chats.archive(id, true, newest),
  () => ({ archived: true }),
  { isArchived: true },
);
export const unarchiveChat: Handler<'chat.unarchive'> = change(
  (chats, id, newest) => chats.archive(id, false, newest),
  () => ({ archived: false }),
  { isArchived: false },
);
export const pinChat: Handler<'chat.pin'> = change(
  (chats, id) => chats.pin(id, true),
  (nowMs) => ({ pinnedAtMs: nowMs }),
  { isPinned: true },
);
export const unpinChat: Handler<'chat.unpin'> = change(
  (chats, id) => chats.pin(id, false),
  () => ({ pinnedAtMs: null }),
  { isPinned: false },
);
export const unmuteChat: Handler<'chat.unmute'> = change(
  (chats, id) => chats.mute(id, null),
  () => ({ mutedUntilMs: null }),
  { mutedUntilMs: 0 },
);
export const markChatUnread: Handler<'chat.markUnread'> = change(
  (chats, id, newest) => chats.markRead(id, false, newest),
  () => ({ markedUnread: true }),
  { isUnread: true },
);
export const clearChat: Handler<'chat.clear'> = change(
  (chats, id, newest) => chats.clear(id, newest),
  (_nowMs, upToMs) => CHAT_CLEARED(upToMs),
  {
    isCleared: true,
  },
);
export const deleteChat: Handler<'chat.delete'> = change(
  (chats, id, newest) => chats.remove(id, newest),
  (_nowMs, upToMs) => CHAT_DELETED(upToMs),
  { isDeleted: true },
);

/** Counted from when the request was accepted, so that a repeat says the same. */
export const muteChat: Handler<'chat.mute'> = async (context, { chat, seconds }) => {
  const { id } = await chatOf(context, chat);
  const mutedUntilMs = seconds === undefined ? MUTED_FOREVER : context.command.acceptedAtMs + seconds * 1000;
  await context.session.chats.mute(id, mutedUntilMs);
  return { output: { chat: id, mutedUntilMs }, writes: changed(context, id, { mutedUntilMs }, { mutedUntilMs }) };
};

export const markChatRead: Handler<'chat.markRead'> = async (context, { chat }) => {
  const { session, messages, command, clock } = context;
  const { id, row, newest } = await chatOf(context, chat);
  const limit = Math.min(row?.unread ?? 0, MAX_READ);
  const filter = { chats: [id], direction: 'received' as const };
  const received = limit === 0 ? [] : (await messages.list(command.instanceId, filter, limit)).items;
  const unread = received.filter((message) => message.readAtMs === null && message.address !== null);
  if (unread.length > 0) {
    await session.markRead(unread.map(({ id: messageId, address }) => ({ ...address, id: messageId, fromMe: false })));
  }
  await session.chats.markRead(id, true, newest);
  const readAtMs = clock();
  const reads = unread.map(({ id: messageId, address }): SessionWrite => {
    const scope = receivedScope(address?.remoteJid ?? '', address?.participant);
    return { kind: 'message', id: messageId, scope, once: { readAtMs } };
  });
  const set = { unread: 0, markedUnread: null };
  return {
    output: { chat: id, messages: unread.length },
    writes: [...reads, ...changed(context, id, set, { isUnread: false })],
  };
};
