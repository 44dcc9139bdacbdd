import * as z from 'zod';
import { OPERATIONS, recipient } from '../../../lib/core/catalogue/operations.ts';
import type { Label } from '../../../lib/core/model/chat.ts';
import { listLabelledChats } from '../../../lib/core/usecases/list-labelled-chats.ts';
import { labelsOfChat, listLabels } from '../../../lib/core/usecases/list-labels.ts';
import { instanceRoute, type Route } from '../dialect.ts';
import { chatShape, chatView } from './chats.ts';
import { answer, answerOf, ok } from './envelope.ts';
import { actionRow, instanceOfPath, listQuery, tag } from './rows.ts';

const TAG = 'Labels';
const PATH = '/api/labels/:instanceId';
const reading = {
  method: 'GET',
  tag: tag(TAG),
  credential: 'key',
  target: instanceOfPath,
  status: 200,
  permission: 'label:read',
} as const;
const { labelId, name, color } = OPERATIONS['label.update'].input.shape;
const { labelIds } = OPERATIONS['label.setOfChat'].input.shape;
const labelShape = OPERATIONS['label.create'].output;
const labelView = ({ id, ...label }: Label) => ({ labelId: id, name: label.name, color: label.color });
const labelList = answer({ data: z.array(labelShape), count: z.number().int() });

export const labelRoutes: Route[] = [
  instanceRoute({
    ...reading,
    path: PATH,
    summary: 'Labels of a business account',
    response: labelList,
    run: async (ports, { principal, instance }) => {
      const labels = await listLabels(ports, principal, { instance });
      return ok({ data: labels.map(labelView), count: labels.length });
    },
  }),
  actionRow({
    path: PATH,
    op: 'label.create',
    tag: TAG,
    body: z.object({ name: name.unwrap(), color }),
    toInput: (body) => body,
    status: 201,
    response: answerOf(labelShape),
    respond: (data) => ok({ data, message: 'Label created successfully' }),
  }),
  actionRow({
    method: 'PUT',
    path: `${PATH}/:labelId`,
    op: 'label.update',
    tag: TAG,
    body: z.object({ name, color }),
    toInput: (body, params) => ({ ...body, labelId: params.labelId }),
    response: answerOf(labelShape),
    respond: (data) => ok({ data, message: 'Label updated successfully' }),
  }),
  actionRow({
    method: 'DELETE',
    path: `${PATH}/:labelId`,
    op: 'label.delete',
    tag: TAG,
    toInput: (_body, params) => ({ labelId: params.labelId }),
    response: answerOf(z.object({ labelId: z.string() })),
    respond: (data) => ok({ data, message: 'Label deleted successfully' }),
  }),
  instanceRoute({
    ...reading,
    path: `${PATH}/chats/:chatId`,
    summary: 'Labels that are on a chat',
    params: z.object({ instanceId: z.string(), chatId: recipient }),
    response: labelList,
    run: async (ports, { principal, instance, params }) => {
      const labels = await labelsOfChat(ports, principal, { instance, chat: params.chatId });
      return ok({ data: labels.map(labelView), count: labels.length });
    },
  }),
  actionRow({
    method: 'PUT',
    path: `${PATH}/chats/:chatId`,
    op: 'label.setOfChat',
    tag: TAG,
    body: z.object({ labelIds }),
    toInput: (body, { chatId }) => ({ chat: chatId, labelIds: body.labelIds }),
    response: answerOf(z.object({ chatId: z.string(), labelIds: z.array(z.string()) })),
    respond: ({ chat, labelIds: on }) =>
      ok({ data: { chatId: chat, labelIds: on }, message: 'Chat labels saved successfully' }),
  }),
  instanceRoute({
    ...reading,
    path: `${PATH}/:labelId/chats`,
    summary: 'Chats that a label is on',
    params: z.object({ instanceId: z.string(), labelId }),
    query: listQuery,
    response: answer({ data: z.array(chatShape), count: z.number().int(), nextCursor: z.string().nullable() }),
    run: async (ports, { principal, instance, params, query }) => {
      const page = { page: 1, perPage: query.limit, cursor: query.cursor };
      const of = { instance, labelId: params.labelId };
      const { items, nextCursor } = await listLabelledChats(ports, principal, { ...of, ...page });
      return ok({ data: items.map(chatView), count: items.length, nextCursor });
    },
  }),
];
