import type { BaileysEventMap, WACallEvent } from '../../lib/baileys/index.ts';
import type { EventData } from '../../lib/core/catalogue/events.ts';
import { publicMessageId } from '../../lib/core/model/ids.ts';
import { contactId } from '../../lib/core/model/message.ts';
import { bareJid, isGroupJid } from '../../lib/core/model/phone.ts';
import type { SessionWrite } from '../../lib/core/ports/session-store.ts';
import { namedId, whole } from './content.ts';
import { bounded, chatJid, type NameBook, partyOf } from './parties.ts';
import { type EventWrite, type Telling, tell } from './tell.ts';

const MAX_NAME_LENGTH = 256;
const MAX_ID_LENGTH = 128;
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

/** What was told of people → what they were last seen doing, each in a row of its own. */
export function presenceRows(events: readonly EventWrite[]): SessionWrite[] {
  return events.flatMap(({ event }) => {
    if (event.type !== 'presence.updated' || !contactId(event.data.from)) return [];
    const { chat, from, presence, lastSeenMs } = event.data;
    const { phone, lid } = from;
    return [{ kind: 'presence', seen: { chat, phone, lid, presence, lastSeenMs, atMs: event.timestampMs } }];
  });
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
