import { createHash } from 'node:crypto';
import { publicMessageId } from './ids.ts';

export type MessageDirection = 'sent' | 'received';
export type MessageStatus =
  | 'SCHEDULED'
  | 'CANCELLED'
  | 'QUEUED'
  | 'SENT'
  | 'DELIVERED'
  | 'READ'
  | 'FAILED'
  | 'UNKNOWN'
  | 'RECEIVED';

/** A person as WhatsApp knows them: both names where known. `phone` is digits, `lid` the LID user part. */
export interface Party {
  phone: string | null;
  lid: string | null;
}

/**
 * A message of an instance. Its status is never stored: it follows from the moments that are, so receipts may arrive
 * in any order, twice, or before the message itself.
 */
export interface Message {
  instanceId: string;
  /** WhatsApp's id; `publicMessageId` makes the caller's. */
  id: string;
  direction: MessageDirection;
  /** JID of the chat, by phone number where known. */
  chat: string;
  /** How WhatsApp addressed a received message; receipts must repeat it. */
  address: { remoteJid: string; participant?: string } | null;
  /** Whom it came from or went to (the author in a group). */
  party: Party;
  /** Push name of the author, where received. */
  authorName: string | null;
  type: string;
  /** The text or caption, as it was written. */
  text: string | null;
  /** The file that a received message points to; absent or null: it has none. `id`: null where it cannot be fetched. */
  media?: MessageMedia | null;
  /** What it carries beside that; absent or null: nothing. */
  parts?: MessageParts | null;
  /** Of everybody who has reacted, in no order; absent: nobody has. */
  reactions?: Reaction[];
  /** The newest text that its author gave it afterwards, and when. */
  edit: { text: string | null; atMs: number } | null;
  isAutoReply: boolean;
  commandId: string | null;
  /** All in ms since epoch. `timestampMs`: accepted for sent ones, WhatsApp's own time for received ones. */
  timestampMs: number;
  /** Of one that was scheduled: for when, when that had come, when it was cancelled. Absent or null: not. */
  sendAtMs?: number | null;
  releasedAtMs?: number | null;
  cancelledAtMs?: number | null;
  sentAtMs: number | null;
  deliveredAtMs: number | null;
  readAtMs: number | null;
  failedAtMs: number | null;
  /** Set while nobody knows whether WhatsApp took it. */
  unknownAtMs: number | null;
  /** Taken back for everyone. Its text stays. */
  revokedAtMs: number | null;
  error: { code: string; message: string } | null;
}

export interface MessageMedia {
  id: string | null;
  mimetype: string | null;
  size: number | null;
  fileName: string | null;
  /** Hex. */
  sha256: string | null;
  seconds: number | null;
}

/** What lists show of a message beside text and file; absent: it has none of it. */
export interface MessageParts {
  /** What it replies to, by its public id. `from`, `text`: as the reply repeats them, where it was received. */
  quoted?: { messageId: string; from: Party | null; text: string | null };
  location?: { latitude: number; longitude: number; name: string | null; address: string | null; isLive: boolean };
  contacts?: { name: string | null; phones: string[] }[];
  /** `maxChoices` 0: any number of options. */
  poll?: { question: string; options: string[]; maxChoices: number };
}

export interface Reaction {
  emoji: string;
  /** null: the instance itself. */
  from: Party | null;
  atMs: number;
}

/** The field of a row for the reaction of one person; of the instance itself without one. */
export function reactionField(from: Party | null): `reaction:${string}` {
  return `reaction:${from === null ? 'me' : (contactId(from) ?? 'somebody')}`;
}

/** Scope of the messages that we send: their ids are ours. */
export const OUT_SCOPE = 'out';

/** Scope of a received message: its sender chose the id, so chat and author tell two of the same id apart. */
export function receivedScope(remoteJid: string, participant?: string | null): string {
  return createHash('sha256')
    .update(`${remoteJid}|${participant ?? ''}`)
    .digest('hex')
    .slice(0, 12);
}

/** READ beats DELIVERED beats SENT; a failure counts only while nothing good is known. */
export function messageStatus(message: Message): MessageStatus {
  if (message.direction === 'received') return message.readAtMs ? 'READ' : 'RECEIVED';
  if (message.readAtMs) return 'READ';
  if (message.deliveredAtMs) return 'DELIVERED';
  if (message.sentAtMs) return 'SENT';
  if (message.failedAtMs) return 'FAILED';
  if (message.unknownAtMs) return 'UNKNOWN';
  if (message.cancelledAtMs) return 'CANCELLED';
  return message.sendAtMs && !message.releasedAtMs ? 'SCHEDULED' : 'QUEUED';
}

export interface Contact {
  instanceId: string;
  /** Canonical key: the LID where known, else the phone number. */
  id: string;
  phone: string | null;
  lid: string | null;
  /** Name in the phone's address book, then the name they gave themselves. */
  name: string | null;
  pushName: string | null;
  /** As this gateway last set it, or heard. */
  blocked: boolean;
}

/** Key of a person: the LID where known, since everybody has one; else the phone number; undefined for nobody. */
export function contactId({ phone, lid }: Party): string | undefined {
  return lid ? `lid:${lid}` : phone ? `pn:${phone}` : undefined;
}

/** Types of sent messages that are not called after their operation. */
const SENT_TYPES: Record<string, string> = { link: 'text', liveLocation: 'location', contacts: 'contact' };

/** The type of a message by the operation that sends it: `message.sendText` → `text`. */
export function sentType(operation: string): string {
  const name = operation.replace(/^\w+\.(send)?/, '');
  const type = name.charAt(0).toLowerCase() + name.slice(1);
  return SENT_TYPES[type] ?? type;
}

/** The words of a message in the input of the operation that sends it; null: it has none. */
export function sentText(input: unknown): string | null {
  const { text, caption, question, url } = (input ?? {}) as Record<string, string | undefined>;
  return text ?? caption ?? question ?? url ?? null;
}

/** What else is in the input of an operation that sends; null: nothing. */
export function sentParts(input: unknown): MessageParts | null {
  const fields = (input ?? {}) as SentFields;
  const { quotedMessageId, latitude, longitude, contact, contacts = contact && [contact], question, options } = fields;
  const parts: MessageParts = {
    ...(quotedMessageId && { quoted: { messageId: publicMessageId(quotedMessageId), from: null, text: null } }),
    ...(latitude !== undefined &&
      longitude !== undefined && {
        location: {
          ...{ latitude, longitude, name: fields.name ?? null, address: fields.address ?? null },
          isLive: fields.sequence !== undefined,
        },
      }),
    ...(contacts && { contacts: contacts.map(({ name, phone }) => ({ name, phones: phone ? [phone] : [] })) }),
    ...(question && options && { poll: { question, options, maxChoices: fields.maxChoices ?? 0 } }),
  };
  return Object.keys(parts).length > 0 ? parts : null;
}

interface SentFields {
  quotedMessageId?: string;
  latitude?: number;
  longitude?: number;
  name?: string;
  address?: string;
  sequence?: number;
  contact?: { name: string; phone?: string };
  contacts?: { name: string; phone?: string }[];
  question?: string;
  options?: string[];
  maxChoices?: number;
}
