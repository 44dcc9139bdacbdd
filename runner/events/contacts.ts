import type { Contact as BaileysContact, LIDMapping } from '../../lib/baileys/index.ts';
import { contactId } from '../../lib/core/model/message.ts';
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
