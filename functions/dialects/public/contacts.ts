import * as z from 'zod';
import { type OperationOutput, phoneNumber } from '../../../lib/core/catalogue/operations.ts';
import type { Instance } from '../../../lib/core/model/instance.ts';
import type { Contact } from '../../../lib/core/model/message.ts';
import { requirePermission } from '../../../lib/core/usecases/access.ts';
import { chooseSender, findContactAcross, listContactsAcross } from '../../../lib/core/usecases/across-instances.ts';
import { awaitCommand, outputOfCommand } from '../../../lib/core/usecases/await-command.ts';
import { submitCommand } from '../../../lib/core/usecases/submit-command.ts';
import { begunRoute, type Route } from '../dialect.ts';
import { answer, limit, ok, page, pagination, paginationOf } from './envelope.ts';
import { devices, ofDevice, PREFIX } from './messages.ts';
import { numberOf } from './numbers.ts';

const base = { tag: 'Document D: Contacts', credential: 'key', begin: devices } as const;

const contact = z.object({
  id: z
    .string()
    .nullable()
    .meta({ description: 'Its LID where known, else its number', examples: ['94771234567'] }),
  device_id: z.string(),
  phone_number: z.string().nullable(),
  lid: z.string().nullable(),
  name: z.string().nullable(),
  push_name: z.string().nullable(),
  is_blocked: z.boolean(),
});

function contactView({ instance, item }: { instance: Instance; item: Contact }) {
  const { phone, lid, name, pushName, blocked } = item;
  return {
    ...{ id: lid ?? phone, device_id: instance.id, phone_number: numberOf(phone), lid, name: name ?? pushName },
    ...{ push_name: pushName, is_blocked: blocked },
  };
}

export const contactRoutes: Route[] = [
  begunRoute({
    ...base,
    method: 'GET',
    path: `${PREFIX}/contacts`,
    summary: 'People whom the devices have heard of',
    query: z.object({
      ...{ page, limit },
      search: z.string().trim().min(1).max(100).optional(),
      device_id: z.string().min(1).max(128).optional(),
    }),
    status: 200,
    response: answer({ data: z.array(contact), pagination }),
    permission: 'contact:read',
    run: async (ports, { principal, query, begun }) => {
      const instances = ofDevice(await begun, query.device_id);
      const input = { instances, search: query.search, page: query.page, perPage: query.limit };
      const { items, hasMore } = await listContactsAcross(ports, principal, input);
      return ok({ data: items.map(contactView), pagination: paginationOf(query, items.length, hasMore) });
    },
  }),
  begunRoute({
    ...base,
    method: 'GET',
    path: `${PREFIX}/contacts/:id`,
    summary: 'A person whom a device has heard of',
    params: z.object({ id: z.string() }),
    status: 200,
    response: answer({ data: contact }),
    permission: 'contact:read',
    run: async (ports, { principal, params, begun }) => {
      const input = { instances: await begun, contactId: params.id };
      return ok({ data: contactView(await findContactAcross(ports, principal, input)) });
    },
  }),
  begunRoute({
    ...base,
    method: 'POST',
    path: `${PREFIX}/contacts/verify`,
    summary: 'Ask WhatsApp whether a number has an account',
    body: z.object({ phone_number: phoneNumber, device_id: z.string().min(1).max(128).optional() }),
    status: 200,
    response: answer({
      data: z.object({
        phone_number: z.string(),
        exists: z.boolean(),
        jid: z.string().nullable(),
        message: z.string(),
      }),
    }),
    errors: ['INSTANCE_NOT_CONNECTED', 'INVALID_PHONE_NUMBER', 'COMMAND_TIMEOUT', 'RESOURCE_NOT_FOUND'],
    permission: 'contact:check',
    run: async (ports, { principal, body, begun, waitMs }) => {
      requirePermission(principal, 'contact:check');
      const instance = chooseSender({ instances: await begun }, body.device_id);
      const input = { numbers: [body.phone_number] };
      const { command } = await submitCommand(ports, principal, { instance, operation: 'contact.check', input });
      const output = outputOfCommand(await awaitCommand(ports, { command, waitMs }));
      const [found] = (output as OperationOutput<'contact.check'>).results;
      const exists = found?.exists ?? false;
      const message = exists ? 'This number has a WhatsApp account.' : 'This number has no WhatsApp account.';
      return ok({
        data: { phone_number: numberOf(body.phone_number), exists, jid: found?.jid ?? null, message },
      });
    },
  }),
];
