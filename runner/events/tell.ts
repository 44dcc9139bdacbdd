import type { EventData, EventName, InstanceEvent } from '../../lib/core/catalogue/events.ts';
import { PLAIN_CONTENT } from '../../lib/core/catalogue/message-events.ts';
import type { Command, Outcome } from '../../lib/core/model/command.ts';
import { publicMessageId, sha256Hex } from '../../lib/core/model/ids.ts';
import type { AccountHealth, InstanceState } from '../../lib/core/model/instance.ts';
import { OUT_SCOPE, type Party } from '../../lib/core/model/message.ts';
import { isGroupJid } from '../../lib/core/model/phone.ts';
import type { MessageMoments, SessionWrite } from '../../lib/core/ports/session-store.ts';
import type { MessageContent } from './content.ts';
import { UNDECRYPTABLE } from './messages.ts';
import { chatJid, type NameBook, NOBODY, partyOf } from './parties.ts';

/** What is told of, by the rows that it becomes. Everything here is pure; `nowMs` is when it became known. */
export interface Telling {
  instanceId: string;
  nowMs: number;
}

type MessageWrite = Extract<SessionWrite, { kind: 'message' }>;
export type EventWrite = Extract<SessionWrite, { kind: 'event' }>;

/** Larger batches of contacts are a sync of the address book, not news. */
const MAX_CONTACT_NEWS = 20;

/** A new message's rows → that it came in, came in unreadable, or was written on the phone itself. */
export function messageEvents(
  telling: Telling,
  writes: readonly SessionWrite[],
  content: MessageContent = PLAIN_CONTENT,
): EventWrite[] {
  return writes.flatMap((write) => {
    if (write.kind !== 'message') return [];
    if (write.placeholder?.type === UNDECRYPTABLE) return [undecryptable(telling, write)];
    if (!write.set?.direction) return [];
    return [write.set.direction === 'received' ? received(telling, write, content) : writtenOnPhone(telling, write)];
  });
}

/** What names the arrival of a message, whichever way it comes. */
export function arrivalOf({ scope, id }: Pick<MessageWrite, 'scope' | 'id'>): string {
  return `received|${scope}|${id}`;
}

function received(telling: Telling, { id, scope, set = {} }: MessageWrite, content: MessageContent): EventWrite {
  const chat = set.chat ?? '';
  return tell(telling, 'message.received', arrivalOf({ scope, id }), {
    messageId: publicMessageId(id),
    chat,
    from: set.party ?? NOBODY,
    authorName: set.authorName ?? null,
    isGroup: isGroupJid(chat),
    type: set.type ?? 'unknown',
    text: set.text ?? null,
    timestampMs: set.timestampMs ?? telling.nowMs,
    ...content,
  });
}

function undecryptable(telling: Telling, { id, scope, placeholder = {} }: MessageWrite): EventWrite {
  const chat = placeholder.chat ?? '';
  return tell(telling, 'message.undecryptable', `undecryptable|${scope}|${id}`, {
    messageId: publicMessageId(id),
    chat,
    isGroup: isGroupJid(chat),
    from: placeholder.party ?? NOBODY,
    authorName: placeholder.authorName ?? null,
    timestampMs: placeholder.timestampMs ?? telling.nowMs,
  });
}

function writtenOnPhone(telling: Telling, { id, set = {} }: MessageWrite): EventWrite {
  return tell(telling, 'message.sent', `${id}|sent`, {
    messageId: publicMessageId(id),
    chat: set.chat ?? '',
    to: set.party ?? NOBODY,
    timestampMs: set.timestampMs ?? telling.nowMs,
    source: 'phone',
    isAutoReply: false,
  });
}

/** The rows of receipts → that their messages were delivered or read. Who reads has been delivered to. */
export function receiptEvents(
  telling: Telling,
  writes: readonly SessionWrite[],
  remoteJid: string | null | undefined,
  book: NameBook,
): EventWrite[] {
  return writes.flatMap((write) => {
    if (write.kind !== 'message' || write.scope !== OUT_SCOPE) return [];
    const reached = (name: 'message.delivered' | 'message.read', moment: keyof MessageMoments, what: string) => {
      const timestampMs = write.once?.[moment];
      if (!timestampMs) return [];
      const messageId = publicMessageId(write.id);
      return [tell(telling, name, `${write.id}|${what}`, { messageId, ...place(remoteJid, book), timestampMs })];
    };
    return [
      ...reached('message.delivered', 'deliveredAtMs', 'delivered'),
      ...reached('message.read', 'readAtMs', 'read'),
    ];
  });
}

