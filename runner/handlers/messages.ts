import type { AnyMessageContent } from '../../lib/baileys/index.ts';
import type { OperationOutput } from '../../lib/core/catalogue/operations.ts';
import { GatewayError, notFound } from '../../lib/core/errors.ts';
import { publicMessageId } from '../../lib/core/model/ids.ts';
import { OUT_SCOPE, receivedScope } from '../../lib/core/model/message.ts';
import { isGroupJid } from '../../lib/core/model/phone.ts';
import type { SessionWrite } from '../../lib/core/ports/session-store.ts';
import type { SendOptions } from '../session/whatsapp-session.ts';
import type { Handler, HandlerContext } from './index.ts';

/** The id that was fixed when the command was accepted. */
function messageIdOf({ command }: HandlerContext): string {
  if (!command.messageId) throw new GatewayError('INTERNAL_ERROR', 'The command carries no message id.');
  return command.messageId;
}

/** The result of every operation that sends. */
export interface Delivered {
  output: OperationOutput<'message.sendText'>;
  writes: SessionWrite[];
}

/** Sends under the command's id and waits for WhatsApp's ack. */
export async function deliver(
  context: HandlerContext,
  to: string,
  content: AnyMessageContent,
  options?: SendOptions,
): Promise<Delivered> {
  const id = messageIdOf(context);
  const { ackedAtMs } = await context.session.send(to, content, id, options);
  return {
    output: { messageId: publicMessageId(id), to, timestampMs: ackedAtMs },
    writes: [{ kind: 'message', id, scope: OUT_SCOPE, once: { sentAtMs: ackedAtMs } }],
  };
}

export const sendText: Handler<'message.sendText'> = async (context, input) => {
  await context.session.contacts.requireOnWhatsApp(input.to);
  return deliver(context, input.to, { text: input.text });
};

export const sendLocation: Handler<'message.sendLocation'> = async (context, input) => {
  await context.session.contacts.requireOnWhatsApp(input.to);
  const { latitude, longitude, name, address } = input;
  const location = { degreesLatitude: latitude, degreesLongitude: longitude };
  return deliver(context, input.to, { location: { ...location, ...(name && { name }), ...(address && { address }) } });
};

export const sendContact: Handler<'message.sendContact'> = async (context, input) => {
  await context.session.contacts.requireOnWhatsApp(input.to);
  const { name, phone } = input.contact;
  return deliver(context, input.to, { contacts: { contacts: [{ displayName: name, vcard: vcardOf(name, phone) }] } });
};

/** RFC 2426; `waid` makes the card a chat of WhatsApp. */
function vcardOf(name: string, phone: string): string {
  const text = name.replace(/[\\,;]/g, '\\$&').replace(/[\r\n]+/g, ' ');
  const lines = ['VERSION:3.0', `FN:${text}`, `N:;${text};;;`, `TEL;type=CELL;type=VOICE;waid=${phone}:+${phone}`];
  return ['BEGIN:VCARD', ...lines, 'END:VCARD'].join('\n');
}

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
