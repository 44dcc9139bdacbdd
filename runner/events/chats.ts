import type { Chat as BaileysChat, WAMessage } from '../../lib/baileys/index.ts';
import type { EventData } from '../../lib/core/catalogue/events.ts';
import { type LastMessage, MUTED_FOREVER } from '../../lib/core/model/chat.ts';
import { bareJid, isGroupJid } from '../../lib/core/model/phone.ts';
import type { ChatFields, SessionWrite } from '../../lib/core/ports/session-store.ts';
import { whole } from './content.ts';
import { lastMessageOf, messageWrites, secondsToMs } from './messages.ts';
import { bounded, chatJid, type NameBook } from './parties.ts';
import { type EventWrite, type Telling, tell } from './tell.ts';

type ChatWrite = Extract<SessionWrite, { kind: 'chat' }>;

const MAX_NAME_LENGTH = 256;
/** Larger batches of chats are a sync, not news. */
const MAX_CHAT_NEWS = 20;
/** 1973 in ms, 5138 in s: what is below is in seconds. */
const MIN_MS = 100_000_000_000;

/**
 * A chat as Baileys reports it → its row; [] for broadcast lists, channels and the like. In an update a positive number
 * of unread messages is of messages that come by themselves; in the state of a whole chat it is the number.
 */
export function chatWrites(chat: Partial<BaileysChat>, book: NameBook, isWhole = false, nowMs = 0): ChatWrite[] {
  if (!chat.id || !/@(s\.whatsapp\.net|lid|g\.us)$/.test(chat.id)) return [];
  const jid = bareJid(chat.id);
  const lastMessageAtMs = secondsToMs(chat.conversationTimestamp);
  const name = chat.name ?? (isWhole ? chat.displayName : undefined);
  const newest = isWhole ? newestOf(chat, book, nowMs) : undefined;
  const set: ChatFields = {
    isGroup: isGroupJid(jid),
    ...(name ? { name: bounded(name, MAX_NAME_LENGTH) } : {}),
    ...(lastMessageAtMs ? { lastMessageAtMs } : {}),
    ...(newest ? { lastMessage: newest } : {}),
    ...unreadOf(chat.unreadCount, isWhole),
    ...(isWhole && chat.markedAsUnread ? { markedUnread: true } : {}),
    ...(typeof chat.archived === 'boolean' ? { archived: chat.archived } : {}),
    ...(chat.pinned === undefined ? {} : { pinnedAtMs: momentOf(chat.pinned) }),
    ...(chat.muteEndTime === undefined ? {} : { mutedUntilMs: muteEnd(chat.muteEndTime) || null }),
  };
  return [{ kind: 'chat', id: chatJid(book, jid), set }];
}

/** The phone has deleted a chat: it leaves the list, and shows nothing of what was before. */
export function deletedChat(chatId: string, book: NameBook, order: ChatOrder, nowMs: number): ChatWrite[] {
  if (!/@(s\.whatsapp\.net|lid|g\.us)$/.test(chatId)) return [];
  const id = chatJid(book, bareJid(chatId));
  return [{ kind: 'chat', id, set: CHAT_DELETED(order.newestOf(id) ?? nowMs) }];
}

/** `upToMs`: the time of the newest message that is meant. */
export const CHAT_CLEARED = (upToMs: number) =>
  ({ lastMessage: null, unread: 0, markedUnread: null, clearedAtMs: upToMs }) satisfies ChatFields;

export const CHAT_DELETED = (upToMs: number) =>
  ({
    ...CHAT_CLEARED(upToMs),
    ...{ lastMessageAtMs: null, archived: null, pinnedAtMs: null, mutedUntilMs: null },
  }) satisfies ChatFields;

/** Changes of chats → what the person did with them; a new message moves a chat too, and that is no news. */
export function chatEvents(telling: Telling, chats: readonly Partial<BaileysChat>[], book: NameBook): EventWrite[] {
  const told = chats.flatMap((chat) => {
    const { id, archived, pinned, muteEndTime, unreadCount, conversationTimestamp } = chat;
    if (!id) return [];
    const isMessage = conversationTimestamp !== undefined;
    const change = {
      isArchived: isMessage ? null : (archived ?? null),
      isPinned: pinned === undefined ? null : Boolean(pinned),
      mutedUntilMs: muteEndTime === undefined ? null : muteEnd(muteEndTime),
      isUnread: isMessage || typeof unreadCount !== 'number' || unreadCount > 0 ? null : unreadCount < 0,
    };
    return chatChanged(telling, chatJid(book, bareJid(id)), change);
  });
  return told.length > MAX_CHAT_NEWS ? [] : told;
}

/** What is told of a chat that a person or a caller changed; [] where nothing of it is told. */
export function chatChanged(telling: Telling, chat: string, change: Partial<EventData<'chat.updated'>>): EventWrite[] {
  if (Object.values(change).every((value) => value === null || value === undefined)) return [];
  const data = { ...UNCHANGED, ...change, chat, isGroup: isGroupJid(chat) };
  return [tell(telling, 'chat.updated', undefined, data)];
}

export const UNCHANGED = {
  isArchived: null,
  isPinned: null,
  mutedUntilMs: null,
  ephemeralSeconds: null,
  isUnread: null,
  isCleared: null,
  isDeleted: null,
};

function unreadOf(count: unknown, isWhole: boolean): ChatFields {
  if (typeof count !== 'number') return {};
  if (count < 0) return { markedUnread: true };
  if (count === 0) return { unread: 0, markedUnread: null };
  return isWhole ? { unread: count } : {};
}

/** The newest message that a history carries with a chat. */
function newestOf({ messages }: Partial<BaileysChat>, book: NameBook, nowMs: number): LastMessage | undefined {
  const message = messages?.[0]?.message as WAMessage | null | undefined;
  if (!message?.key?.remoteJid) return undefined;
  const row = messageWrites(message, book, nowMs).find((write) => write.kind === 'message');
  return row?.set && lastMessageOf(row, row.set);
}

function momentOf(value: unknown): number | null {
  const number = whole(value) ?? 0;
  return number === 0 ? null : number < MIN_MS ? number * 1_000 : number;
}

/** The phone says -1 for ever, nothing for not at all. */
function muteEnd(value: unknown): number {
  if (value === null) return 0;
  return whole(value) === undefined ? MUTED_FOREVER : (momentOf(value) ?? 0);
}

const MAX_REMEMBERED = 5_000;

/** How far each chat has come: what arrives late must not show as the newest message. */
export class ChatOrder {
  readonly #newest = new Map<string, number>();

  newestOf(chatId: string): number | undefined {
    return this.#newest.get(chatId);
  }

  /** The write, without what is older than what was shown before. */
  inOrder<W extends SessionWrite>(write: W): W {
    if (write.kind !== 'chat') return write;
    const { lastMessageAtMs, lastMessage, ...set } = write.set;
    if (lastMessageAtMs === undefined) return write;
    const before = this.#newest.get(write.id) ?? 0;
    this.#newest.delete(write.id);
    if (lastMessageAtMs === null) return write;
    const newest = Math.max(before, lastMessageAtMs);
    this.#newest.set(write.id, newest);
    if (this.#newest.size > MAX_REMEMBERED) this.#newest.delete(this.#newest.keys().next().value as string);
    // What came in has whole seconds: within one, what is told later is newer.
    if (Math.floor(lastMessageAtMs / 1_000) < Math.floor(before / 1_000)) return { ...write, set };
    return newest === lastMessageAtMs ? write : { ...write, set: { ...write.set, lastMessageAtMs: newest } };
  }
}
