import type { Chat, Label, LabelAssociation } from '../model/chat.ts';
import type { Page } from './messages.ts';

export interface ChatFilter {
  archived?: boolean;
  unreadOnly?: boolean;
  isGroup?: boolean;
  /** Beginning of a word of the name, in any case, or of the phone number's digits. */
  search?: string;
}

/** Chats and labels as the session has heard of them: read without it. */
export interface ChatStore {
  get(instanceId: string, chatId: string): Promise<Chat | undefined>;
  /** The chats of these ids that exist, at most 100, in any order. */
  getMany(instanceId: string, ids: readonly string[]): Promise<Chat[]>;
  /** Latest activity first. After a long search for little a page may be short although there is more. */
  list(instanceId: string, filter: ChatFilter, limit: number, cursor?: string): Promise<Page<Chat>>;
  /** All labels, deleted ones too; WhatsApp allows 20 at a time. */
  listLabels(instanceId: string): Promise<Label[]>;
  /** What a label is on, chats and messages, in no order that means anything. */
  listLabelled(instanceId: string, labelId: string, limit: number, cursor?: string): Promise<Page<LabelAssociation>>;
  /** Those of the labels (at most 100) that are on a message. */
  labelsOfMessage(
    instanceId: string,
    chat: string,
    messageId: string,
    labelIds: readonly string[],
  ): Promise<LabelAssociation[]>;
}
