import * as z from 'zod';
import { type Chat, isMuted } from '../../../lib/core/model/chat.ts';
import { publicMessageId } from '../../../lib/core/model/ids.ts';
import { jidOfParty } from '../../../lib/core/model/phone.ts';
import { listChats } from '../../../lib/core/usecases/list-chats.ts';
import { listContacts } from '../../../lib/core/usecases/list-contacts.ts';
import { instanceRoute, type Route } from '../dialect.ts';
import { answer, ok } from './envelope.ts';
import { PATH, sessionOfPath, tag } from './rows.ts';

const base = { tag: tag('Chats'), credential: 'any', target: sessionOfPath } as const;
const perPage = z.coerce.number().int().min(1).max(500).default(100);
const contact = z.object({ jid: z.string().nullable(), name: z.string(), phone: z.string() });
const conversation = z.object({
  jid: z.string(),
  name: z.string(),
  is_group: z.boolean(),
  unread_count: z.number().int(),
  last_message_id: z.string().nullable(),
  last_message: z.string().nullable().meta({ description: 'The beginning of its text' }),
  last_message_time: z.iso.datetime().nullable(),
  is_pinned: z.boolean(),
  is_archived: z.boolean(),
  is_muted: z.boolean(),
});

export const chatRoutes: Route[] = [
  instanceRoute({
    ...base,
    method: 'GET',
    path: `${PATH}/conversations`,
    summary: 'The chats of a session, latest activity first',
    query: z.object({ limit: perPage }),
    status: 200,
    response: answer({ data: z.array(conversation), count: z.number().int() }),
    permission: 'chat:read',
    run: async (ports, { principal, instance, query }) => {
      const page = { page: 1, perPage: query.limit };
      const { items } = await listChats(ports, principal, { instance, filter: {}, ...page });
      const data = items.map((chat) => conversationView(chat, ports.clock()));
      return ok({ data, count: data.length });
    },
  }),
  instanceRoute({
    ...base,
    method: 'GET',
    path: `${PATH}/contacts`,
    summary: 'People whom a session has heard of',
    query: z.object({ limit: perPage }),
    status: 200,
    response: answer({ data: z.array(contact), contacts: z.array(contact), count: z.number().int() }),
    permission: 'contact:read',
    run: async (ports, { principal, instance, query }) => {
      const page = { page: 1, perPage: query.limit };
      const { items } = await listContacts(ports, principal, { instance, filter: {}, ...page });
      const data = items.map((one) => ({
        ...{ jid: jidOfParty(one), name: one.name ?? one.pushName ?? '', phone: one.phone ?? '' },
      }));
      return ok({ data, contacts: data, count: data.length });
    },
  }),
];

/** A chat under the names of document B's code. */
function conversationView(chat: Chat, nowMs: number): z.output<typeof conversation> {
  const { id, name, isGroup, unread, lastMessage, lastMessageAtMs } = chat;
  return {
    ...{ jid: id, name: name ?? chat.pushName ?? '', is_group: isGroup, unread_count: unread },
    last_message_id: lastMessage === null ? null : publicMessageId(lastMessage.id),
    last_message: lastMessage?.text ?? null,
    last_message_time: lastMessageAtMs === null ? null : new Date(lastMessageAtMs).toISOString(),
    ...{ is_pinned: chat.pinnedAtMs !== null, is_archived: chat.archived },
    is_muted: isMuted(chat, nowMs),
  };
}
