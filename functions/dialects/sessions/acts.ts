import * as z from 'zod';
import { MAX_TEXT_LENGTH, OPERATIONS } from '../../../lib/core/catalogue/operations.ts';
import type { Route } from '../dialect.ts';
import { answer, ok } from './envelope.ts';
import { actionRow, bodyOf, PATH, sendRow, TO, TO_ALIASES } from './rows.ts';

const TAG = 'Messages';
const { messageId } = OPERATIONS['message.react'].input.shape;
const { presence } = OPERATIONS['presence.set'].input.shape;
const said = answer({ message: z.string() });
/** The longest; `stop-typing` ends it. */
const TYPING_SECONDS = 60;

/** What is done with messages that are there, and in chats: routes of this API's server and of the n8n node for it. */
export const actRoutes: Route[] = [
  sendRow({
    path: `${PATH}/reply`,
    tag: TAG,
    op: 'message.sendText',
    summary: 'Reply to a message with a text',
    message: 'Reply sent successfully',
    body: bodyOf({ ...TO, message: z.string().min(1).max(MAX_TEXT_LENGTH), quoted_message_id: messageId }),
    aliases: { ...TO_ALIASES, message: ['text'] },
    toInput: ({ to, message: text, quoted_message_id: quotedMessageId }) => ({ to, text, quotedMessageId }),
  }),
  sendRow({
    path: `${PATH}/forward`,
    tag: TAG,
    op: 'message.forward',
    message: 'Message forwarded successfully',
    body: bodyOf({
      ...TO,
      message_id: messageId,
      text: z.string().max(MAX_TEXT_LENGTH).optional().meta({ description: 'Not needed: the message is known here' }),
    }),
    aliases: TO_ALIASES,
    toInput: ({ to, message_id }) => ({ to, messageId: message_id }),
  }),
  actionRow({
    path: `${PATH}/read`,
    tag: TAG,
    op: 'message.markRead',
    body: bodyOf({ message_id: messageId }),
    toInput: ({ message_id }) => ({ messageId: message_id }),
    response: said,
    respond: () => ok({ message: 'Message marked as read' }),
  }),
  actionRow({
    path: `${PATH}/typing`,
    tag: TAG,
    op: 'message.typing',
    summary: 'Show in a chat that somebody types, for a minute, or stop it',
    body: bodyOf({ ...TO, typing: z.boolean().default(true).meta({ description: 'false: stop' }) }),
    aliases: TO_ALIASES,
    toInput: ({ to, typing }) => typingInput(to, typing),
    response: said,
    respond: (_output, { typing }) => ok({ message: typing ? 'Typing indicator sent' : 'Typing indicator stopped' }),
  }),
  actionRow({
    path: `${PATH}/stop-typing`,
    tag: TAG,
    op: 'message.typing',
    summary: 'Stop showing that somebody types',
    body: bodyOf(TO),
    aliases: TO_ALIASES,
    toInput: ({ to }) => typingInput(to, false),
    response: said,
    respond: () => ok({ message: 'Typing indicator stopped' }),
  }),
  actionRow({
    path: `${PATH}/presence`,
    tag: 'Presence',
    op: 'presence.set',
    body: bodyOf({ status: presence }),
    aliases: { status: ['presence'] },
    toInput: ({ status }) => ({ presence: status }),
    response: answer({ message: z.string(), data: z.object({ status: presence }) }),
    respond: (output) => ok({ message: 'Presence updated successfully', data: { status: output.presence } }),
  }),
  actionRow({
    path: `${PATH}/set-online`,
    tag: 'Presence',
    op: 'presence.set',
    summary: 'Show a session as online',
    toInput: () => ({ presence: 'available' }),
    response: said,
    respond: () => ok({ message: 'Session set to online' }),
  }),
];

function typingInput(chat: string, typing: boolean) {
  return typing ? { chat, state: 'typing', seconds: TYPING_SECONDS } : { chat, state: 'stopped' };
}
