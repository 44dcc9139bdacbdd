import type { WASocket } from '../../../lib/baileys/index.ts';
import { GatewayError, notFound } from '../../../lib/core/errors.ts';
import type { Party } from '../../../lib/core/model/message.ts';
import { LID_SERVER, USER_SERVER } from '../../../lib/core/model/phone.ts';
import { partyOf } from '../../events/parties.ts';
import { profileOf } from '../lookup.ts';
import type { ChangeAppState } from './app-state.ts';
import type { ActionDeps } from './deps.ts';

/** One answer to "does this number have WhatsApp?". */
export interface NumberLookup {
  number: string;
  exists: boolean;
  jid: string | null;
  lid: string | null;
  name: string | null;
  profilePicture: string | null;
}

export interface Profile extends Party {
  about: string | null;
  picture: string | null;
  business: {
    description: string | null;
    category: string | null;
    email: string | null;
    websites: string[];
    address: string | null;
  } | null;
  /** What WhatsApp did not say in time: null then says nothing. */
  unanswered: ('about' | 'picture' | 'business')[];
}

export interface ContactActions {
  /** @throws GatewayError MESSAGE_SEND_FAILED (reason NOT_ON_WHATSAPP) when WhatsApp does not know the number. */
  requireOnWhatsApp(jid: string): Promise<void>;
  /** @throws GatewayError RESOURCE_NOT_FOUND when WhatsApp does not know the person. */
  requireKnown(jid: string): Promise<void>;
  /** Asks WhatsApp about phone numbers (digits). */
  lookUp(numbers: readonly string[]): Promise<NumberLookup[]>;
  /** What WhatsApp shows of a person; what they hide is null. @throws GatewayError RESOURCE_NOT_FOUND */
  profile(jid: string): Promise<Profile>;
  /** Blocks or unblocks a person. @throws GatewayError RESOURCE_NOT_FOUND when WhatsApp does not know them */
  setBlocked(jid: string, blocked: boolean): Promise<Party>;
  /** Everybody who is blocked. */
  blocked(): Promise<Party[]>;
  /** Saves a person in the phone's address book; null takes them out. @throws GatewayError RESOURCE_NOT_FOUND */
  save(jid: string, name: { full: string; first: string } | null): Promise<Party>;
}

export function createContactActions(
  { guard, names, numbers, pushNameOf }: ActionDeps,
  change: ChangeAppState,
): ContactActions {
  const requireKnown = async (sock: WASocket, jid: string) => {
    if (!(await numbers.has(sock, names, jid))) throw notFound('contact');
  };
  return {
    requireOnWhatsApp: (jid) => guard((sock) => numbers.require(sock, names, jid)),
    requireKnown: (jid) => guard((sock) => requireKnown(sock, jid)),
    lookUp: (phones) => guard((sock) => numbers.lookUp(sock, names, phones, pushNameOf)),
    profile: (jid) =>
      guard(async (sock) => {
        await requireKnown(sock, jid);
        return profileOf(sock, names, jid);
      }),
    blocked: () => guard(async (sock) => (await sock.fetchBlocklist()).map((jid) => partyOf(names, jid))),
    save: async (jid, name) => {
      await guard((sock) => requireKnown(sock, jid));
      const party = partyOf(names, jid);
      const contact = name && {
        ...{ fullName: name.full, firstName: name.first, saveOnPrimaryAddressbook: true },
        ...(party.lid && { lidJid: `${party.lid}@${LID_SERVER}` }),
      };
      await change({ contact }, party.phone ? `${party.phone}@${USER_SERVER}` : jid);
      return party;
    },
    setBlocked: (jid, blocked) =>
      guard(async (sock) => {
        await requireKnown(sock, jid);
        const party = partyOf(names, jid);
        if (blocked && !party.phone) {
          throw new GatewayError('INVALID_STATE', 'The phone number of this LID is not known, and blocking needs it.');
        }
        // Asked for here, since Baileys takes silence for a person without a LID.
        await sock.signalRepository.lidMapping.getLIDsForPNs([jid]);
        await sock.updateBlockStatus(jid, blocked ? 'block' : 'unblock');
        return partyOf(names, jid);
      }),
  };
}
