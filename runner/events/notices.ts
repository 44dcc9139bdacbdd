import type { Chat as BaileysChat, BaileysEventMap, WACallEvent } from '../../lib/baileys/index.ts';
import type { EventData } from '../../lib/core/catalogue/events.ts';
import { publicMessageId } from '../../lib/core/model/ids.ts';
import { bareJid, isGroupJid } from '../../lib/core/model/phone.ts';
import { namedId, whole } from './content.ts';
import { bounded, chatJid, contactId, type NameBook, partyOf } from './parties.ts';
import { type EventWrite, type Telling, tell } from './tell.ts';

const MAX_NAME_LENGTH = 256;
const MAX_ID_LENGTH = 128;
/** Larger batches of chats are a sync, not news. */
const MAX_CHAT_NEWS = 20;
const ENDS: Partial<Record<WACallEvent['status'], EventData<'call.ended'>['reason']>> = {
  accept: 'answered',
  terminate: 'hung_up',
  timeout: 'timeout',
};

/** A signal of a call → that it rings, was rejected or is over, each once a call; [] for the signals in between. */
export function callEvents(telling: Telling, call: WACallEvent, book: NameBook): EventWrite[] {
  const from = partyOf(book, call.callerPn, call.from, call.chatId);
  const atMs = call.date?.getTime();
  const data = {
    callId: String(call.id).slice(0, MAX_ID_LENGTH),
    from,
    isVideo: call.isVideo === true,
    isGroup: call.isGroup === true,
    timestampMs: Number.isFinite(atMs) ? atMs : telling.nowMs,
  };
  const once = (what: string) => `call|${contactId(from)}|${data.callId}|${what}`;
  const reason = ENDS[call.status];
  if (call.status === 'offer') {
    return [tell(telling, 'call.received', once('received'), { ...data, isOffline: call.offline === true })];
  }
  if (call.status === 'reject') return [tell(telling, 'call.rejected', once('rejected'), data)];
  return reason ? [tell(telling, 'call.ended', once('ended'), { ...data, reason })] : [];
}

/** What somebody is seen doing. */
export function presenceEvents(
  telling: Telling,
  { id, presences }: BaileysEventMap['presence.update'],
  book: NameBook,
): EventWrite[] {
  return Object.entries(presences).map(([jid, { lastKnownPresence, lastSeen }]) =>
    tell(telling, 'presence.updated', undefined, {
      chat: chatJid(book, bareJid(id)),
      isGroup: isGroupJid(id),
      from: partyOf(book, jid),
      presence: lastKnownPresence,
      lastSeenMs: lastSeen ? lastSeen * 1000 : null,
    }),
  );
}

export function labelEvents(telling: Telling, label: BaileysEventMap['labels.edit']): EventWrite[] {
  const { id, name, color, deleted } = label;
  const data = { labelId: id, name: bounded(name, MAX_NAME_LENGTH), color: whole(color) ?? null };
  return [tell(telling, 'label.updated', undefined, { ...data, isDeleted: deleted === true })];
}

export function labelAssociationEvents(
  telling: Telling,
  { association, type: action }: BaileysEventMap['labels.association'],
  book: NameBook,
): EventWrite[] {
  const { labelId, chatId } = association;
  const id = 'messageId' in association ? namedId(association.messageId) : undefined;
  const data = { labelId, action, chat: chatJid(book, bareJid(chatId)), messageId: id ? publicMessageId(id) : null };
  return [tell(telling, 'label.association', undefined, data)];
}

/** Changes of chats → what the person did with them; a new message moves a chat too, and that is no news. */
export function chatEvents(telling: Telling, chats: readonly Partial<BaileysChat>[], book: NameBook): EventWrite[] {
  const told = chats.flatMap((chat) => {
    const { id, archived, pinned, muteEndTime, conversationTimestamp } = chat;
    const isMessage = conversationTimestamp !== undefined;
    const isArchived = isMessage ? null : (archived ?? null);
    const isPinned = pinned === undefined ? null : Boolean(pinned);
    const mutedUntilMs = muteEndTime === undefined ? null : muteEnd(muteEndTime);
    if (!id || (isArchived === null && isPinned === null && mutedUntilMs === null)) return [];
    const about = { chat: chatJid(book, bareJid(id)), isGroup: isGroupJid(id), ephemeralSeconds: null };
    return [tell(telling, 'chat.updated', undefined, { ...about, isArchived, isPinned, mutedUntilMs })];
  });
  return told.length > MAX_CHAT_NEWS ? [] : told;
}

/** The phone says -1 for ever, nothing for not at all. */
function muteEnd(value: unknown): number {
  if (value === null) return 0;
  return whole(value) ?? -1;
}
