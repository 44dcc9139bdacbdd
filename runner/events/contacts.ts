import type { Contact as BaileysContact, LIDMapping } from '../../lib/baileys/index.ts';
import { contactId } from '../../lib/core/model/message.ts';
import { USER_SERVER } from '../../lib/core/model/phone.ts';
import type { SessionWrite } from '../../lib/core/ports/session-store.ts';
import { type NameBook, partyOf } from './parties.ts';

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

/** A newly learnt pair of names → the contact row that has both. */
export function mappingWrites(mapping: LIDMapping, book: NameBook): SessionWrite[] {
  return contactWrites({ id: mapping.pn, lid: mapping.lid }, book);
}

/** Larger batches are a sync of the address book, whose chats bring their names themselves. */
const MAX_NAMES = 20;

/** Names that the person gave contacts show in the list of chats too. */
export function namesOfChats(writes: readonly SessionWrite[]): SessionWrite[] {
  if (writes.length > MAX_NAMES) return [];
  return writes.flatMap((write): SessionWrite[] => {
    if (write.kind !== 'contact' || !write.set.name || !write.set.phone) return [];
    const set = { isGroup: false, name: write.set.name };
    return [{ kind: 'chat', id: `${write.set.phone}@${USER_SERVER}`, set }];
  });
}

/** The phone has blocked somebody, or let them in again. */
export function blockedWrites(jid: string, blocked: boolean, book: NameBook): SessionWrite[] {
  const party = partyOf(book, jid);
  const id = contactId(party);
  return id ? [{ kind: 'contact', id, set: { ...party, blocked } }] : [];
}
