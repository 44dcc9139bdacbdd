import * as z from 'zod';
import { OPERATIONS } from '../../../lib/core/catalogue/operations.ts';
import { getChat } from '../../../lib/core/usecases/get-chat.ts';
import { listChatMessages } from '../../../lib/core/usecases/list-chat-messages.ts';
import { listChats } from '../../../lib/core/usecases/list-chats.ts';
import { instanceRoute, type Route } from '../dialect.ts';
import { familyRoute } from './family-route.ts';
import { instanceByName, moment, pageQuery, paginationOf } from './fields.ts';
import { mediaUrlOf } from './messages.ts';
import { chat } from './responses-chats.ts';
import { storedMessage } from './responses-messages.ts';
import { messageView } from './views.ts';
import { chatView } from './views-chats.ts';

const tag = 'Chats';
const errors = ['RESOURCE_NOT_FOUND', 'INVALID_STATE'] as const;

const flag = z.stringbool();
const { chat: chatParam } = OPERATIONS['chat.pin'].input.shape;

export const chatRoutes: Route[] = [
  instanceRoute({
    method: 'GET',
    path: '/api/instances/:name/chats',
    summary: 'Chats of the instance, latest activity first',
    tag,
    credential: 'any',
    target: instanceByName,
    query: z.strictObject({
      ...pageQuery,
      archived: flag.optional().meta({ description: 'Only those in the archive, or only those out of it' }),
      unreadOnly: flag.optional(),
      isGroup: flag.optional(),
      search: z
        .string()
        .trim()
        .min(1)
        .max(100)
        .optional()
        .meta({ description: 'Beginning of a word of the name, in any case, or of the phone number' }),
    }),
    status: 200,
    response: z.object({ chats: z.array(chat) }),
    permission: 'chat:read',
    run: async (ports, { principal, instance, query }) => {
      const { archived, unreadOnly, isGroup, search } = query;
      const { items, nextCursor } = await listChats(ports, principal, {
        instance,
        filter: {
          ...(archived === undefined ? {} : { archived }),
          ...(unreadOnly ? { unreadOnly } : {}),
          ...(isGroup === undefined ? {} : { isGroup }),
          ...(search === undefined ? {} : { search }),
        },
        page: query.page,
        perPage: query.per_page,
        cursor: query.cursor,
      });
      const nowMs = ports.clock();
      return { data: { chats: items.map((one) => chatView(one, nowMs)) }, pagination: paginationOf(query, nextCursor) };
    },
  }),
  instanceRoute({
    method: 'GET',
    path: '/api/instances/:name/chats/:chat',
    summary: 'One chat',
    tag,
    credential: 'any',
    target: instanceByName,
    params: z.object({ chat: chatParam }),
    status: 200,
    response: chat,
    permission: 'chat:read',
    run: async (ports, { principal, instance, params }) => ({
      data: chatView(await getChat(ports, principal, { instance, chat: params.chat }), ports.clock()),
    }),
  }),
  instanceRoute({
    method: 'GET',
    path: '/api/instances/:name/chats/:chat/messages',
    summary: 'Messages of one chat, newest first',
    tag,
    credential: 'any',
    target: instanceByName,
    params: z.object({ chat: chatParam }),
    query: z.strictObject({
      ...pageQuery,
      direction: z.enum(['sent', 'received']).optional(),
      date_from: moment(false).optional(),
      date_to: moment(true).optional(),
    }),
    status: 200,
    response: z.object({ messages: z.array(storedMessage) }),
    permission: 'chat:read',
    run: async (ports, { principal, instance, params, query }) => {
      const { items, nextCursor } = await listChatMessages(ports, principal, {
        instance,
        chat: params.chat,
        filter: {
          ...(query.direction && { direction: query.direction }),
          ...(query.date_from !== undefined && { fromMs: query.date_from }),
          ...(query.date_to !== undefined && { toMs: query.date_to }),
        },
        page: query.page,
        perPage: query.per_page,
        cursor: query.cursor,
      });
      return {
        data: { messages: items.map((message) => messageView(message, mediaUrlOf(ports, instance, message))) },
        pagination: paginationOf(query, nextCursor),
      };
    },
  }),
  familyRoute({ tag, errors, method: 'POST', path: '/chats/:chat/archive', op: 'chat.archive' }),
  familyRoute({ tag, errors, method: 'POST', path: '/chats/:chat/unarchive', op: 'chat.unarchive' }),
  familyRoute({ tag, errors, method: 'POST', path: '/chats/:chat/pin', op: 'chat.pin' }),
  familyRoute({ tag, errors, method: 'POST', path: '/chats/:chat/unpin', op: 'chat.unpin' }),
  familyRoute({ tag, errors, method: 'POST', path: '/chats/:chat/mute', op: 'chat.mute' }),
  familyRoute({ tag, errors, method: 'POST', path: '/chats/:chat/unmute', op: 'chat.unmute' }),
  familyRoute({ tag, errors, method: 'POST', path: '/chats/:chat/read', op: 'chat.markRead' }),
  familyRoute({ tag, errors, method: 'POST', path: '/chats/:chat/unread', op: 'chat.markUnread' }),
  familyRoute({ tag, errors, method: 'POST', path: '/chats/:chat/clear', op: 'chat.clear' }),
  familyRoute({ tag, errors, method: 'DELETE', path: '/chats/:chat', op: 'chat.delete' }),
];
