import { getContentType, normalizeMessageContent, proto, type WAMessage } from '../../lib/baileys/index.ts';
import type { EventData } from '../../lib/core/catalogue/events.ts';
import { PLAIN_CONTENT } from '../../lib/core/catalogue/message-events.ts';
import { publicMessageId } from '../../lib/core/model/ids.ts';
import { receivedMediaId } from '../../lib/core/model/media.ts';
import { addressOf } from './address.ts';
import { bounded, type NameBook, partyOf } from './parties.ts';

/** What a message carries beside its text. */
export type MessageContent = Omit<
  EventData<'message.received'>,
  'messageId' | 'chat' | 'from' | 'authorName' | 'isGroup' | 'type' | 'text' | 'timestampMs'
>;

/** Senders choose all of this: what outgrows a row, or a number no row takes, would stop the whole session. */
const MAX_NAME_LENGTH = 256;
const MAX_QUOTED_LENGTH = 1_024;
const MAX_VCARD_LENGTH = 2_048;
const MAX_CONTACTS = 20;
const MAX_OPTIONS = 20;
const MAX_MENTIONS = 256;
/** WhatsApp's ids, and what a route takes as one. */
const MESSAGE_ID = /^[A-Za-z0-9._-]{4,128}$/;

/** An id that a message names, or undefined where no message of ours can have it. */
export function namedId(id: string | null | undefined): string | undefined {
  return id && MESSAGE_ID.test(id) ? id : undefined;
}

/** The text or caption of a message, or null. */
export function textOf(content: proto.IMessage): string | null {
  return (
    content.conversation ??
    content.extendedTextMessage?.text ??
    content.imageMessage?.caption ??
    content.videoMessage?.caption ??
    content.ptvMessage?.caption ??
    content.documentMessage?.caption ??
    content.liveLocationMessage?.caption ??
    content.groupInviteMessage?.caption ??
    content.buttonsResponseMessage?.selectedDisplayText ??
    content.templateButtonReplyMessage?.selectedDisplayText ??
    content.listResponseMessage?.title ??
    content.interactiveResponseMessage?.body?.text ??
    content.interactiveMessage?.body?.text ??
    content.eventMessage?.name ??
    pollOf(content)?.question ??
    null
  );
}

/** A copy of a file's message under another caption; undefined for what has none. */
export function withCaption(content: proto.IMessage, caption: string): proto.IMessage | undefined {
  for (const field of ['imageMessage', 'videoMessage', 'documentMessage'] as const) {
    if (content[field]) return { [field]: { ...content[field], caption, contextInfo: null } };
  }
  return undefined;
}

/** What a message as Baileys gives it carries beside its text. Pure. */
export function contentOf(message: WAMessage, book: NameBook): MessageContent {
  const content = normalizeMessageContent(message.message);
  const field = content ? getContentType(content) : undefined;
  if (!content || !field) {
    return { ...PLAIN_CONTENT, isViewOnce: message.key.isViewOnce === true, system: systemOf(message) };
  }
  const carrier = content[field] as { contextInfo?: proto.IContextInfo | null; viewOnce?: boolean | null } | string;
  const context = typeof carrier === 'string' ? undefined : carrier?.contextInfo;
  return {
    media: receivedMediaOf(message),
    location: locationOf(content),
    contacts: contactsOf(content),
    poll: pollOf(content),
    quoted: quotedOf(context, book),
    mentions: (context?.mentionedJid ?? []).slice(0, MAX_MENTIONS).map((jid) => partyOf(book, jid)),
    isForwarded: context?.isForwarded === true || (context?.forwardingScore ?? 0) > 0,
    ephemeralSeconds: whole(context?.expiration) || null,
    isViewOnce: message.key.isViewOnce === true || isViewOnce(message.message, carrier),
    system: null,
  };
}

/** The question and options of a poll, or null. Options of the same name are one option to WhatsApp too. */
export function pollOf(content: proto.IMessage): MessageContent['poll'] {
  const poll =
    content.pollCreationMessage ??
    content.pollCreationMessageV2 ??
    content.pollCreationMessageV3 ??
    content.pollCreationMessageV4?.message?.pollCreationMessage ??
    content.pollCreationMessageV5;
  if (!poll) return null;
  const names = (poll.options ?? []).map(({ optionName }) => optionName ?? '');
  return {
    question: (poll.name ?? '').slice(0, MAX_NAME_LENGTH),
    options: names.slice(0, MAX_OPTIONS).map((name) => name.slice(0, MAX_NAME_LENGTH)),
    maxChoices: whole(poll.selectableOptionsCount) ?? 0,
  };
}

