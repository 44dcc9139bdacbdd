import * as z from 'zod';
import { momentText } from '../../../lib/core/catalogue/operations.ts';
import { publicMessageId } from '../../../lib/core/model/ids.ts';
import { sentText, sentType } from '../../../lib/core/model/message.ts';
import type { ScheduledCommand } from '../../../lib/core/ports/index.ts';
import { cancelScheduled } from '../../../lib/core/usecases/cancel-scheduled.ts';
import { listScheduled } from '../../../lib/core/usecases/list-scheduled.ts';
import { updateScheduled } from '../../../lib/core/usecases/update-scheduled.ts';
import { instanceRoute, type Route } from '../dialect.ts';
import { instanceByName, pageQuery, paginationOf } from './fields.ts';
import { scheduledMessage } from './responses-messages.ts';
import { addressOf, iso } from './views.ts';

const tag = 'Messages';
const path = '/api/instances/:name/scheduled';
const one = { tag, credential: 'any', path: `${path}/:messageId`, target: instanceByName } as const;
const params = z.object({ messageId: z.string() });
const errors = ['RESOURCE_NOT_FOUND', 'INVALID_STATE'] as const;

function scheduledView({ messageId, operation, input, sendAtMs, acceptedAtMs }: ScheduledCommand) {
  return {
    messageId: publicMessageId(messageId),
    to: addressOf((input as { to: string }).to),
    type: sentType(operation),
    text: sentText(input),
    status: 'SCHEDULED',
    sendAt: iso(sendAtMs),
    createdAt: iso(acceptedAtMs),
  };
}

export const scheduledRoutes: Route[] = [
  instanceRoute({
    ...{ tag, method: 'GET', path, credential: 'any', target: instanceByName },
    summary: 'Messages that are to be sent later, soonest first',
    query: z.strictObject(pageQuery),
    status: 200,
    response: z.object({ messages: z.array(scheduledMessage) }),
    permission: 'message:read',
    run: async (ports, { principal, instance, query }) => {
      const page = { page: query.page, perPage: query.per_page, cursor: query.cursor };
      const { items, nextCursor } = await listScheduled(ports, principal, { instance, ...page });
      return { data: { messages: items.map(scheduledView) }, pagination: paginationOf(query, nextCursor) };
    },
  }),
  instanceRoute({
    ...{ ...one, method: 'PATCH', params, errors },
    summary: 'Change the text or the moment of a scheduled message',
    body: z
      .strictObject({ text: z.string().min(1).optional(), sendAt: momentText.optional() })
      .refine((body) => Object.keys(body).length > 0, 'must change something'),
    status: 200,
    response: scheduledMessage,
    permission: 'message:send',
    run: async (ports, { principal, instance, params: { messageId }, body }) => ({
      data: scheduledView(await updateScheduled(ports, principal, { instance, messageId, ...body })),
    }),
  }),
  instanceRoute({
    ...{ ...one, method: 'DELETE', params, errors },
    summary: 'Cancel a scheduled message',
    status: 204,
    permission: 'message:send',
    run: async (ports, { principal, instance, params: { messageId } }) => {
      await cancelScheduled(ports, principal, { instance, messageId });
      return { data: undefined };
    },
  }),
];
