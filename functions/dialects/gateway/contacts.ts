import * as z from 'zod';
import { OPERATIONS, type OperationOutput, phoneNumber } from '../../../lib/core/catalogue/operations.ts';
import { userJid } from '../../../lib/core/model/phone.ts';
import { listContacts } from '../../../lib/core/usecases/list-contacts.ts';
import { instanceRoute, type Route } from '../dialect.ts';
import { answer, answerOf, ok } from './envelope.ts';
import { actionRow, instanceOfPath, listQuery, tag } from './rows.ts';
import { contactShape, contactView } from './views.ts';

const TAG = 'Contacts';
const path = '/api/contacts/:instanceId';
const { name, firstName } = OPERATIONS['contact.save'].input.shape;
const byNumber = z.object({ phoneNumber });

function blockRow(action: 'block' | 'unblock'): Route {
  return actionRow({
    path: `${path}/${action}`,
    op: `contact.${action}`,
    tag: TAG,
    body: byNumber,
    aliases: { phoneNumber: ['phone'] },
    toInput: (body: { phoneNumber: string }) => ({ jid: userJid(body.phoneNumber) }),
    response: answerOf(z.object({ jid: z.string(), blocked: z.boolean() })),
    respond: (data) => ok({ data, message: `Contact ${action}ed successfully` }),
  });
}

export const contactRoutes: Route[] = [
  instanceRoute({
    method: 'GET',
    path: `${path}/all`,
    summary: 'People whom the instance has heard of',
    tag: tag(TAG),
    credential: 'key',
    target: instanceOfPath,
    query: listQuery,
    status: 200,
    response: answer({ data: z.array(contactShape), count: z.number().int(), nextCursor: z.string().nullable() }),
    permission: 'contact:read',
    run: async (ports, { principal, instance, query }) => {
      const { items, nextCursor } = await listContacts(ports, principal, {
        ...{ instance, filter: {}, page: 1, perPage: query.limit, cursor: query.cursor },
      });
      const data = items.map(contactView);
      return ok({ data, count: data.length, nextCursor });
    },
  }),
  actionRow({
    method: 'GET',
    path,
    op: 'contact.profile',
    tag: TAG,
    query: byNumber,
    toInput: (_body, _params, query) => ({ jid: userJid(query.phoneNumber as string) }),
    response: answer({
      data: z.object({
        id: z.string(),
        phoneNumber: z.string().nullable(),
        lid: z.string().nullable(),
        name: z.string().nullable(),
        about: z.string().nullable(),
        pictureUrl: z.string().nullable(),
        isBusiness: z.boolean(),
      }),
    }),
    respond: ({ jid, phone, lid, name, about, picture, business }) =>
      ok({
        data: { id: jid, phoneNumber: phone, lid, name, about, pictureUrl: picture, isBusiness: business !== null },
      }),
  }),
  actionRow({
    method: 'GET',
    path: `${path}/check-exists`,
    op: 'contact.check',
    tag: TAG,
    query: byNumber,
    toInput: (_body, _params, query) => ({ numbers: [query.phoneNumber] }),
    response: answer({ data: z.object({ exists: z.boolean(), jid: z.string().nullable() }) }),
    respond: ({ results }: OperationOutput<'contact.check'>) => {
      const [found] = results;
      return ok({ data: { exists: found?.exists ?? false, jid: found?.jid ?? null } });
    },
  }),
  actionRow({
    method: 'GET',
    path: `${path}/about`,
    op: 'contact.profile',
    tag: TAG,
    summary: 'The profile picture of a person, and what they say of themselves',
    query: byNumber,
    toInput: (_body, _params, query) => ({ jid: userJid(query.phoneNumber as string) }),
    response: answer({ data: z.object({ pictureUrl: z.string().nullable(), about: z.string().nullable() }) }),
    respond: ({ picture, about }) => ok({ data: { pictureUrl: picture, about } }),
  }),
  blockRow('block'),
  blockRow('unblock'),
  actionRow({
    method: 'PUT',
    path: `${path}/update`,
    op: 'contact.save',
    tag: TAG,
    body: z.object({ phone: OPERATIONS['contact.save'].input.shape.jid, name, firstName }),
    aliases: { name: ['fullName'], phone: ['phoneNumber'] },
    toInput: ({ phone: jid, name: full, firstName: first }) => ({ jid, name: full, firstName: first }),
    response: answerOf(z.object({ id: z.string(), name: z.string() })),
    respond: ({ jid, name: saved }) => ok({ data: { id: jid, name: saved }, message: 'Contact updated successfully' }),
  }),
  actionRow({
    method: 'PUT',
    path: `${path}/:chatId`,
    op: 'contact.save',
    tag: TAG,
    body: z.object({ name, firstName }),
    aliases: { name: ['fullName'] },
    toInput: (body, { chatId }) => ({ jid: chatId, name: body.name, firstName: body.firstName }),
    response: answerOf(z.object({ id: z.string(), name: z.string() })),
    respond: ({ jid, name: saved }) => ok({ data: { id: jid, name: saved }, message: 'Contact updated successfully' }),
  }),
];
