import * as z from 'zod';
import { OPERATIONS, type OperationOutput, person } from '../../../lib/core/catalogue/operations.ts';
import { outputOfCommand } from '../../../lib/core/usecases/await-command.ts';
import { listContacts } from '../../../lib/core/usecases/list-contacts.ts';
import { instanceRoute, operationRoute, type Route } from '../dialect.ts';
import { instanceOfKey, pageQuery, paginationOf } from './fields.ts';
import { contact } from './responses.ts';
import { contactView } from './views.ts';

const TAG = 'Contacts';

export const contactQuery = z.object({
  ...pageQuery,
  search: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .optional()
    .meta({ description: 'Beginning of a word of the name, in any case, or of the phone number' }),
});

function blockRoute(action: 'block' | 'unblock'): Route {
  return operationRoute({
    method: 'POST',
    path: `/api/contacts/${action}`,
    summary: OPERATIONS[`contact.${action}`].summary,
    tag: TAG,
    credential: 'key',
    op: `contact.${action}`,
    target: instanceOfKey,
    body: z.object({ jid: person }),
    status: 200,
    response: OPERATIONS[`contact.${action}`].output,
    toInput: ({ body }) => body,
    respond: (command) => ({ data: outputOfCommand(command) }),
  });
}

export const contactRoutes: Route[] = [
  instanceRoute({
    method: 'GET',
    path: '/api/contacts',
    summary: 'People whom the instance has heard of',
    tag: TAG,
    credential: 'key',
    target: instanceOfKey,
    query: contactQuery,
    status: 200,
    response: z.object({ contacts: z.array(contact) }),
    permission: 'contact:read',
    run: async (ports, { principal, instance, query }) => {
      const { items, nextCursor } = await listContacts(ports, principal, {
        instance,
        filter: query.search === undefined ? {} : { search: query.search },
        page: query.page,
        perPage: query.per_page,
        cursor: query.cursor,
      });
      return { data: { contacts: items.map(contactView) }, pagination: paginationOf(query, nextCursor) };
    },
  }),
  operationRoute({
    method: 'POST',
    path: '/api/contacts/check',
    summary: 'Ask which numbers have a WhatsApp account',
    tag: TAG,
    credential: 'key',
    op: 'contact.check',
    target: instanceOfKey,
    body: z.object(OPERATIONS['contact.check'].input.shape),
    status: 200,
    response: z.object({ results: OPERATIONS['contact.check'].output.shape.results }),
    toInput: ({ body }) => body,
    respond: (command) => {
      const { results } = outputOfCommand(command) as OperationOutput<'contact.check'>;
      return { data: { results } };
    },
  }),
  blockRoute('block'),
  blockRoute('unblock'),
  operationRoute({
    method: 'GET',
    path: '/api/contacts/:jid/profile',
    summary: 'What WhatsApp shows of a person',
    tag: TAG,
    credential: 'key',
    op: 'contact.profile',
    target: instanceOfKey,
    params: z.object({ jid: person }),
    status: 200,
    response: OPERATIONS['contact.profile'].output,
    toInput: ({ params }) => params,
    respond: (command) => ({ data: outputOfCommand(command) }),
  }),
];
