/** The newest message of a chat as its row carries it: enough to show, and to name it to WhatsApp. */
export interface LastMessage {
  /** WhatsApp's id. */
  id: string;
  fromMe: boolean;
  /** How WhatsApp addressed it; receipts and changes of the chat must repeat it. */
  address: { remoteJid: string; participant?: string };
  type: string;
  /** The beginning of the text or caption. */
  text: string | null;
  timestampMs: number;
}

/** Mutes without end. */
export const MUTED_FOREVER = -1;

export interface Chat {
  instanceId: string;
  /** JID, by phone number where known. */
  id: string;
  /** Subject of a group; a person's name in the phone's address book. */
  name: string | null;
  /** The name that the person gave themselves. */
  pushName: string | null;
  isGroup: boolean;
  /** Chats without any are in no list. */
  lastMessageAtMs: number | null;
  lastMessage: LastMessage | null;
  /** Received messages that nobody has read. */
  unread: number;
  /** Marked as unread by hand, whatever the count. */
  markedUnread: boolean;
  archived: boolean;
  pinnedAtMs: number | null;
  /** ms since epoch; -1: for ever. */
  mutedUntilMs: number | null;
  /** Messages up to this moment were cleared away. */
  clearedAtMs: number | null;
  /** Ids of the labels on it. */
  labels: string[];
}

/** A label of a business account. */
export interface Label {
  id: string;
  name: string;
  /** One of WhatsApp's 20 colours, from 0. */
  color: number;
  /** Deleted ones are kept, so that an id is never given away twice. */
  deleted: boolean;
}

/** What a label is on. `messageId`: WhatsApp's; null: the chat itself. */
export interface LabelAssociation {
  labelId: string;
  chat: string;
  messageId: string | null;
}

/** Is it muted at this moment? */
export function isMuted({ mutedUntilMs }: Pick<Chat, 'mutedUntilMs'>, nowMs: number): boolean {
  return mutedUntilMs === MUTED_FOREVER || (mutedUntilMs ?? 0) > nowMs;
}
