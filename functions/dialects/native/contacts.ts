import { z } from 'zod';
import { OPERATIONS, type OperationOutput } from '../../../lib/core/catalogue/operations.ts';
import { outputOfCommand } from '../../../lib/core/usecases/await-command.ts';
import { operationRoute, type Route } from '../dialect.ts';
import { instanceOfKey } from './fields.ts';

export const contactRoutes: Route[] = [
  operationRoute({
    method: 'POST',
    path: '/api/contacts/check',
    summary: 'Ask which numbers have a WhatsApp account',
    tag: 'Contacts',
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
];