/** Protobuf's 64-bit numbers come as Long. undefined for what is no whole number that a row takes. */
export function whole(value: unknown): number | undefined {
  if (value === null || value === undefined) return undefined;
  const number = Number(String(value));
  return Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

function mediaOf(content: proto.IMessage, id: string | null): MessageContent['media'] {
  const file: Partial<proto.Message.IVideoMessage & proto.Message.IDocumentMessage> | undefined = fileOf(content)?.file;
  if (!file) return null;
  return {
    ...{ id, url: null },
    mimetype: bounded(file.mimetype, MAX_NAME_LENGTH),
    size: whole(file.fileLength) ?? null,
    fileName: bounded(file.fileName, MAX_NAME_LENGTH),
    seconds: whole(file.seconds) ?? null,
    sha256: file.fileSha256?.length === 32 ? Buffer.from(file.fileSha256).toString('hex') : null,
    width: whole(file.width) ?? null,
    height: whole(file.height) ?? null,
  };
}

/** Kinds of keys that WhatsApp's files are encrypted with. */
const FILES = {
  imageMessage: 'image',
  videoMessage: 'video',
  ptvMessage: 'video',
  audioMessage: 'audio',
  documentMessage: 'document',
  stickerMessage: 'sticker',
} as const;

/** The part of a message that points to a file. */
export function fileOf(content: proto.IMessage) {
  for (const [field, kind] of Object.entries(FILES) as [keyof typeof FILES, (typeof FILES)[keyof typeof FILES]][]) {
    const file = content[field];
    if (file) return { kind, file };
  }
  return undefined;
}

/** The facts of the file that a received message points to, under the id that it has here; null when it has none. */
export function receivedMediaOf(message: WAMessage): MessageContent['media'] {
  const content = normalizeMessageContent(message.message) ?? {};
  const file = fileOf(content)?.file;
  const id = namedId(message.key.id);
  const isFetchable = id && file?.mediaKey?.length && file.directPath && !message.key.fromMe;
  return mediaOf(content, isFetchable ? receivedMediaId(addressOf(message).scope, id) : null);
}

function locationOf({ locationMessage, liveLocationMessage }: proto.IMessage): MessageContent['location'] {
  const place = locationMessage ?? liveLocationMessage;
  const latitude = degrees(place?.degreesLatitude, 90);
  const longitude = degrees(place?.degreesLongitude, 180);
  if (latitude === undefined || longitude === undefined) return null;
  return {
    latitude,
    longitude,
    name: bounded(locationMessage?.name, MAX_NAME_LENGTH),
    address: bounded(locationMessage?.address, MAX_QUOTED_LENGTH),
    isLive: liveLocationMessage != null || locationMessage?.isLive === true,
  };
}

/** To a centimetre; undefined for what lies nowhere on earth. */
function degrees(value: number | null | undefined, max: number): number | undefined {
  if (typeof value !== 'number' || !(Math.abs(value) <= max)) return undefined;
  return Math.round(value * 1e7) / 1e7;
}

function contactsOf({ contactMessage, contactsArrayMessage }: proto.IMessage): MessageContent['contacts'] {
  const contacts = contactMessage ? [contactMessage] : (contactsArrayMessage?.contacts ?? []);
  return contacts.slice(0, MAX_CONTACTS).map(({ displayName, vcard }) => ({
    name: bounded(displayName, MAX_NAME_LENGTH),
    phones: [...(vcard ?? '').slice(0, MAX_VCARD_LENGTH).matchAll(/waid=(\d{5,20})\b/g)].map(
      ([, phone]) => phone ?? '',
    ),
    vcard: bounded(vcard, MAX_VCARD_LENGTH),
  }));
}

function quotedOf(context: proto.IContextInfo | null | undefined, book: NameBook): MessageContent['quoted'] {
  const id = namedId(context?.stanzaId);
  if (!id) return null;
  const quoted = normalizeMessageContent(context?.quotedMessage);
  return {
    messageId: publicMessageId(id),
    from: partyOf(book, context?.participant),
    text: quoted ? bounded(textOf(quoted), MAX_QUOTED_LENGTH) : null,
  };
}

function isViewOnce(message: proto.IMessage | null | undefined, carrier: { viewOnce?: boolean | null } | string) {
  const { viewOnceMessage, viewOnceMessageV2, viewOnceMessageV2Extension } = message?.ephemeralMessage?.message ?? {
    ...message,
  };
  const isWrapped = viewOnceMessage ?? viewOnceMessageV2 ?? viewOnceMessageV2Extension;
  return isWrapped != null || (typeof carrier !== 'string' && carrier?.viewOnce === true);
}

function systemOf({ messageStubType }: WAMessage): MessageContent['system'] {
  const name = messageStubType ? proto.WebMessageInfo.StubType[messageStubType] : undefined;
  return name && messageStubType !== proto.WebMessageInfo.StubType.CIPHERTEXT ? { code: name.toLowerCase() } : null;
}
