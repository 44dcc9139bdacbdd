import type { WASocket } from '../../lib/baileys/index.ts';
import { GatewayError } from '../../lib/core/errors.ts';
import { phoneOfJid, USER_SERVER } from '../../lib/core/model/phone.ts';
import type { Clock } from '../../lib/core/ports/index.ts';
import { type NameBook, partyOf } from '../events/parties.ts';
import { inTime } from '../waiting.ts';
import type { NumberLookup, Profile } from './actions/contacts.ts';
import { isBroken } from './send-errors.ts';
import { isUnanswered, silence } from './silence.ts';
import { ConnectionLost } from './whatsapp-session.ts';

/** How long "does not exist" is believed: people do join WhatsApp. */
const ABSENT_TTL_MS = 60_000;
const PRESENT_TTL_MS = 24 * 3_600_000;
const MAX_ENTRIES = 20_000;

/** Which numbers have WhatsApp, remembered per instance beyond the life of one socket. */
export class NumberBook {
  readonly #known = new Map<string, { exists: boolean; untilMs: number }>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @throws GatewayError MESSAGE_SEND_FAILED with reason NOT_ON_WHATSAPP; ConnectionLost when nobody answers */
  async require(sock: WASocket, names: NameBook, jid: string): Promise<void> {
    if (await this.has(sock, names, jid)) return;
    throw new GatewayError('MESSAGE_SEND_FAILED', 'The recipient is not on WhatsApp.', {
      details: { reason: 'NOT_ON_WHATSAPP', to: phoneOfJid(jid) },
    });
  }

  /** Does WhatsApp know this person? */
  async has(sock: WASocket, names: NameBook, jid: string): Promise<boolean> {
    const phone = phoneOfJid(jid);
    // A LID or group JID came from WhatsApp itself; a known LID of the number is proof enough.
    if (!phone || names.lidOfPhone(phone)) return true;
    const known = this.#known.get(phone);
    if (known && known.untilMs > this.#clock()) return known.exists;
    return (await this.#ask(sock, [phone])).has(phone);
  }

  /** One answer per number, in the order asked. */
  async lookUp(
    sock: WASocket,
    names: NameBook,
    numbers: readonly string[],
    nameOf: (phone: string) => string | null,
  ): Promise<NumberLookup[]> {
    const present = await this.#ask(sock, [...new Set(numbers)]);
    const pictures = await picturesOf(sock, [...present]);
    return numbers.map((number) => {
      const exists = present.has(number);
      return {
        number,
        exists,
        jid: exists ? `${number}@${USER_SERVER}` : null,
        lid: exists ? (names.lidOfPhone(number) ?? null) : null,
        name: exists ? nameOf(number) : null,
        profilePicture: pictures.get(number) ?? null,
      };
    });
  }

  async #ask(sock: WASocket, phones: readonly string[]): Promise<Set<string>> {
    const answers = await sock.onWhatsApp(...phones.map((phone) => `${phone}@${USER_SERVER}`));
    // Baileys says so of a question that got no answer: nobody is absent for that.
    if (!answers) throw new ConnectionLost('WhatsApp did not answer who has an account.');
    const present = new Set<string>();
    for (const answer of answers) {
      const phone = phoneOfJid(answer.jid);
      if (phone && answer.exists) present.add(phone);
    }
    const nowMs = this.#clock();
    if (this.#known.size > MAX_ENTRIES) this.#known.clear();
    for (const phone of phones) {
      const exists = present.has(phone);
      this.#known.set(phone, { exists, untilMs: nowMs + (exists ? PRESENT_TTL_MS : ABSENT_TTL_MS) });
    }
    return present;
  }
}

const PROFILE_TIMEOUT_MS = 5_000;

/**
 * What WhatsApp shows of a person. What they hide is null; of what does not come in time nobody knows: `unanswered` names
 * it. WhatsApp leaves many questions for pictures without an answer, so the rest does not wait for them.
 */
export async function profileOf(sock: WASocket, names: NameBook, jid: string): Promise<Profile> {
  const unanswered: Profile['unanswered'] = [];
  const part = <T>(name: Profile['unanswered'][number], asked: Promise<T>) =>
    inTime(asked, PROFILE_TIMEOUT_MS, silence).catch((error: unknown) => {
      if (isUnanswered(error)) unanswered.push(name);
      else if (isBroken(error)) throw error;
      return undefined;
    });
  const [statuses, picture, business] = await Promise.all([
    part('about', sock.fetchStatus(jid)),
    part('picture', sock.profilePictureUrl(jid, 'image', PROFILE_TIMEOUT_MS)),
    part('business', sock.getBusinessProfile(jid)),
  ]);
  const about = (statuses?.[0] as { status?: { status?: string | null } } | undefined)?.status?.status;
  return {
    ...partyOf(names, jid),
    about: about || null,
    picture: picture ?? null,
    business: business
      ? {
          description: business.description || null,
          category: business.category ?? null,
          email: business.email ?? null,
          websites: business.website ?? [],
          address: business.address ?? null,
        }
      : null,
    unanswered,
  };
}

const PICTURE_TIMEOUT_MS = 3_000;

/** Addresses of profile pictures; a missing or hidden one is no error. */
async function picturesOf(sock: WASocket, phones: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const one = async (phone: string) => {
    const url = await sock
      .profilePictureUrl(`${phone}@${USER_SERVER}`, 'preview', PICTURE_TIMEOUT_MS)
      .catch(() => undefined);
    if (url) found.set(phone, url);
  };
  await Promise.all(phones.map(one));
  return found;
}
