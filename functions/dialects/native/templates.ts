import * as z from 'zod';
import { messageBody, templateName, variables } from '../../../lib/core/catalogue/message-types.ts';
import { OPERATIONS, recipient, sendAt } from '../../../lib/core/catalogue/operations.ts';
import type { Template } from '../../../lib/core/model/template.ts';
import { getTemplate, listTemplates } from '../../../lib/core/usecases/list-templates.ts';
import { sendTemplate } from '../../../lib/core/usecases/send-template.ts';
import { readTemplate } from '../../../lib/core/usecases/template-access.ts';
import { createTemplate, removeTemplate, updateTemplate } from '../../../lib/core/usecases/write-template.ts';
import { begunWith, operationRoute, type Route, route } from '../dialect.ts';
import { instanceOfKey, pageQuery, paginationOf } from './fields.ts';
import { respondSent } from './messages.ts';
import { sentMessage } from './responses.ts';
import { template, templateView } from './responses-bulk.ts';

const path = '/api/templates';
const params = z.object({ templateName: z.string() });
const base = { tag: 'Templates', credential: 'any', permission: 'message:send' } as const;
const one = { ...base, path: `${path}/:templateName`, params } as const;

const { quotedMessageId, mentions, mentionAll, ephemeralSeconds, isAutoReply } =
  OPERATIONS['message.sendText'].input.shape;

export const templateRoutes: Route[] = [
  route({
    ...{ ...base, method: 'POST', path, status: 201, response: template, errors: ['RESOURCE_ALREADY_EXISTS'] },
    summary: 'Write a template; of keys, those of the whole account',
    body: z.strictObject({ name: templateName, message: messageBody }),
    run: async (ports, { principal, body }) => ({ data: templateView(await createTemplate(ports, principal, body)) }),
  }),
  route({
    ...{ ...base, method: 'GET', path, status: 200 },
    summary: 'Templates of the subscription, by name',
    query: z.strictObject(pageQuery),
    response: z.object({ templates: z.array(template) }),
    run: async (ports, { principal, query }) => {
      const page = { page: query.page, perPage: query.per_page, cursor: query.cursor };
      const { items, nextCursor } = await listTemplates(ports, principal, page);
      return { data: { templates: items.map(templateView) }, pagination: paginationOf(query, nextCursor) };
    },
  }),
  route({
    ...{ ...one, method: 'GET', status: 200, response: template },
    summary: 'A template',
    run: async (ports, { principal, params: { templateName: name } }) => ({
      data: templateView(await getTemplate(ports, principal, name)),
    }),
  }),
  route({
    ...{ ...one, method: 'PUT', status: 200, response: template },
    summary: 'Give a template another message; what was accepted before stays as it was',
    body: z.strictObject({ message: messageBody }),
    run: async (ports, { principal, params: { templateName: name }, body: { message } }) => ({
      data: templateView(await updateTemplate(ports, principal, { name, message })),
    }),
  }),
  route({
    ...{ ...one, method: 'DELETE', status: 204 },
    summary: 'Delete a template',
    run: async (ports, { principal, params: { templateName: name } }) => {
      await removeTemplate(ports, principal, name);
      return { data: undefined };
    },
  }),
  begunWith(
    operationRoute({
      method: 'POST',
      path: '/api/messages/template',
      summary: 'Send the message of a template',
      tag: 'Messages',
      credential: 'key',
      // Stands for whatever the template is: all that sends is alike to whoever calls.
      op: 'message.sendText',
      target: instanceOfKey,
      body: z.object({
        to: recipient,
        template: templateName,
        variables: variables.default({}),
        ...{ sendAt, quotedMessageId, mentions, mentionAll, ephemeralSeconds, isAutoReply },
      }),
      status: 201,
      response: sentMessage,
      errors: ['RESOURCE_NOT_FOUND', 'NOT_IMPLEMENTED'],
      submit: async (ports, request) => {
        const { principal, instance, body, idempotency } = request;
        const { template: _name, variables: values, ...fields } = body;
        const { begun } = request as { begun?: Promise<Template | undefined> };
        return sendTemplate(ports, principal, {
          ...{ instance, template: await begun, variables: values, fields, idempotency },
        });
      },
      respond: respondSent,
    }),
    (ports, { principal, body }) =>
      readTemplate(ports, principal.tenantId, (body as { template?: unknown } | null)?.template),
  ),
];
