import type { Contact, Message, MessageDirection } from '../model/message.ts';

export interface MessageFilter {
  direction?: MessageDirection;
  fromMs?: number;
  toMs?: number;
  /** JIDs of one chat: a person's may be known by number and by LID. */
  chats?: readonly string[];
  type?: string;
}

export interface ContactFilter {
  /** Beginning of a word of a name, in any case, or of the phone number's digits. */
  search?: string;
}

export interface Page<T> {
  items: T[];
  /** Opaque; null at the end. */
  nextCursor: string | null;
}

export interface MessageStore {
  get(instanceId: string, messageId: string): Promise<Message | undefined>;
  /** Those of these sent messages that are there, by id. Consistent reads, side by side. */
  getSent(places: readonly { instanceId: string; messageId: string }[]): Promise<Map<string, Message>>;
  /**
   * Newest first. With a filter on what is not in the index, a page may be short, even empty, although there is more:
   * `nextCursor` says so.
   */
  list(instanceId: string, filter: MessageFilter, limit: number, cursor?: string): Promise<Page<Message>>;
  /** In no order that means anything. After a long search for little a page may be short although there is more. */
  listContacts(instanceId: string, filter: ContactFilter, limit: number, cursor?: string): Promise<Page<Contact>>;
  /** The contacts of these ids that exist, at most 100, in any order. */
  getContacts(instanceId: string, ids: readonly string[]): Promise<Contact[]>;
}
