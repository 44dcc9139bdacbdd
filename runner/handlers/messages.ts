import { GatewayError, notFound } from '../../lib/core/errors.ts';
import { publicMessageId } from '../../lib/core/model/ids.ts';
import { OUT_SCOPE, receivedScope } from '../../lib/core/model/message.ts';
import { isGroupJid } from '../../lib/core/model/phone.ts';
import type { Handler, HandlerContext } from './index.ts';

/** The id that was fixed when the command was accepted. */
function messageIdOf({ command }: HandlerContext): string {
  if (!command.messageId) throw new GatewayError('INTERNAL_ERROR', 'The command carries no message id.');
  return command.messageId;
}

export const sendText: Handler<'message.sendText'> = async (context, input) => {
  const id = messageIdOf(context);
  await context.session.requireOnWhatsApp(input.to);
  const { ackedAtMs } = await context.session.send(input.to, { text: input.text }, id);
  return {
    output: { messageId: publicMessageId(id), to: input.to, timestampMs: ackedAtMs },
    writes: [{ kind: 'message', id, scope: OUT_SCOPE, once: { sentAtMs: ackedAtMs } }],
  };
};

export const markRead: Handler<'message.markRead'> = async (context, input) => {
  const message = await context.messages.get(context.command.instanceId, input.messageId);
  if (!message) throw notFound('message');
  if (message.direction !== 'received') {
    throw new GatewayError('INVALID_STATE', 'Only a received message can be marked as read.');
  }
  const readAtMs = message.readAtMs ?? context.clock();
  const { remoteJid, participant } = message.address ?? { remoteJid: message.chat, participant: undefined };
  await context.session.markRead([
    { id: message.id, fromMe: false, remoteJid, ...(isGroupJid(remoteJid) && participant ? { participant } : {}) },
  ]);
  return {
    output: { messageId: publicMessageId(message.id), readAtMs },
    writes: [
      {
        kind: 'message',
        id: message.id,
        scope: receivedScope(remoteJid, participant),
        once: { readAtMs },
      },
    ],
  };
};
