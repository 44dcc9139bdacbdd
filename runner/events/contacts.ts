import type { Chat as BaileysChat, Contact as BaileysContact, LIDMapping } from '../../lib/baileys/index.ts';
import { bareJid, isGroupJid } from '../../lib/core/model/phone.ts';
import type { SessionWrite } from '../../lib/core/ports/session-store.ts';
import { secondsToMs } from './messages.ts';
import { chatJid, contactId, type NameBook, partyOf } from './parties.ts';

/** A contact as Baileys reports it → its row; [] for anything that is not a person. */
export function contactWrites(contact: Partial<BaileysContact>, book: NameBook): SessionWrite[] {
  const party = partyOf(book, contact.id, contact.lid, contact.phoneNumber);
  const id = contactId(party);
  if (!id) return [];
  const name = contact.name ?? contact.verifiedName;
  return [
    {
      kind: 'contact',
      id,
      set: {
        phone: party.phone,
        lid: party.lid,
        ...(name ? { name } : {}),
        ...(contact.notify ? { pushName: contact.notify } : {}),
      },
    },
  ];
}

/** A chat as Baileys reports it → its row; [] for broadcast lists, channels and the like. */
export function chatWrites(chat: Partial<BaileysChat>, book: NameBook): SessionWrite[] {
  if (!chat.id || !/@(s\.whatsapp\.net|lid|g\.us)$/.test(chat.id)) return [];
  const jid = bareJid(chat.id);
  const lastMessageAtMs = secondsToMs(chat.conversationTimestamp);
  return [
    {
      kind: 'chat',
      id: chatJid(book, jid),
      set: {
        isGroup: isGroupJid(jid),
        ...(chat.name ? { name: chat.name } : {}),
        ...(lastMessageAtMs ? { lastMessageAtMs } : {}),
        ...(typeof chat.unreadCount === 'number' ? { unread: Math.max(0, chat.unreadCount) } : {}),
      },
    },
  ];
}

/** A newly learnt pair of names → the contact row that has both. */
export function mappingWrites(mapping: LIDMapping, book: NameBook): SessionWrite[] {
  return contactWrites({ id: mapping.pn, lid: mapping.lid }, book);
}
