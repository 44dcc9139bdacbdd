import {
  getContentType,
  jidNormalizedUser,
  normalizeMessageContent,
  type proto,
  type WAMessage,
  type WAMessageKey,
} from '../../lib/baileys/index.ts';
import { OUT_SCOPE, receivedScope } from '../../lib/core/model/message.ts';
import { isGroupJid } from '../../lib/core/model/phone.ts';
import type { SessionWrite } from '../../lib/core/ports/session-store.ts';
import { chatJid, contactId, type NameBook, partyOf } from './parties.ts';

/** Message types by the protobuf field that carries them; the rest keep the field's own name. */
const TYPES: Record<string, string> = {
  conversation: 'text',
  extendedTextMessage: 'text',
  imageMessage: 'image',
  videoMessage: 'video',
  ptvMessage: 'video',
  audioMessage: 'audio',
  documentMessage: 'document',
  documentWithCaptionMessage: 'document',
  stickerMessage: 'sticker',
  locationMessage: 'location',
  liveLocationMessage: 'location',
  contactMessage: 'contact',
  contactsArrayMessage: 'contact',
  pollCreationMessage: 'poll',
  pollCreationMessageV2: 'poll',
  pollCreationMessageV3: 'poll',
  reactionMessage: 'reaction',
};

/** Senders choose these; a row that outgrows DynamoDB's item limit would stop the whole session. */
const MAX_TEXT_LENGTH = 65_536;
const MAX_NAME_LENGTH = 256;

function bounded(text: string | null | undefined, maxLength: number): string | null {
  return text ? text.slice(0, maxLength) : (text ?? null);
}

/** What Baileys upserts but nobody wrote: key distribution, sync, edits and revokes (they are events of their own). */
const NOT_CONTENT = new Set([
  'protocolMessage',
  'senderKeyDistributionMessage',
  'messageContextInfo',
  'pollUpdateMessage',
]);

/**
 * A message as Baileys upserts it → the rows it becomes; [] when it is nothing that a person wrote, or could not be
 * decrypted (the retry brings it again under the same id). Pure. `nowMs` stands in for a missing WhatsApp time.
 */
export function messageWrites(message: WAMessage, book: NameBook, nowMs: number): SessionWrite[] {
  const { key } = message;
  const content = normalizeMessageContent(message.message);
  const field = content ? getContentType(content) : undefined;
  if (!content || !field || NOT_CONTENT.has(field) || !key.id || !key.remoteJid) return [];
  const remoteJid = jidNormalizedUser(key.remoteJid) || key.remoteJid;
  const group = isGroupJid(remoteJid);
  const participant = group ? key.participant || undefined : undefined;
  const author = group ? partyOf(book, participant, key.participantAlt) : partyOf(book, remoteJid, key.remoteJidAlt);
  const chat = chatJid(book, remoteJid, key.remoteJidAlt);
  const timestampMs = secondsToMs(message.messageTimestamp) ?? nowMs;
  const sent = key.fromMe === true;
  const writes: SessionWrite[] = [
    {
      kind: 'message',
      id: key.id,
      scope: sent ? OUT_SCOPE : receivedScope(remoteJid, participant),
      set: {
        direction: sent ? 'sent' : 'received',
        chat,
        address: { remoteJid, ...(participant ? { participant } : {}) },
        party: author,
        authorName: sent ? null : bounded(message.pushName, MAX_NAME_LENGTH),
        type: TYPES[field] ?? field.replace(/Message(V\d+)?$/, ''),
        text: bounded(textOf(content), MAX_TEXT_LENGTH),
        isAutoReply: false,
        commandId: null,
        timestampMs,
      },
      ...(sent ? { once: { sentAtMs: timestampMs } } : {}),
    },
    { kind: 'chat', id: chat, set: { isGroup: group, lastMessageAtMs: timestampMs } },
  ];
  const id = contactId(author);
  if (!sent && id) {
    writes.push({
      kind: 'contact',
      id,
      set: {
        phone: author.phone,
        lid: author.lid,
        ...(message.pushName ? { pushName: message.pushName.slice(0, MAX_NAME_LENGTH) } : {}),
      },
    });
  }
  return writes;
}

/** The text or caption of a message, or null. */
export function textOf(content: proto.IMessage): string | null {
  return (
    content.conversation ??
    content.extendedTextMessage?.text ??
    content.imageMessage?.caption ??
    content.videoMessage?.caption ??
    content.documentMessage?.caption ??
    null
  );
}

/** Status numbers of WhatsApp: 0 error, 1 pending, 2 server ack, 3 delivered, 4 read, 5 played. */
export function statusWrites(key: WAMessageKey, status: number | null | undefined, nowMs: number): SessionWrite[] {
  if (!key.fromMe || !key.id || status === null || status === undefined) return [];
  const once =
    status >= 4
      ? { readAtMs: nowMs, deliveredAtMs: nowMs }
      : status === 3
        ? { deliveredAtMs: nowMs }
        : status === 2
          ? { sentAtMs: nowMs }
          : undefined;
  return once ? [{ kind: 'message', id: key.id, scope: OUT_SCOPE, once }] : [];
}

/** Group receipts name each reader; the message counts as delivered or read from the first of them on. */
export function receiptWrites(key: WAMessageKey, receipt: proto.IUserReceipt, nowMs: number): SessionWrite[] {
  if (!key.fromMe || !key.id) return [];
  const deliveredAtMs = secondsToMs(receipt.receiptTimestamp);
  const readAtMs = secondsToMs(receipt.readTimestamp ?? receipt.playedTimestamp);
  const once = {
    ...(readAtMs ? { readAtMs, deliveredAtMs: deliveredAtMs ?? readAtMs } : { deliveredAtMs: deliveredAtMs ?? nowMs }),
  };
  return [{ kind: 'message', id: key.id, scope: OUT_SCOPE, once }];
}

/** Protobuf seconds (number or Long) → ms, undefined when absent or zero. */
export function secondsToMs(value: unknown): number | undefined {
  const seconds = typeof value === 'number' ? value : value == null ? 0 : Number(String(value));
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined;
}
