import { STATUS_JID } from '../../../lib/core/model/phone.ts';
import type { SentMessages } from '../sent-messages.ts';
import type { WhatsAppSession } from '../whatsapp-session.ts';

/** What handlers may do with statuses beyond sending them. */
export interface StatusActions {
  /** Durable in the commit that carries the status. */
  keepAudience(messageId: string, audience: readonly string[]): void;
  /** For two weeks; a status is shown for a day. */
  audienceOf(messageId: string): Promise<string[] | undefined>;
  /** Takes a status back from its audience, by a message of the id `revokeId`. */
  revoke(messageId: string, audience: string[], revokeId: string): Promise<void>;
}

export function createStatusActions(send: WhatsAppSession['send'], sent: SentMessages): StatusActions {
  return {
    keepAudience: (messageId, audience) => sent.keepAudience(messageId, audience),
    audienceOf: (messageId) => sent.findAudience(messageId),
    revoke: async (messageId, audience, revokeId) => {
      const key = { remoteJid: STATUS_JID, fromMe: true, id: messageId };
      await send(STATUS_JID, { delete: key }, revokeId, { statusJidList: audience, attributes: { edit: '7' } });
    },
  };
}
