import type { Party } from '../../lib/core/model/message.ts';
import { GROUP_SERVER, isGroupJid, isLidJid, phoneOfJid, USER_SERVER } from '../../lib/core/model/phone.ts';

/** The other name of a person where the session has seen it: LID ↔ phone, both as bare user parts. */
export interface NameBook {
  phoneOfLid(lid: string): string | undefined;
  lidOfPhone(phone: string): string | undefined;
}

export const NOBODY: Party = { phone: null, lid: null };

/** JIDs inside of messages are chosen by their senders. */
const MAX_JID_LENGTH = 64;

/** A text that others choose, no longer than a row can bear. */
export function bounded(text: string | null | undefined, maxLength: number): string | null {
  return text ? text.slice(0, maxLength) : (text ?? null);
}

/** Both names of a person from any of the JIDs that a stanza carries. */
export function partyOf(book: NameBook, ...jids: (string | null | undefined)[]): Party {
  let phone: string | null = null;
  let lid: string | null = null;
  for (const jid of jids) {
    if (jid && jid.length > MAX_JID_LENGTH) continue;
    phone ??= phoneOfJid(jid) ?? null;
    lid ??= lidUser(jid) ?? null;
  }
  if (!phone && lid) phone = book.phoneOfLid(lid) ?? null;
  if (!lid && phone) lid = book.lidOfPhone(phone) ?? null;
  return { phone, lid };
}

/** Whether two parties are one person, by either name. */
export function samePerson(a: Party, b: Party): boolean {
  return (a.lid !== null && a.lid === b.lid) || (a.phone !== null && a.phone === b.phone);
}

/** The one JID a chat is listed under: by phone number where known, so that PN and LID traffic meet. */
export function chatJid(book: NameBook, remoteJid: string, remoteJidAlt?: string | null): string {
  if (isGroupJid(remoteJid)) return `${remoteJid.slice(0, remoteJid.indexOf('@'))}@${GROUP_SERVER}`;
  const { phone } = partyOf(book, remoteJid, remoteJidAlt);
  return phone ? `${phone}@${USER_SERVER}` : remoteJid;
}

function lidUser(jid: string | null | undefined): string | undefined {
  return isLidJid(jid) ? /^(\d+)/.exec(jid as string)?.[1] : undefined;
}
