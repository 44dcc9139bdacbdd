import { parsePhoneNumberFromString } from 'libphonenumber-js/min';
import { GatewayError } from '../errors.ts';

export const USER_SERVER = 's.whatsapp.net';
export const LID_SERVER = 'lid';
export const GROUP_SERVER = 'g.us';
export const CHANNEL_SERVER = 'newsletter';
/** Where statuses go. */
export const STATUS_JID = 'status@broadcast';

/**
 * Digits of an international number as WhatsApp wants them: `+62 812-3456-7890` → `6281234567890`.
 * @throws GatewayError INVALID_PHONE_NUMBER when no numbering plan allows its length
 */
export function normalizePhoneNumber(input: string): string {
  const compact = input.trim().replace(/[\s().-]/g, '');
  if (!/^\+?\d{5,20}$/.test(compact)) throw invalidPhone(input);
  const digits = compact.replace(/^\+/, '').replace(/^00/, '');
  const parsed = parsePhoneNumberFromString(`+${digits}`);
  if (!parsed?.isPossible()) throw invalidPhone(input);
  return digits;
}

/**
 * Whom a message goes to: a phone number in any usual writing, or a user, LID or group JID. Returns the canonical JID
 * without a device part.
 * @throws GatewayError INVALID_PHONE_NUMBER
 */
export function recipientJid(input: string): string {
  const text = input.trim();
  const jid = /^([0-9-]+)(?::\d+)?@(s\.whatsapp\.net|c\.us|lid|g\.us)$/.exec(text);
  if (!jid) return `${normalizePhoneNumber(text)}@${USER_SERVER}`;
  const [, user, server] = jid as unknown as [string, string, string];
  if (server === 's.whatsapp.net' || server === 'c.us') return `${normalizePhoneNumber(user)}@${USER_SERVER}`;
  if (server === 'lid' && /^\d{5,20}$/.test(user)) return `${user}@${LID_SERVER}`;
  if (server === 'g.us' && /^\d+(-\d+)?$/.test(user)) return `${user}@${GROUP_SERVER}`;
  throw invalidPhone(input);
}

/** The phone number of a user JID (device part ignored), or undefined for a LID, a group or anything else. */
export function phoneOfJid(jid: string | undefined | null): string | undefined {
  return jid ? /^(\d+)(?:[:_]\d+)*@(?:s\.whatsapp\.net|c\.us)$/.exec(jid)?.[1] : undefined;
}

/** The JID of the account of a number in digits. */
export function userJid(digits: string): string {
  return `${digits}@${USER_SERVER}`;
}

/** The JID of a person: by number where it is known, else by LID. */
export function jidOfParty({ phone, lid }: { phone: string | null; lid: string | null }): string | null {
  if (phone !== null) return userJid(phone);
  return lid === null ? null : `${lid}@${LID_SERVER}`;
}

/** A JID without its device part: `1555:3@s.whatsapp.net` → `1555@s.whatsapp.net`. */
export function bareJid(jid: string): string {
  const at = jid.indexOf('@');
  if (at < 0) return jid;
  return `${(jid.slice(0, at).split(':')[0] as string).split('_')[0]}${jid.slice(at)}`;
}

export function isLidJid(jid: string | undefined | null): boolean {
  return !!jid?.endsWith(`@${LID_SERVER}`);
}

export function isGroupJid(jid: string | undefined | null): boolean {
  return !!jid?.endsWith(`@${GROUP_SERVER}`);
}

function invalidPhone(input: string): GatewayError {
  return new GatewayError('INVALID_PHONE_NUMBER', undefined, { details: { value: input.slice(0, 64) } });
}
