import { jidNormalizedUser, type WAMessage } from '../../lib/baileys/index.ts';
import { OUT_SCOPE, receivedScope } from '../../lib/core/model/message.ts';
import { isGroupJid } from '../../lib/core/model/phone.ts';

/** The chat of a message, the author's JID where the chat is not the author, and the scope of its row. */
export function addressOf({ key }: Pick<WAMessage, 'key'>): { remoteJid: string; participant?: string; scope: string } {
  const jid = key.remoteJid ?? '';
  const remoteJid = jidNormalizedUser(jid) || jid;
  const isShared = isGroupJid(remoteJid) || remoteJid.endsWith('@broadcast');
  const participant = isShared ? key.participant || undefined : undefined;
  const scope = key.fromMe === true ? OUT_SCOPE : receivedScope(remoteJid, participant);
  return { remoteJid, ...(participant ? { participant } : {}), scope };
}
