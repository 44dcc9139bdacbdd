import type { BaileysEventMap } from '../../lib/baileys/index.ts';
import { bareJid } from '../../lib/core/model/phone.ts';
import type { SessionWrite } from '../../lib/core/ports/session-store.ts';
import { namedId, whole } from './content.ts';
import { bounded, chatJid, type NameBook } from './parties.ts';

const LABEL_ID = /^[A-Za-z0-9_-]{1,32}$/;
const MAX_NAME_LENGTH = 256;

/** A label as the phone has made, changed or deleted it → its row. Pure. */
export function labelWrites({ id, name, color, deleted }: BaileysEventMap['labels.edit']): SessionWrite[] {
  if (!LABEL_ID.test(id)) return [];
  const label = { id, name: bounded(name, MAX_NAME_LENGTH) ?? '', color: whole(color) ?? 0, deleted: deleted === true };
  return [{ kind: 'label', label }];
}

/** A label put on or taken off → its rows: what is labelled, and of a chat the chat. Pure. */
export function labelledWrites(
  { association, type }: BaileysEventMap['labels.association'],
  book: NameBook,
): SessionWrite[] {
  const { labelId, chatId } = association;
  const messageId = 'messageId' in association ? namedId(association.messageId) : null;
  if (!LABEL_ID.test(labelId) || messageId === undefined) return [];
  const chat = chatJid(book, bareJid(chatId));
  const on = type === 'add';
  const labelled: SessionWrite = { kind: 'labelled', association: { labelId, chat, messageId }, on };
  if (messageId !== null) return [labelled];
  return [labelled, { kind: 'chat', id: chat, set: {}, labels: { [labelId]: on } }];
}
