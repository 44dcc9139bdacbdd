import * as z from 'zod';
import { recipient } from '../../../lib/core/catalogue/operations.ts';
import type { Chat } from '../../../lib/core/model/chat.ts';
import { listChatMessages } from '../../../lib/core/usecases/list-chat-messages.ts';
import { listChats } from '../../../lib/core/usecases/list-chats.ts';
import { instanceRoute, type Route } from '../dialect.ts';
import { answer, ok } from './envelope.ts';
import { instanceOfPath, tag } from './rows.ts';
import { messageShape, messageView } from './views.ts';

const base = { tag: tag('Messages'), credential: 'key', method: 'GET', target: instanceOfPath, status: 200 } as const;
const MAX_LISTED = 200;
const limit = z.coerce.number().int().min(1).max(MAX_LISTED).default(50);
const cursor = z.string().min(1).max(2_048).optional();
const offset = z.coerce.number().int().min(0).default(0).meta({ description: 'Ignored when there is a cursor' });
const pagination = z.object({
  limit: z.number().int(),
  offset: z.number().int(),
  hasMore: z.boolean(),
  nextCursor: z.string().nullable(),
});

function pageOf({ limit: perPage, offset: before, cursor: after }: Paged) {
  return { page: 1, perPage, offset: before, cursor: after };
}

interface Paged {
  limit: number;
  offset: number;
  cursor?: string | undefined;
}

export const chatShape = z.object({
  id: z.string(),
  name: z.string().nullable(),
  isGroup: z.boolean(),
  unreadCount: z.number().int(),
  lastMessageAt: z.iso.datetime().nullable(),
  archived: z.boolean(),
  pinned: z.boolean(),
});

export function chatView(chat: Chat) {
  return {
    ...{ id: chat.id, name: chat.name ?? chat.pushName, isGroup: chat.isGroup, unreadCount: chat.unread },
    lastMessageAt: chat.lastMessageAtMs === null ? null : new Date(chat.lastMessageAtMs).toISOString(),
    ...{ archived: chat.archived, pinned: chat.pinnedAtMs !== null },
  };
}

export const chatRoutes: Route[] = [
  instanceRoute({
    ...base,
    path: '/api/message/chats/:instanceId',
    summary: 'The chats of an instance, latest activity first',
    query: z.object({ limit, offset, cursor, archived: z.stringbool().optional() }),
    response: answer({ data: z.array(chatShape), count: z.number().int(), pagination }),
    permission: 'chat:read',
    run: async (ports, { principal, instance, query }) => {
      const filter = query.archived === undefined ? {} : { archived: query.archived };
      const { items, nextCursor } = await listChats(ports, principal, { instance, filter, ...pageOf(query) });
      const more = { limit: query.limit, offset: query.offset, hasMore: nextCursor !== null, nextCursor };
      return ok({ data: items.map(chatView), count: items.length, pagination: more });
    },
  }),
  instanceRoute({
    ...base,
    path: '/api/message/chat/:instanceId/:chatId',
    summary: 'The messages of a chat, newest first',
    params: z.object({ instanceId: z.string(), chatId: recipient }),
    query: z.object({ limit, offset, cursor }),
    response: answer({ data: z.array(messageShape), count: z.number().int(), pagination }),
    permission: 'chat:read',
    run: async (ports, { principal, instance, params, query }) => {
      const input = { instance, chat: params.chatId, filter: {}, ...pageOf(query) };
      const { items, nextCursor } = await listChatMessages(ports, principal, input);
      const more = { limit: query.limit, offset: query.offset, hasMore: nextCursor !== null, nextCursor };
      return ok({ data: items.map(messageView), count: items.length, pagination: more });
    },
  }),
];
