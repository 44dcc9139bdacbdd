import { contentJson } from '../../lib/baileys/index.ts';
import { GatewayError, notFound } from '../../lib/core/errors.ts';
import { publicMessageId } from '../../lib/core/model/ids.ts';
import { keyOf } from '../session/actions/messages.ts';
import type { Handler } from './index.ts';
import { requireMessage } from './sending.ts';

/** An answer is one row, and one message of a reply queue, which ends at 256 KiB. */
const MAX_BYTES = 200_000;

export const rawMessage: Handler<'message.raw'> = async (context, { messageId }) => {
  const stored = await requireMessage(context, messageId);
  const content = await context.session.messages.content(stored);
  if (!content) throw notFound('content');
  const message = contentJson(content);
  if (Buffer.byteLength(JSON.stringify(message)) > MAX_BYTES) {
    throw new GatewayError('PAYLOAD_TOO_LARGE', 'This message is larger than an answer may be.');
  }
  const { id, remoteJid, fromMe, participant } = keyOf(stored);
  const key = { id: id as string, remoteJid: remoteJid as string, fromMe: fromMe === true };
  return {
    output: {
      messageId: publicMessageId(stored.id),
      timestampMs: stored.timestampMs,
      key: { ...key, participant: participant ?? null },
      message,
    },
  };
};
