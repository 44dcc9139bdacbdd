import * as z from 'zod';
import { recipient } from '../../../lib/core/catalogue/operations.ts';
import type { Command } from '../../../lib/core/model/command.ts';
import type { Instance } from '../../../lib/core/model/instance.ts';
import type { Message } from '../../../lib/core/model/message.ts';
import { errorOfCommand } from '../../../lib/core/usecases/await-command.ts';
import { getMessage } from '../../../lib/core/usecases/get-message.ts';
import { listMessages } from '../../../lib/core/usecases/list-messages.ts';
import { type LinkPorts, linkOfMessage } from '../../../lib/core/usecases/media-links.ts';
import { instanceRoute, operationRoute, type Result, type Route } from '../dialect.ts';
import { sentMessageOf } from '../sent.ts';
import { instanceOfKey, moment, pageQuery, paginationOf } from './fields.ts';
import { messageDetail, messageProgress, messageRead, storedMessage } from './responses-messages.ts';
import { addressOf, iso, messageDetailView, messageStatusView, messageView } from './views.ts';

const TAG = 'Messages';

const messageId = z.object({ messageId: z.string() });

/** @throws GatewayError the command's own error when it failed */
export function respondSent(command: Command): Result {
  const { messageId, to, status, timestampMs, isAutoReply, sendAtMs } = sentMessageOf(command);
  return {
    status: status === 'SENT' ? 201 : 202,
    data: {
      ...{ messageId, to: addressOf(to), status, timestamp: iso(timestampMs) },
      ...(isAutoReply ? { isAutoReply: true } : {}),
      ...(sendAtMs === null ? {} : { sendAt: iso(sendAtMs) }),
    },
    headers: { Location: `/api/messages/${messageId}/status` },
  };
}

/** The link of a stored message's file; null when it has none that can be fetched. */
export function mediaUrlOf(ports: LinkPorts, { tenantId, id: instanceId }: Instance, message: Message): string | null {
  return linkOfMessage(ports, { tenantId, instanceId, messageId: message.id }, message.media);
}

export const messageRoutes: Route[] = [
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
      const messages = items.map((message) => messageView(message, mediaUrlOf(ports, instance, message)));
      return { data: { messages }, pagination: paginationOf(query, nextCursor) };
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
    run: async (ports, { principal, instance, params }) => {
      const message = await getMessage(ports, principal, { instance, messageId: params.messageId });
      return { data: messageDetailView(message, mediaUrlOf(ports, instance, message)) };
    },
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
