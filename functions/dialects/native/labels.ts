import * as z from 'zod';
import { OPERATIONS } from '../../../lib/core/catalogue/operations.ts';
import { listLabelledChats } from '../../../lib/core/usecases/list-labelled-chats.ts';
import { labelsOfChat, labelsOfMessage, listLabels } from '../../../lib/core/usecases/list-labels.ts';
import { instanceRoute, type Route } from '../dialect.ts';
import { familyRoute } from './family-route.ts';
import { instanceByName, pageQuery, paginationOf } from './fields.ts';
import { chat, label } from './responses-chats.ts';
import { chatView, labelView } from './views-chats.ts';

const tag = 'Labels';
const { chat: chatParam, messageId } = OPERATIONS['label.setOfMessage'].input.shape;
const { labelId } = OPERATIONS['label.update'].input.shape;
const labels = z.object({ labels: z.array(label) });
const errors = ['RESOURCE_NOT_FOUND', 'INVALID_STATE'] as const;

export const labelRoutes: Route[] = [
  instanceRoute({
    ...{ tag, method: 'GET', path: '/api/instances/:name/labels', credential: 'any', target: instanceByName },
    summary: 'Labels of a business account',
    status: 200,
    response: labels,
    permission: 'label:read',
    run: async (ports, { principal, instance }) => ({
      data: { labels: (await listLabels(ports, principal, { instance })).map(labelView) },
    }),
  }),
  familyRoute({
    ...{ tag, method: 'POST', path: '/labels', op: 'label.create', status: 201 },
    errors: ['RESOURCE_ALREADY_EXISTS', 'INVALID_STATE'],
  }),
  familyRoute({ tag, errors, method: 'PUT', path: '/labels/:labelId', op: 'label.update' }),
  familyRoute({ tag, errors, method: 'DELETE', path: '/labels/:labelId', op: 'label.delete' }),
  instanceRoute({
    ...{ tag, method: 'GET', path: '/api/instances/:name/labels/:labelId/chats', credential: 'any' },
    target: instanceByName,
    summary: 'Chats that a label is on',
    params: z.object({ labelId }),
    query: z.strictObject(pageQuery),
    status: 200,
    response: z.object({ chats: z.array(chat) }),
    permission: 'label:read',
    run: async (ports, { principal, instance, params, query }) => {
      const { items, nextCursor } = await listLabelledChats(ports, principal, {
        ...{ instance, labelId: params.labelId },
        ...{ page: query.page, perPage: query.per_page, cursor: query.cursor },
      });
      const nowMs = ports.clock();
      return { data: { chats: items.map((one) => chatView(one, nowMs)) }, pagination: paginationOf(query, nextCursor) };
    },
  }),
  instanceRoute({
    ...{ tag, method: 'GET', path: '/api/instances/:name/chats/:chat/labels', credential: 'any' },
    target: instanceByName,
    summary: 'Labels that are on a chat',
    params: z.object({ chat: chatParam }),
    status: 200,
    response: labels,
    permission: 'label:read',
    run: async (ports, { principal, instance, params }) => ({
      data: { labels: (await labelsOfChat(ports, principal, { instance, chat: params.chat })).map(labelView) },
    }),
  }),
  familyRoute({ tag, errors, method: 'PUT', path: '/chats/:chat/labels', op: 'label.setOfChat' }),
  instanceRoute({
    ...{ tag, method: 'GET', path: '/api/instances/:name/chats/:chat/messages/:messageId/labels', credential: 'any' },
    target: instanceByName,
    summary: 'Labels that are on a message',
    errors: ['RESOURCE_NOT_FOUND'],
    params: z.object({ chat: chatParam, messageId }),
    status: 200,
    response: labels,
    permission: 'label:read',
    run: async (ports, { principal, instance, params }) => ({
      data: { labels: (await labelsOfMessage(ports, principal, { instance, ...params })).map(labelView) },
    }),
  }),
  familyRoute({
    ...{ tag, errors, method: 'PUT', path: '/chats/:chat/messages/:messageId/labels' },
    op: 'label.setOfMessage',
  }),
];
