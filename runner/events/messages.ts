import {
  getContentType,
  normalizeMessageContent,
  proto,
  type WAMessage,
  type WAMessageKey,
} from '../../lib/baileys/index.ts';
import type { LastMessage } from '../../lib/core/model/chat.ts';
import type { Command, Outcome } from '../../lib/core/model/command.ts';
import { isAddOnId } from '../../lib/core/model/ids.ts';
import {
  contactId,
  type Message,
  type MessageParts,
  OUT_SCOPE,
  type Party,
  sentText,
  sentType,
} from '../../lib/core/model/message.ts';
import { isGroupJid } from '../../lib/core/model/phone.ts';
import type { MessageFields, SessionWrite } from '../../lib/core/ports/session-store.ts';
import { addressOf } from './address.ts';
import { contentOf, namedId, receivedMediaOf, textOf } from './content.ts';
import { bounded, chatJid, type NameBook, NOBODY, partyOf } from './parties.ts';
import { isGroupStub } from './stubs.ts';

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
  pollCreationMessageV4: 'poll',
  pollCreationMessageV5: 'poll',
};

/** Senders choose these; a row that outgrows DynamoDB's item limit would stop the whole session. */
export const MAX_TEXT_LENGTH = 65_536;
const MAX_NAME_LENGTH = 256;
const MAX_PREVIEW_LENGTH = 256;

/** What Baileys upserts but nobody wrote: key distribution and sync, and what has events of its own. */
const NOT_CONTENT = new Set([
  'protocolMessage',
  'senderKeyDistributionMessage',
  'messageContextInfo',
  'pollUpdateMessage',
  'reactionMessage',
  'encReactionMessage',
  'secretEncryptedMessage',
  'encEventResponseMessage',
  'pinInChatMessage',
  'keepInChatMessage',
  'messageHistoryBundle',
  'placeholderMessage',
]);

const { StubType } = proto.WebMessageInfo;

/** Type of a message that cannot be read: it gives way to the message itself. */
export const UNDECRYPTABLE = 'undecryptable';

/** Who wrote a message, seen from outside of the chat. In a chat of two with us as the author: the other one. */
export function authorOf({ key }: Pick<WAMessage, 'key'>, book: NameBook): Party {
  const { remoteJid, participant } = addressOf({ key });
  if (participant) return partyOf(book, participant, key.participantAlt);
  return isGroupJid(remoteJid) ? NOBODY : partyOf(book, remoteJid, key.remoteJidAlt);
}

/** The type of what is in a message; undefined for what nobody wrote. */
export function typeOfContent(content: proto.IMessage): string | undefined {
  const field = getContentType(content);
  if (!field || NOT_CONTENT.has(field)) return undefined;
  if (content.audioMessage?.ptt) return 'voice';
  return TYPES[field] ?? field.replace(/Message(V\d+)?$/, '');
}

/** The type of a message; undefined for what nobody wrote, or is told otherwise. */
function typeOf(message: WAMessage): string | undefined {
  const content = normalizeMessageContent(message.message);
  if (content && getContentType(content)) return typeOfContent(content);
  const stub = message.messageStubType ?? StubType.UNKNOWN;
  if (message.key.fromMe || content) return undefined;
  if (stub === StubType.CIPHERTEXT) return UNDECRYPTABLE;
  if (message.key.isViewOnce && stub === StubType.UNKNOWN) return 'viewOnce';
  return stub === StubType.UNKNOWN || stub === StubType.REVOKE || isGroupStub(stub) ? undefined : 'system';
}

/**
 * A message as Baileys upserts it → the rows it becomes; [] when it is nothing that a person wrote. Of one that could
 * not be decrypted the row is a placeholder, whenever the message itself comes. Pure. `nowMs` stands in for a missing
 * WhatsApp time; `isNew`: it counts as unread.
 */
