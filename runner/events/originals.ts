import { normalizeMessageContent, type proto, type WAMessage } from '../../lib/baileys/index.ts';
import { addressOf } from './address.ts';
import { namedId } from './content.ts';

/** Keys of the sender, and what is the same as another field. */
const LEFT_OUT = { senderKeyDistributionMessage: null };

/**
 * What must be kept of a message as Baileys upserts it, to quote and forward it, to read the votes of a poll, or to
 * fetch its file; undefined of what nobody can ask for. Pure.
 * @param isContent somebody wrote it
 */
export function originalOf(
  message: WAMessage,
  isContent: boolean,
): { id: string; scope: string; message: proto.IMessage } | undefined {
  const content = normalizeMessageContent(message.message);
  const id = namedId(message.key.id);
  if (!isContent || !content || !message.message || !id || !message.key.remoteJid) return undefined;
  // A wrapper may hold the secret that its content needs.
  const secrets = message.message.messageContextInfo ?? content.messageContextInfo;
  const kept = { ...message.message, ...LEFT_OUT, ...(secrets && { messageContextInfo: secrets }) };
  return { id, scope: addressOf(message).scope, message: kept };
}