/** The end of a command that sends → what became of its message; [] while nobody knows. */
export function outcomeEvents(
  telling: Telling,
  { messageId: id, input }: Pick<Command, 'messageId' | 'input'>,
  outcome: Outcome,
  book: NameBook,
): EventWrite[] {
  if (!id || outcome.state === 'unknown') return [];
  const { to, isAutoReply } = (input ?? {}) as { to?: unknown; isAutoReply?: unknown };
  const message = { messageId: publicMessageId(id), ...place(typeof to === 'string' ? to : null, book) };
  if (outcome.state === 'failed') {
    const { code, message: reason } = outcome.error;
    return [tell(telling, 'message.failed', `${id}|failed`, { ...message, timestampMs: telling.nowMs, code, reason })];
  }
  const timestampMs = (outcome.output as { timestampMs?: number }).timestampMs ?? telling.nowMs;
  const sent = { ...message, timestampMs, source: 'api' as const, isAutoReply: isAutoReply === true };
  return [tell(telling, 'message.sent', `${id}|sent`, sent)];
}

/** Rows of contacts → what has become known; the same name and numbers are news once. */
export function contactEvents(telling: Telling, writes: readonly SessionWrite[]): EventWrite[] {
  const named = writes.filter((write) => write.kind === 'contact').filter(({ set }) => set.name || set.pushName);
  if (named.length > MAX_CONTACT_NEWS) return [];
  return named.map(({ id, set }) => {
    const data = { phone: set.phone ?? null, lid: set.lid ?? null, name: set.name ?? set.pushName ?? null };
    return tell(telling, 'contact.updated', `contact|${id}|${sha256Hex(JSON.stringify(data)).slice(0, 16)}`, data);
  });
}

const CONNECTION_EVENTS = {
  DISCONNECTED: 'instance.disconnected',
  CONNECTING: 'instance.connecting',
  RECONNECTING: 'instance.connecting',
  CONNECTED: 'instance.connected',
  LOGGED_OUT: 'instance.logged_out',
  CONFLICT: 'instance.conflict',
  BANNED: 'instance.error',
  ERROR: 'instance.error',
} as const;

/**
 * A change of state → what is told of it:
 *
 *   CONNECTED → CONNECTING, RECONNECTING   disconnected       linked → not linked     logged_out
 *   a QR code that was not there before    qr                 any other new status    as the table above
 *   the same status (another attempt, …)   nothing
 */
export function stateEvents(telling: Telling, before: InstanceState, after: InstanceState): EventWrite[] {
  return [...connectionEvents(telling, before, after), ...accountEvents(telling, before.account, after.account)];
}

/** Limits of the account: set, changed, lifted. */
function accountEvents(telling: Telling, before: AccountHealth | null, after: AccountHealth | null): EventWrite[] {
  const differs = (part: 'timeLock' | 'newChats') =>
    after !== null && JSON.stringify(after[part]) !== JSON.stringify(before?.[part] ?? null);
  const { timeLock = null, newChats = null } = after ?? {};
  const lock = { isActive: timeLock !== null, type: timeLock?.type ?? null, until: timeLock?.until ?? null };
  return [
    ...(differs('timeLock') ? [tell(telling, 'instance.time_lock', undefined, lock)] : []),
    ...(differs('newChats') ? [tell(telling, 'instance.new_chats', undefined, newChats ?? NO_CAP)] : []),
  ];
}

const NO_CAP = { status: 'NONE', used: null, quota: null, cycleEndsAt: null } as const;

function connectionEvents(telling: Telling, before: InstanceState, after: InstanceState): EventWrite[] {
  if (after.qr && after.qr.text !== before.qr?.text) {
    return [tell(telling, 'instance.qr', undefined, { qr: after.qr.text, expiresAt: after.qr.expiresAt })];
  }
  const unlinked = before.linked && !after.linked;
  if ((before.status === after.status && !unlinked) || after.status === 'WAITING_FOR_SCAN') return [];
  const lost = before.status === 'CONNECTED' && (after.status === 'CONNECTING' || after.status === 'RECONNECTING');
  const name = unlinked ? 'instance.logged_out' : lost ? 'instance.disconnected' : CONNECTION_EVENTS[after.status];
  const { status, phone, lastError } = after;
  const reason = after.status === 'CONNECTED' ? null : lastError;
  return [tell(telling, name, undefined, { status, phone: phone ?? before.phone, reason })];
}

function place(jid: string | null | undefined, book: NameBook): { chat: string; to: Party } {
  if (!jid) return { chat: '', to: NOBODY };
  return { chat: chatJid(book, jid), to: isGroupJid(jid) ? NOBODY : partyOf(book, jid) };
}

/** The write of an event. `once`: what happened, where it may be told twice. */
export function tell<N extends EventName>(
  { instanceId, nowMs }: Telling,
  type: N,
  once: string | undefined,
  data: EventData<N>,
): EventWrite {
  const event = { type, instanceId, timestampMs: nowMs, data } as unknown as InstanceEvent;
  return { kind: 'event', event, ...(once === undefined ? {} : { once }) };
}