export function messageWrites(message: WAMessage, book: NameBook, nowMs: number, isNew = false): SessionWrite[] {
  const { key } = message;
  const type = typeOf(message);
  if (!type || !namedId(key.id) || !key.remoteJid) return [];
  const content = normalizeMessageContent(message.message) ?? {};
  const { remoteJid, participant, scope } = addressOf(message);
  const author = authorOf(message, book);
  const chat = chatJid(book, remoteJid, key.remoteJidAlt);
  const timestampMs = secondsToMs(message.messageTimestamp) ?? nowMs;
  const sent = key.fromMe === true;
  const fields = {
    direction: sent ? ('sent' as const) : ('received' as const),
    chat,
    address: { remoteJid, ...(participant ? { participant } : {}) },
    party: author,
    authorName: sent ? null : bounded(message.pushName, MAX_NAME_LENGTH),
    type,
    text: bounded(textOf(content), MAX_TEXT_LENGTH),
    ...mediaFields(message),
    ...partsOf(message, book),
    isAutoReply: false,
    commandId: null,
    timestampMs,
  };
  const row = { kind: 'message' as const, id: key.id as string, scope };
  const writes: SessionWrite[] = [
    type === UNDECRYPTABLE
      ? { ...row, placeholder: fields }
      : { ...row, set: fields, ...(sent ? { once: { sentAtMs: timestampMs } } : {}) },
    chatOfMessage(row, fields, isNew),
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

/** What the chat's row shows of a message. */
export function lastMessageOf({ id, scope }: { id: string; scope: string }, fields: MessageFields): LastMessage {
  return {
    id,
    fromMe: scope === OUT_SCOPE,
    address: fields.address ?? { remoteJid: fields.chat ?? '' },
    type: fields.type ?? 'unknown',
    text: bounded(fields.text, MAX_PREVIEW_LENGTH),
    timestampMs: fields.timestampMs ?? 0,
  };
}

/** A message → the change of its chat: it moves up and shows the message, if that can be read. */
export function chatOfMessage(
  row: { id: string; scope: string },
  fields: MessageFields & { chat: string; timestampMs: number },
  isNew: boolean,
): Extract<SessionWrite, { kind: 'chat' }> {
  const { chat, direction, authorName, timestampMs, type } = fields;
  const isGroup = isGroupJid(chat);
  const isReadable = type !== UNDECRYPTABLE;
  const isReceived = direction === 'received';
  return {
    kind: 'chat',
    id: chat,
    set: {
      isGroup,
      lastMessageAtMs: timestampMs,
      ...(isReadable ? { lastMessage: lastMessageOf(row, fields) } : {}),
      ...(isReceived && !isGroup && authorName ? { pushName: authorName } : {}),
    },
    ...(isReceived && isReadable && isNew ? { unread: 1 } : {}),
  };
}

/** The good end of a command that sends → the change of its chat. */
export function sentToChat(
  { messageId, operation, input }: Pick<Command, 'messageId' | 'operation' | 'input'>,
  outcome: Outcome,
  book: NameBook,
): SessionWrite[] {
  const { to } = (input ?? {}) as { to?: unknown };
  const { timestampMs } = (outcome.state === 'done' ? outcome.output : {}) as { timestampMs?: number };
  if (typeof to !== 'string' || timestampMs === undefined || !messageId) return [];
  if (!/@(s\.whatsapp\.net|lid|g\.us)$/.test(to)) return [];
  const type = sentType(operation);
  const fields = { chat: chatJid(book, to), direction: 'sent' as const, address: { remoteJid: to }, type, timestampMs };
  return [chatOfMessage({ id: messageId, scope: OUT_SCOPE }, { ...fields, text: sentText(input) }, false)];
}

/** Of a file only what says how to get it; the rest is in its event. */
function mediaFields(message: WAMessage): { media?: Message['media'] } {
  const media = receivedMediaOf(message);
  if (!media) return {};
  const { id, mimetype, size, fileName, sha256, seconds } = media;
  return { media: { id, mimetype, size, fileName, sha256, seconds } };
}

/** What a list shows of the rest. */
function partsOf(message: WAMessage, book: NameBook): { parts?: MessageParts } {
  const { quoted, location, contacts, poll } = contentOf(message, book);
  const parts = {
    ...(quoted && { quoted }),
    ...(location && { location }),
    ...(contacts.length > 0 && { contacts: contacts.map(({ name, phones }) => ({ name, phones })) }),
    ...(poll && { poll }),
  };
  return Object.keys(parts).length > 0 ? { parts } : {};
}

/** Status numbers of WhatsApp: 0 error, 1 pending, 2 server ack, 3 delivered, 4 read, 5 played. */
export function statusWrites(key: WAMessageKey, status: number | null | undefined, nowMs: number): SessionWrite[] {
  if (!isOwnMessage(key) || status === null || status === undefined) return [];
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

/** Own receipt of another device of the account: a received message was read there. */
export function ownReadWrites(
  key: WAMessageKey,
  status: number | null | undefined,
  book: NameBook,
  nowMs: number,
): SessionWrite[] {
  if (key.fromMe || !key.id || !key.remoteJid || !status || status < 4) return [];
  const { remoteJid, scope } = addressOf({ key });
  return [
    { kind: 'message', id: key.id, scope, once: { readAtMs: nowMs } },
    { kind: 'chat', id: chatJid(book, remoteJid), set: { unread: 0, markedUnread: null } },
  ];
}

/** Of what is done to messages, receipts tell nothing. */
function isOwnMessage(key: WAMessageKey): key is WAMessageKey & { id: string } {
  return key.fromMe === true && typeof key.id === 'string' && !isAddOnId(key.id);
}

/** Group receipts name each reader; the message counts as delivered or read from the first of them on. */
export function receiptWrites(key: WAMessageKey, receipt: proto.IUserReceipt, nowMs: number): SessionWrite[] {
  if (!isOwnMessage(key)) return [];
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
