import * as z from 'zod';
import { lid, OPERATIONS, person, phoneNumber } from '../../../lib/core/catalogue/operations.ts';
import { getContact } from '../../../lib/core/usecases/get-contact.ts';
import { countLidPairs, getLidPair, listLidPairs } from '../../../lib/core/usecases/lid-pairs.ts';
import { listContacts } from '../../../lib/core/usecases/list-contacts.ts';
import { listPresence } from '../../../lib/core/usecases/list-presence.ts';
import { instanceRoute, type Route } from '../dialect.ts';
import { contactQuery } from './contacts.ts';
import { familyRoute } from './family-route.ts';
import { instanceByName, pageQuery, paginationOf } from './fields.ts';
import { contact } from './responses.ts';
import { lidPair, seenPresence } from './responses-chats.ts';
import { contactView } from './views.ts';
import { presenceView } from './views-chats.ts';

const OF = { credential: 'any', target: instanceByName, status: 200 } as const;
const tag = 'Contacts';
const errors = ['RESOURCE_NOT_FOUND'] as const;

/** People of an instance by its name, with a user's token or any key of it. */
export const peopleRoutes: Route[] = [
  instanceRoute({
    ...{ ...OF, tag, method: 'GET', path: '/api/instances/:name/contacts' },
    summary: 'People whom the instance has heard of',
    query: contactQuery,
    response: z.object({ contacts: z.array(contact) }),
    permission: 'contact:read',
    run: async (ports, { principal, instance, query }) => {
      const { items, nextCursor } = await listContacts(ports, principal, {
        instance,
        filter: query.search === undefined ? {} : { search: query.search },
        ...{ page: query.page, perPage: query.per_page, cursor: query.cursor },
      });
      return { data: { contacts: items.map(contactView) }, pagination: paginationOf(query, nextCursor) };
    },
  }),
  familyRoute({ tag, method: 'GET', path: '/contacts/blocked', op: 'contact.listBlocked' }),
  familyRoute({ tag, method: 'POST', path: '/contacts/check', op: 'contact.check' }),
  instanceRoute({
    ...{ ...OF, tag, method: 'GET', path: '/api/instances/:name/contacts/:jid' },
    summary: 'A person as the instance has heard of them',
    params: z.object({ jid: person }),
    response: contact,
    permission: 'contact:read',
    run: async (ports, { principal, instance, params }) => ({
      data: contactView(await getContact(ports, principal, { instance, jid: params.jid })),
    }),
  }),
  familyRoute({ tag, errors, method: 'GET', path: '/contacts/:jid/profile', op: 'contact.profile' }),
  familyRoute({ tag, errors, method: 'PUT', path: '/contacts/:jid', op: 'contact.save' }),
  familyRoute({ tag, errors, method: 'DELETE', path: '/contacts/:jid', op: 'contact.forget' }),
  familyRoute({ tag, errors, method: 'POST', path: '/contacts/:jid/block', op: 'contact.block' }),
  familyRoute({ tag, errors, method: 'POST', path: '/contacts/:jid/unblock', op: 'contact.unblock' }),
  instanceRoute({
    ...{ ...OF, tag, method: 'GET', path: '/api/instances/:name/lids' },
    summary: 'People whose phone number and LID are both known',
    query: z.strictObject(pageQuery),
    response: z.object({ lids: z.array(lidPair) }),
    permission: 'contact:read',
    run: async (ports, { principal, instance, query }) => {
      const { items, nextCursor } = await listLidPairs(ports, principal, {
        ...{ instance, page: query.page, perPage: query.per_page, cursor: query.cursor },
      });
      return { data: { lids: items }, pagination: paginationOf(query, nextCursor) };
    },
  }),
  instanceRoute({
    ...{ ...OF, tag, method: 'GET', path: '/api/instances/:name/lids/count' },
    summary: 'How many they are',
    response: z.object({ count: z.number().int() }),
    permission: 'contact:read',
    run: async (ports, { principal, instance }) => ({
      data: { count: await countLidPairs(ports, principal, { instance }) },
    }),
  }),
  instanceRoute({
    ...{ ...OF, tag, method: 'GET', path: '/api/instances/:name/lids/:lid' },
    summary: 'The phone number of a LID',
    params: z.object({ lid }),
    response: lidPair,
    permission: 'contact:read',
    run: async (ports, { principal, instance, params }) => ({
      data: await getLidPair(ports, principal, { instance, lid: params.lid }),
    }),
  }),
  instanceRoute({
    ...{ ...OF, tag, method: 'GET', path: '/api/instances/:name/lids/phone/:phone' },
    summary: 'The LID of a phone number',
    params: z.object({ phone: phoneNumber }),
    response: lidPair,
    permission: 'contact:read',
    run: async (ports, { principal, instance, params }) => ({
      data: await getLidPair(ports, principal, { instance, phone: params.phone }),
    }),
  }),

  familyRoute({ tag: 'Presence', method: 'PUT', path: '/presence', op: 'presence.set' }),
  familyRoute({
    ...{ tag: 'Presence', errors, method: 'POST', path: '/presence/:chat/subscribe', op: 'presence.subscribe' },
  }),
  ...(['', '/:chat'] as const).map((rest) =>
    instanceRoute({
      ...{ ...OF, tag: 'Presence', method: 'GET', path: `/api/instances/:name/presence${rest}` },
      summary: rest ? 'What people of a chat were last seen doing' : 'What people were last seen doing, within a day',
      params: z.object({ chat: OPERATIONS['presence.subscribe'].input.shape.chat.optional() }),
      query: z.strictObject(pageQuery),
      response: z.object({ presence: z.array(seenPresence) }),
      permission: 'presence:read',
      run: async (ports, { principal, instance, params, query }) => {
        const { items, nextCursor } = await listPresence(ports, principal, {
          ...{ instance, ...(params.chat && { chat: params.chat }) },
          ...{ page: query.page, perPage: query.per_page, cursor: query.cursor },
        });
        return { data: { presence: items.map(presenceView) }, pagination: paginationOf(query, nextCursor) };
      },
    }),
  ),
];
