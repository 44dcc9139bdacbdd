import type { WASocket } from '../../../lib/baileys/index.ts';
import type { OperationInput, OperationOutput } from '../../../lib/core/catalogue/operations.ts';
import { bareJid } from '../../../lib/core/model/phone.ts';
import { partyOf } from '../../events/parties.ts';
import { profileOf } from '../lookup.ts';
import type { ChangeAppState } from './app-state.ts';
import type { ActionDeps } from './deps.ts';
import { putPicture } from './picture.ts';
import { refusalOf } from './refusals.ts';

export interface ProfileActions {
  /** What WhatsApp shows of the instance itself. */
  get(): Promise<OperationOutput<'profile.get'>>;
  setName(name: string): Promise<void>;
  setAbout(about: string): Promise<void>;
  /** A JPEG within WhatsApp's bounds; null takes the picture away. */
  setPicture(jpeg: Uint8Array | null): Promise<void>;
  privacy(): Promise<OperationOutput<'privacy.get'>>;
  /** Sets what is given, one after the other. Returns the names of what was set. */
  setPrivacy(settings: OperationInput<'privacy.set'>): Promise<string[]>;
}

type Settings = OperationInput<'privacy.set'>;
type Setter<K extends keyof Settings> = (sock: WASocket, value: NonNullable<Settings[K]>) => Promise<unknown>;

/** How each is set; in this order. */
const SETTERS: { [K in Exclude<keyof Settings, 'linkPreviews'>]-?: Setter<K> } = {
  lastSeen: (sock, value) => sock.updateLastSeenPrivacy(value),
  online: (sock, value) => sock.updateOnlinePrivacy(value),
  picture: (sock, value) => sock.updateProfilePicturePrivacy(value),
  about: (sock, value) => sock.updateStatusPrivacy(value),
  readReceipts: (sock, value) => sock.updateReadReceiptsPrivacy(value),
  groupsAdd: (sock, value) => sock.updateGroupsAddPrivacy(value),
  calls: (sock, value) => sock.updateCallPrivacy(value),
  messages: (sock, value) => sock.updateMessagesPrivacy(value),
  disappearingSeconds: (sock, value) => sock.updateDefaultDisappearingMode(value),
};

export function createProfileActions(deps: ActionDeps, change: ChangeAppState): ProfileActions {
  const { names, setState } = deps;
  const guard = <T>(work: (sock: WASocket, me: string) => Promise<T>) =>
    deps.guard(async (sock) => {
      try {
        return await work(sock, bareJid(sock.user?.id ?? ''));
      } catch (error) {
        throw refusalOf(error) ?? error;
      }
    });
  return {
    get: () =>
      guard(async (sock, me) => {
        const { about, picture, unanswered } = await profileOf(sock, names, me);
        // `sock.user` is what it was when the socket was made.
        const { lid: ownLid, name } = sock.authState.creds.me ?? {};
        const { phone, lid } = partyOf(names, me, ownLid);
        const missing = unanswered.filter((part) => part !== 'business');
        const said = { jid: me, phone, lid, name: name ?? null, about, picture };
        return { ...said, ...(missing.length > 0 && { unanswered: missing }) };
      }),
    setName: async (name) => {
      await change({ pushNameSetting: name });
      await guard(async (sock) => {
        // WhatsApp does not tell the device that acts; the next presence carries the name to others.
        const { me } = sock.authState.creds;
        if (me) sock.ev.emit('creds.update', { me: { ...me, name } });
        await sock.sendPresenceUpdate(deps.settings().markOnline ? 'available' : 'unavailable');
      });
      setState({ displayName: name });
    },
    setAbout: (about) => guard((sock) => sock.updateProfileStatus(about)),
    setPicture: (jpeg) => guard((sock, me) => (jpeg ? putPicture(sock, jpeg) : sock.removeProfilePicture(me))),
    privacy: () =>
      guard(async (sock, me) => {
        const [found, disappearing] = await Promise.all([
          sock.fetchPrivacySettings(true),
          sock.fetchDisappearingDuration(me),
        ]);
        return privacyOf(found, disappearing);
      }),
    setPrivacy: async ({ linkPreviews, ...settings }) => {
      const applied: string[] = [];
      for (const [name, set] of Object.entries(SETTERS) as [keyof typeof SETTERS, Setter<never>][]) {
        const value = settings[name];
        if (value === undefined) continue;
        await guard((sock) => set(sock, value as never));
        applied.push(name);
      }
      if (linkPreviews !== undefined) {
        await change({ disableLinkPreviews: { isPreviewsDisabled: !linkPreviews } });
        applied.push('linkPreviews');
      }
      return applied;
    },
  };
}

type Privacy = OperationOutput<'privacy.get'>;

/** What WhatsApp says under its own names; what it does not say, or a value unknown here, is left out. */
function privacyOf(found: { [name: string]: string }, disappearing: unknown): Privacy {
  const known = {
    lastSeen: found.last,
    online: found.online,
    picture: found.profile,
    about: found.status,
    readReceipts: found.readreceipts,
    groupsAdd: found.groupadd,
    calls: found.calladd,
    messages: found.messages,
  };
  const said = Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined));
  const [first] = (disappearing ?? []) as { disappearing_mode?: { duration?: number } }[];
  return { ...(said as Partial<Privacy>), disappearingSeconds: first?.disappearing_mode?.duration ?? null };
}
