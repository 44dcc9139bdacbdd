import * as z from 'zod';
import { recipient } from '../../../lib/core/catalogue/operations.ts';
import { PRESENCES, type SeenPresence } from '../../../lib/core/model/person.ts';
import { listPresence } from '../../../lib/core/usecases/list-presence.ts';
import { submitCommand } from '../../../lib/core/usecases/submit-command.ts';
import { instanceRoute, type Route } from '../dialect.ts';
import { answer, answerOf, ok } from './envelope.ts';
import { actionRow, instanceOfPath, listQuery, tag } from './rows.ts';

const TAG = 'Presence';
const PATH = '/api/presence/:instanceId';
/** Of a chat, and told to that chat only. */
const TYPING = { composing: 'typing', recording: 'recording', paused: 'stopped' } as const;
const isTyping = (presence: string): presence is keyof typeof TYPING => presence in TYPING;

const seenShape = z.object({
  chatId: z.string(),
  phoneNumber: z.string().nullable(),
  lid: z.string().nullable(),
  presence: z.enum(PRESENCES),
  lastSeen: z.iso.datetime().nullable(),
  updatedAt: z.iso.datetime(),
});

function seenView({ chat, phone, lid, presence, lastSeenMs, atMs }: SeenPresence) {
  const lastSeen = lastSeenMs === null ? null : new Date(lastSeenMs).toISOString();
  return { chatId: chat, phoneNumber: phone, lid, presence, lastSeen, updatedAt: new Date(atMs).toISOString() };
}

export const presenceRoutes: Route[] = [
  actionRow({
    path: PATH,
    op: 'presence.set',
    tag: TAG,
    summary: 'Show the instance as online or offline, or in a chat as typing or recording',
    body: z
      .object({ presence: z.enum(PRESENCES), chatId: recipient.optional() })
      .refine((body) => body.chatId ?? !isTyping(body.presence), { path: ['chatId'], message: 'chatId must be there' }),
    submit: (ports, { principal, instance, body: { presence, chatId: chat }, idempotency }) =>
      submitCommand(ports, principal, {
        ...(isTyping(presence)
          ? { operation: 'message.typing', input: { chat, state: TYPING[presence] } }
          : { operation: 'presence.set', input: { presence } }),
        ...{ instance, idempotency },
      }),
    response: answerOf(z.object({ presence: z.enum(PRESENCES) })),
    respond: (_output, { body }) => ok({ data: { presence: body.presence }, message: 'Presence updated successfully' }),
  }),
  ...(['', '/:chatId'] as const).map((rest) =>
    instanceRoute({
      ...{
        method: 'GET',
        path: `${PATH}${rest}`,
        tag: tag(TAG),
        credential: 'key',
        target: instanceOfPath,
        status: 200,
      },
      summary: rest ? 'What people of a chat were last seen doing' : 'What people were last seen doing, within a day',
      params: z.object({ chatId: recipient.optional() }),
      query: listQuery,
      response: answer({ data: z.array(seenShape), count: z.number().int(), nextCursor: z.string().nullable() }),
      permission: 'presence:read',
      run: async (ports, { principal, instance, params: { chatId: chat }, query }) => {
        const page = { page: 1, perPage: query.limit, cursor: query.cursor };
        const of = { instance, ...(chat && { chat }) };
        const { items, nextCursor } = await listPresence(ports, principal, { ...of, ...page });
        return ok({ data: items.map(seenView), count: items.length, nextCursor });
      },
    }),
  ),
  actionRow({
    path: `${PATH}/:chatId/subscribe`,
    op: 'presence.subscribe',
    tag: TAG,
    toInput: (_body, { chatId }) => ({ chat: chatId }),
    response: answerOf(z.object({ chatId: z.string() })),
    respond: ({ chat }) => ok({ data: { chatId: chat }, message: 'Subscribed to presence updates successfully' }),
  }),
];
