import type { Chat, Contact, Message, MessageDirection } from '../model/message.ts';

export interface MessageFilter {
  direction?: MessageDirection;
  fromMs?: number;
  toMs?: number;
}

export interface Page<T> {
  items: T[];
  /** Opaque; null at the end. */
  nextCursor: string | null;
}

export interface MessageStore {
  get(instanceId: string, messageId: string): Promise<Message | undefined>;
  /** Newest first. */
  list(instanceId: string, filter: MessageFilter, limit: number, cursor?: string): Promise<Page<Message>>;
  listChats(instanceId: string): Promise<Chat[]>;
  listContacts(instanceId: string, limit: number, cursor?: string): Promise<Page<Contact>>;
}
