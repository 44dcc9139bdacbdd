import * as z from 'zod';
import { MAX_TEXT_LENGTH, recipient } from '../../../lib/core/catalogue/operations.ts';
import type { Principal } from '../../../lib/core/model/account.ts';
import { publicMessageId } from '../../../lib/core/model/ids.ts';
import type { Instance } from '../../../lib/core/model/instance.ts';
import { type Message, messageStatus } from '../../../lib/core/model/message.ts';
import type { Ports } from '../../../lib/core/ports/index.ts';
import { requirePermission } from '../../../lib/core/usecases/access.ts';
import { chooseSender, findMessageAcross, listMessagesAcross } from '../../../lib/core/usecases/across-instances.ts';
import { awaitCommand } from '../../../lib/core/usecases/await-command.ts';
import { reachableInstances } from '../../../lib/core/usecases/list-instances.ts';
import { submitCommand } from '../../../lib/core/usecases/submit-command.ts';
import { begunRoute, type Route } from '../dialect.ts';
import { sentMessageOf } from '../sent.ts';
import { answer, limit, ok, page, pagination, paginationOf } from './envelope.ts';
import { numberOf } from './numbers.ts';

export const PREFIX = '/api/public/v1';
const base = { tag: 'Document D: Messages', credential: 'key' } as const;
const isoTime = z.iso.datetime();
const text = (example: string) => z.string().meta({ examples: [example] });

/** What every row of several devices begins with. */
export function devices(ports: Ports, { principal }: { principal: Principal }): Promise<Instance[]> {
  return reachableInstances(ports, principal);
}

const message = z.object({
  id: text('msg_3EB0C767D71D8A2B5F3E19'),
  device_id: z.string(),
  contact_id: z.string().nullable(),
  phone_number: text('+94771234567').nullable(),
  contact_name: z.string().nullable(),
  direction: z.enum(['inbound', 'outbound']),
  message_type: text('text'),
  content: z.string().nullable(),
  media_url: z.string().nullable(),
  status: text('sent'),
  created_at: isoTime,
});

function messageView({ instance, item }: { instance: Instance; item: Message }) {
  const { phone, lid } = item.party;
  return {
    ...{
      id: publicMessageId(item.id),
      device_id: instance.id,
      contact_id: lid ?? phone,
      phone_number: numberOf(phone),
    },
    ...{ contact_name: item.authorName, direction: item.direction === 'sent' ? 'outbound' : 'inbound' },
    ...{ message_type: item.type, content: item.edit ? item.edit.text : item.text, media_url: null },
    ...{ status: messageStatus(item).toLowerCase(), created_at: new Date(item.timestampMs).toISOString() },
  };
}

export const messageRoutes: Route[] = [
  begunRoute({
    ...base,
    begin: devices,
    method: 'POST',
    path: `${PREFIX}/messages/send`,
    summary: 'Send a text; without device_id from the first device that is connected',
    body: z.object({
      phone_number: recipient,
      message: z.string().min(1).max(MAX_TEXT_LENGTH),
      device_id: z.string().min(1).max(128).optional(),
    }),
    aliases: { phone_number: ['to'] },
    status: 200,
    alsoStatus: [202],
    response: answer({
      data: z.object({
        message_id: text('msg_3EB0C767D71D8A2B5F3E19'),
        phone_number: text('+94771234567'),
        message: z.string(),
        device_id: z.string(),
        status: z.enum(['sent', 'queued', 'unknown']),
        timestamp: isoTime,
      }),
    }),
    errors: ['INSTANCE_NOT_CONNECTED', 'INVALID_PHONE_NUMBER', 'MESSAGE_SEND_FAILED', 'RESOURCE_NOT_FOUND'],
    permission: 'message:send',
    run: async (ports, { principal, body, begun, waitMs }) => {
      requirePermission(principal, 'message:send');
      const instance = chooseSender({ instances: await begun }, body.device_id);
      const input = { to: body.phone_number, text: body.message };
      const { command } = await submitCommand(ports, principal, { instance, operation: 'message.sendText', input });
      const sent = sentMessageOf(await awaitCommand(ports, { command, waitMs }));
      const data = {
        ...{
          message_id: sent.messageId,
          phone_number: numberOf(sent.to.split('@')[0] as string),
          message: body.message,
        },
        ...{ device_id: instance.id, status: sent.status.toLowerCase() },
        timestamp: new Date(sent.timestampMs).toISOString(),
      };
      return { ...ok({ data }), status: sent.status === 'SENT' ? 200 : 202 };
    },
  }),
  begunRoute({
    ...base,
    begin: devices,
    method: 'GET',
    path: `${PREFIX}/messages`,
    summary: 'Messages of the devices, newest first',
    query: z.object({
      ...{ page, limit },
      contact_id: recipient.optional(),
      device_id: z.string().min(1).max(128).optional(),
    }),
    status: 200,
    response: answer({ data: z.array(message), pagination }),
    permission: 'message:read',
    run: async (ports, { principal, query, begun }) => {
      const filter = query.contact_id === undefined ? {} : { chats: [query.contact_id] };
      const instances = ofDevice(await begun, query.device_id);
      const input = { instances, filter, page: query.page, perPage: query.limit };
      const { items, hasMore } = await listMessagesAcross(ports, principal, input);
      return ok({ data: items.map(messageView), pagination: paginationOf(query, items.length, hasMore) });
    },
  }),
  begunRoute({
    ...base,
    begin: devices,
    method: 'GET',
    path: `${PREFIX}/messages/:id`,
    summary: 'A message and how far it has come',
    params: z.object({ id: z.string() }),
    status: 200,
    response: answer({ data: message }),
    permission: 'message:read',
    run: async (ports, { principal, params, begun }) => {
      const found = await findMessageAcross(ports, principal, { instances: await begun, messageId: params.id });
      return ok({ data: messageView(found) });
    },
  }),
];

/** Only that device where one is named; one that is not there has nothing. */
export function ofDevice(instances: readonly Instance[], deviceId: string | undefined): Instance[] {
  return instances.filter(({ id, name }) => deviceId === undefined || id === deviceId || name === deviceId);
}
