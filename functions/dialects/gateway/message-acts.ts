import * as z from 'zod';
import { OPERATIONS, recipient } from '../../../lib/core/catalogue/operations.ts';
import { submitCommand } from '../../../lib/core/usecases/submit-command.ts';
import type { Route } from '../dialect.ts';
import { answerOf, done, ok } from './envelope.ts';
import { actionRow, instanceId } from './rows.ts';

const TAG = 'Messages';
const { messageId, emoji } = OPERATIONS['message.react'].input.shape;
/** A message is known by its id alone. */
const ofMessage = { instanceId, chatId: recipient.optional() };
/** The longest; `stop` ends it. */
const TYPING_SECONDS = 60;

const starred = z.object({
  ...ofMessage,
  messageId: messageId.optional(),
  messages: z
    .array(z.union([messageId, z.object({ id: messageId })]))
    .length(1)
    .optional()
    .meta({ description: 'Instead of messageId' }),
  star: z.boolean(),
});

/** What is done to a message that is there, or in a chat. */
export const messageActRoutes: Route[] = [
  actionRow({
    path: '/api/message/seen',
    op: 'message.markRead',
    tag: TAG,
    summary: 'Mark a message as read; without a messageId, its chat',
    body: z.object({ ...ofMessage, messageId: messageId.optional() }).refine((body) => body.messageId ?? body.chatId, {
      path: ['messageId'],
      message: 'messageId or chatId must be there',
    }),
    submit: (ports, { principal, instance, body, idempotency }) =>
      submitCommand(ports, principal, {
        ...(body.messageId === undefined
          ? { operation: 'chat.markRead', input: { chat: body.chatId } }
          : { operation: 'message.markRead', input: { messageId: body.messageId } }),
        ...{ instance, idempotency },
      }),
    response: done,
    respond: () => ok({ message: 'Marked as read successfully' }),
  }),
  actionRow({
    path: '/api/message/read/:instanceId/:chatId',
    op: 'chat.markRead',
    tag: TAG,
    toInput: (_body, { chatId }) => ({ chat: chatId }),
    response: done,
    respond: () => ok({ message: 'Messages marked as read' }),
  }),
  actionRow({
    path: '/api/message/typing',
    op: 'message.typing',
    tag: TAG,
    body: z.object({
      instanceId,
      chatId: recipient,
      duration: z
        .number()
        .int()
        .min(1)
        .max(TYPING_SECONDS * 1000)
        .default(3_000)
        .meta({ description: 'ms' }),
    }),
    aliases: { chatId: ['to'] },
    toInput: ({ chatId, duration }) => ({ chat: chatId, state: 'typing', seconds: Math.ceil(duration / 1000) }),
    response: done,
    respond: () => ok({ message: 'Typing indicator sent' }),
  }),
  ...(['start', 'stop'] as const).map((action) =>
    actionRow({
      path: `/api/message/typing/${action}`,
      op: 'message.typing',
      tag: TAG,
      body: z.object({ instanceId, chatId: recipient }),
      aliases: { chatId: ['to'] },
      toInput: ({ chatId }) =>
        action === 'start'
          ? { chat: chatId, state: 'typing', seconds: TYPING_SECONDS }
          : { chat: chatId, state: 'stopped' },
      response: done,
      respond: () => ok({ message: action === 'start' ? 'Typing started' : 'Typing stopped' }),
    }),
  ),
  actionRow({
    method: 'PUT',
    path: '/api/message/reaction',
    op: 'message.react',
    tag: TAG,
    body: z.object({ ...ofMessage, messageId, emoji }),
    aliases: { emoji: ['reaction'] },
    toInput: (body) => ({ messageId: body.messageId, emoji: body.emoji }),
    response: answerOf(z.object({ messageId: z.string(), emoji: z.string().nullable() })),
    respond: (output) => {
      const data = { messageId: output.messageId, emoji: output.emoji };
      return ok({
        data,
        message: data.emoji === null ? 'Reaction removed successfully' : 'Reaction added successfully',
      });
    },
  }),
  actionRow({
    method: 'PUT',
    path: '/api/message/star',
    op: 'message.star',
    tag: TAG,
    body: starred.refine((body) => body.messageId ?? body.messages, {
      path: ['messageId'],
      message: 'messageId must be there',
    }),
    toInput: ({ messageId: id, messages, star }) => ({
      messageId: id ?? messages?.map((one) => (typeof one === 'string' ? one : one.id))[0],
      star,
    }),
    response: answerOf(z.object({ messageId: z.string(), starred: z.boolean() })),
    respond: (output) => {
      const data = { messageId: output.messageId, starred: output.starred };
      return ok({ data, message: data.starred ? 'Message starred successfully' : 'Message unstarred successfully' });
    },
  }),
  actionRow({
    method: 'DELETE',
    path: '/api/message/:instanceId/:messageId',
    op: 'message.delete',
    tag: TAG,
    toInput: (_body, params) => ({ messageId: params.messageId, for: 'everyone' }),
    response: answerOf(z.object({ messageId: z.string() })),
    respond: (output) => ok({ data: { messageId: output.messageId }, message: 'Message deleted successfully' }),
  }),
];
