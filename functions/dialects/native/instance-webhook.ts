import * as z from 'zod';
import { createWebhook } from '../../../lib/core/usecases/create-webhook.ts';
import { removeWebhook } from '../../../lib/core/usecases/remove-webhook.ts';
import { testWebhook } from '../../../lib/core/usecases/test-webhook.ts';
import { updateWebhook } from '../../../lib/core/usecases/update-webhook.ts';
import { findWebhook } from '../../../lib/core/usecases/webhook-access.ts';
import { instanceRoute, type Route } from '../dialect.ts';
import { EVENT_WORDS } from '../webhook-formats.ts';
import { A1_EVENTS } from './events.ts';
import { emptyBody, instanceByName } from './fields.ts';
import * as responses from './responses-webhooks.ts';
import { testView, webhookView } from './webhook-views.ts';
import { webhookFields } from './webhooks.ts';

const TAG = 'Webhooks';
const PATH = '/api/instances/:name/webhook';

const { url, secret, isActive } = webhookFields.shape;
const events = z.array(z.enum(A1_EVENTS)).min(1).max(A1_EVENTS.length);
const changes = z
  .strictObject({ url, events, secret, isActive })
  .partial()
  .refine((body) => Object.keys(body).length > 0, 'must change something');

/** Document A's one webhook of an instance; `/api/webhooks` has more of them, and their logs. */
export const instanceWebhookRoutes: Route[] = [
  instanceRoute({
    method: 'POST',
    path: PATH,
    summary: 'Configure the webhook of an instance; without a secret one is made and shown in this answer only',
    tag: TAG,
    credential: 'user',
    target: instanceByName,
    body: z.strictObject({
      url,
      events: events.default([...A1_EVENTS]),
      secret: secret.optional(),
      isActive: isActive.optional(),
    }),
    status: 201,
    response: responses.newWebhook,
    errors: ['RESOURCE_ALREADY_EXISTS', 'INVALID_STATE'],
    run: async (ports, { principal, instance, body }) => {
      const made = await createWebhook(ports, principal, { instance, format: 'a1', ...body });
      return { data: { ...webhookView(made), ...(made.secret && { secret: made.secret }) } };
    },
  }),
  instanceRoute({
    method: 'GET',
    path: PATH,
    summary: 'The webhook of an instance, without its secret',
    tag: TAG,
    credential: 'user',
    target: instanceByName,
    status: 200,
    response: responses.webhook,
    run: async (ports, { principal, instance }) => ({
      data: webhookView(await findWebhook(ports, principal, { instance })),
    }),
  }),
  instanceRoute({
    method: 'PUT',
    path: PATH,
    summary: 'Change the webhook of an instance; what is not given stays',
    tag: TAG,
    credential: 'user',
    target: instanceByName,
    body: changes,
    status: 200,
    response: responses.webhook,
    errors: ['INVALID_STATE'],
    run: async (ports, { principal, instance, body }) => ({
      data: webhookView(await updateWebhook(ports, principal, { target: { instance }, words: EVENT_WORDS, ...body })),
    }),
  }),
  instanceRoute({
    method: 'DELETE',
    path: PATH,
    summary: 'Remove the webhook of an instance',
    tag: TAG,
    credential: 'user',
    target: instanceByName,
    status: 204,
    run: async (ports, { principal, instance }) => {
      await removeWebhook(ports, principal, { target: { instance } });
      return { data: undefined };
    },
  }),
  instanceRoute({
    method: 'POST',
    path: `${PATH}/test`,
    summary: 'Call the webhook of an instance and say what it answered',
    tag: TAG,
    credential: 'user',
    target: instanceByName,
    body: emptyBody,
    status: 200,
    response: responses.testResult,
    errors: ['COMMAND_TIMEOUT'],
    run: async (ports, { principal, instance }) => ({
      data: testView(await testWebhook(ports, principal, { target: { instance } })),
    }),
  }),
];
