import * as z from 'zod';
import { MEDIA_FIELDS, OPERATIONS, type OperationName, recipient } from '../../../lib/core/catalogue/operations.ts';
import type { Command } from '../../../lib/core/model/command.ts';
import type { MediaKind } from '../../../lib/core/model/media.ts';
import { errorOfCommand } from '../../../lib/core/usecases/await-command.ts';
import { getMessage } from '../../../lib/core/usecases/get-message.ts';
import { listMessages } from '../../../lib/core/usecases/list-messages.ts';
import { sendMedia } from '../../../lib/core/usecases/send-media.ts';
import { instanceRoute, operationRoute, type Result, type Route } from '../dialect.ts';
import { sentMessageOf } from '../sent.ts';
import { instanceOfKey, moment, pageQuery, paginationOf } from './fields.ts';
import { messageDetail, messageProgress, messageRead, sentMessage, storedMessage } from './responses.ts';
import { addressOf, iso, messageDetailView, messageStatusView, messageView } from './views.ts';

const TAG = 'Messages';

const messageId = z.object({ messageId: z.string() });

/** @throws GatewayError the command's own error when it failed */
export function respondSent(command: Command): Result {
  const { messageId, to, status, timestampMs, isAutoReply } = sentMessageOf(command);
  return {
    status: status === 'SENT' ? 201 : 202,
    data: {
      ...{ messageId, to: addressOf(to), status, timestamp: iso(timestampMs) },
      ...(isAutoReply ? { isAutoReply: true } : {}),
    },
    headers: { Location: `/api/messages/${messageId}/status` },
  };
}

/** `POST /api/messages/<kind>` of the kinds that carry a file; the field of the file bears the kind's name. */
function mediaRoute(kind: MediaKind, fields: z.ZodRawShape): Route {
  const op = `message.send${kind.charAt(0).toUpperCase()}${kind.slice(1)}` as OperationName;
  const file = z.string().min(1).meta({ description: 'An https URL, a data URL, or base64' });
  return operationRoute({
    method: 'POST',
    path: `/api/messages/${kind}`,
    summary: OPERATIONS[op].summary,
    tag: TAG,
    credential: 'key',
    op,
    target: instanceOfKey,
    body: z.object({ to: recipient, [kind]: file, ...fields }),
    status: 201,
    response: sentMessage,
    errors: ['NOT_IMPLEMENTED'],
    submit: async (ports, { principal, instance, body, idempotency }) => {
      const { [kind]: text, ...rest } = body as Record<string, unknown>;
      return sendMedia(ports, principal, { instance, kind, file: text as string, fields: rest, idempotency });
    },
    respond: respondSent,
  });
}

const { caption, filename, mimetype, isAutoReply } = MEDIA_FIELDS;

export const messageRoutes: Route[] = [
  mediaRoute('image', { caption, mimetype, isAutoReply }),
  mediaRoute('document', { filename, caption, mimetype, isAutoReply }),
  mediaRoute('audio', { mimetype, isAutoReply }),
  mediaRoute('video', { caption, mimetype, isAutoReply }),
  ...(['message.sendLocation', 'message.sendContact'] as const).map((op) =>
    operationRoute({
      method: 'POST',
      path: op === 'message.sendLocation' ? '/api/messages/location' : '/api/messages/contact',
      summary: OPERATIONS[op].summary,
      tag: TAG,
      credential: 'key',
      op,
      target: instanceOfKey,
      body: z.object(OPERATIONS[op].input.shape as z.ZodRawShape),
      status: 201,
      response: sentMessage,
      toInput: ({ body }) => body,
      respond: respondSent,
    }),
  ),
  operationRoute({
    method: 'POST',
    path: '/api/messages/text',
    summary: 'Send a text message',
    tag: TAG,
    credential: 'key',
    op: 'message.sendText',
    target: instanceOfKey,
    body: z.object(OPERATIONS['message.sendText'].input.shape),
    status: 201,
    response: sentMessage,
    toInput: ({ body }) => body,
    respond: respondSent,
  }),
  instanceRoute({
    method: 'GET',
    path: '/api/messages',
    summary: 'Messages of the instance, newest first',
    tag: TAG,
    credential: 'key',
    target: instanceOfKey,
    query: z.object({
      ...pageQuery,
      direction: z.enum(['sent', 'received']).optional(),
      chat: recipient.optional(),
      phone: recipient.optional().meta({ description: 'The same as chat' }),
      type: z
        .string()
        .regex(/^[A-Za-z]{1,40}$/)
        .optional(),
      date_from: moment(false).optional(),
      date_to: moment(true).optional(),
    }),
    status: 200,
    response: z.object({ messages: z.array(storedMessage) }),
    permission: 'message:read',
    run: async (ports, { principal, instance, query }) => {
      const { items, nextCursor } = await listMessages(ports, principal, {
        instance,
        filter: {
          ...chatsOf(query.chat ?? query.phone),
          ...(query.type && { type: query.type }),
          ...(query.direction && { direction: query.direction }),
          ...(query.date_from !== undefined && { fromMs: query.date_from }),
          ...(query.date_to !== undefined && { toMs: query.date_to }),
        },
        page: query.page,
        perPage: query.per_page,
        cursor: query.cursor,
      });
      return { data: { messages: items.map(messageView) }, pagination: paginationOf(query, nextCursor) };
    },
  }),
  instanceRoute({
    method: 'GET',
    path: '/api/messages/:messageId',
    summary: 'A message with every moment of it',
    tag: TAG,
    credential: 'key',
    target: instanceOfKey,
    params: messageId,
    status: 200,
    response: messageDetail,
    permission: 'message:read',
    run: async (ports, { principal, instance, params }) => ({
      data: messageDetailView(await getMessage(ports, principal, { instance, messageId: params.messageId })),
    }),
  }),
  instanceRoute({
    method: 'GET',
    path: '/api/messages/:messageId/status',
    summary: 'How far a message has come',
    tag: TAG,
    credential: 'key',
    target: instanceOfKey,
    params: messageId,
    status: 200,
    response: messageProgress,
    permission: 'message:read',
    run: async (ports, { principal, instance, params }) => ({
      data: messageStatusView(await getMessage(ports, principal, { instance, messageId: params.messageId })),
    }),
  }),
  operationRoute({
    method: 'POST',
    path: '/api/messages/:messageId/read',
    summary: 'Mark a received message as read',
    tag: TAG,
    credential: 'key',
    op: 'message.markRead',
    target: instanceOfKey,
    params: messageId,
    body: z.object({}),
    status: 200,
    response: messageRead,
    toInput: ({ params }) => ({ messageId: params.messageId }),
    respond: (command, { params }) => {
      const error = errorOfCommand(command);
      if (error) throw error;
      const { messageId } = params;
      if (command.state !== 'done') return { status: 202, data: { messageId, status: 'QUEUED', readAt: null } };
      const { readAtMs } = command.output as { readAtMs: number };
      return { data: { messageId, status: 'READ', readAt: iso(readAtMs) } };
    },
  }),
];

function chatsOf(chat: string | undefined): { chats?: string[] } {
  return chat === undefined ? {} : { chats: [chat] };
}
