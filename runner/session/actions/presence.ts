import { bareJid } from '../../../lib/core/model/phone.ts';
import type { ActionDeps } from './deps.ts';

export interface PresenceActions {
  /** Online or offline, until the session connects anew. */
  set(presence: 'available' | 'unavailable'): Promise<void>;
  /** WhatsApp tells of a chat's people from now on, also after a new connection of this process. */
  subscribe(jid: string): Promise<void>;
}

/** Beyond this many the oldest subscription is not renewed. */
const MAX_SUBSCRIPTIONS = 500;

export function createPresenceActions({ guard, onOpen }: ActionDeps): PresenceActions {
  const subscribed = new Set<string>();
  onOpen(async () => {
    for (const jid of subscribed) await guard((sock) => sock.presenceSubscribe(jid));
  });
  return {
    set: (presence) => guard((sock) => sock.sendPresenceUpdate(presence)),
    subscribe: async (chat) => {
      const jid = bareJid(chat);
      await guard((sock) => sock.presenceSubscribe(jid));
      subscribed.delete(jid);
      subscribed.add(jid);
      if (subscribed.size > MAX_SUBSCRIPTIONS) subscribed.delete(subscribed.values().next().value as string);
    },
  };
}
