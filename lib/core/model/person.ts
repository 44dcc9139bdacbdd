/** A person's two names, as WhatsApp has told that they are one: digits of the phone number, user part of the LID. */
export interface LidPair {
  lid: string;
  phone: string;
}

export const PRESENCES = ['available', 'unavailable', 'composing', 'recording', 'paused'] as const;
export type Presence = (typeof PRESENCES)[number];

/** What somebody was last seen doing in a chat. */
export interface SeenPresence {
  /** JID of the chat. */
  chat: string;
  phone: string | null;
  lid: string | null;
  presence: Presence;
  /** As WhatsApp tells it, where they allow it; ms since epoch. */
  lastSeenMs: number | null;
  /** When it was seen; ms since epoch. */
  atMs: number;
}
