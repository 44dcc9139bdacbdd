import * as z from 'zod';
import { notFound } from '../../../lib/core/errors.ts';
import { requirePermission } from '../../../lib/core/usecases/access.ts';
import { readShards } from '../../../lib/core/usecases/create-instance.ts';
import { createTitledInstance } from '../../../lib/core/usecases/create-titled-instance.ts';
import { getQr } from '../../../lib/core/usecases/get-qr.ts';
import { listSessions } from '../../../lib/core/usecases/list-sessions.ts';
import { logOutInstance } from '../../../lib/core/usecases/log-out-instance.ts';
import { closeConnection, openConnection } from '../../../lib/core/usecases/open-connection.ts';
import { removeInstance } from '../../../lib/core/usecases/remove-instance.ts';
import { findSession } from '../../../lib/core/usecases/resolve-instance.ts';
import { setInstanceWebhook } from '../../../lib/core/usecases/set-instance-webhook.ts';
import { updateInstance } from '../../../lib/core/usecases/update-instance.ts';
import { findWebhook } from '../../../lib/core/usecases/webhook-access.ts';
import { begunRoute, instanceRoute, type Route } from '../dialect.ts';
import { qrDataUrl } from '../native/qr-image.ts';
import { EVENT_WORDS } from '../webhook-formats.ts';
import { answer, ok } from './envelope.ts';
import { bodyOf, PATH, sessionOfPath, tag } from './rows.ts';
import { sessionShape, sessionView } from './views.ts';

const base = { tag: tag('Sessions'), credential: 'any', target: sessionOfPath } as const;
const name = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .meta({ examples: ['Business Support'] });
/** Empty: none. */
const webhookUrl = z
  .string()
  .max(2_048)
  .meta({ examples: ['https://myapp.com/webhook'] });
const secret = z.string().meta({ description: 'What its webhook calls are signed with; shown in this answer only' });
const format = 'sessions' as const;
const said = answer({ message: z.string() });
const hook = { format, events: ['*'], words: EVENT_WORDS } as const;

export const sessionRoutes: Route[] = [
  begunRoute({
    method: 'GET',
    path: '/api/sessions',
    summary: 'List the sessions within reach',
    tag: tag('Sessions'),
    credential: 'any',
    begin: (ports, { principal }) => listSessions(ports, principal, { format }),
    status: 200,
    response: answer({ data: z.array(sessionShape), sessions: z.array(sessionShape), count: z.number().int() }),
    permission: 'instance:read',
    run: async (_ports, { principal, begun }) => {
      requirePermission(principal, 'instance:read');
      const data = (await begun).map(sessionView);
      return ok({ data, sessions: data, count: data.length });
    },
  }),
  begunRoute({
    method: 'POST',
    path: '/api/sessions',
    summary: 'Create a session',
    tag: tag('Sessions'),
    credential: 'any',
    begin: (ports) => readShards(ports),
    body: bodyOf({
      name: name.default('Session'),
      webhook_url: webhookUrl.optional(),
      environment: z.enum(['live', 'test']).optional().meta({ description: '`test`: on the sandbox network' }),
    }),
    status: 201,
    response: answer({
      ...sessionShape.shape,
      message: z.string(),
      data: sessionShape.extend({ webhook_secret: secret.optional() }),
    }),
    errors: ['INSTANCE_LIMIT_REACHED', 'NOT_IMPLEMENTED', 'INVALID_STATE'],
    permission: 'instance:manage',
    run: async (ports, { principal, body, begun }) => {
      const url = body.webhook_url || undefined;
      const made = await createTitledInstance(ports, principal, {
        ...{ title: body.name, environment: body.environment, shards: begun },
        webhook: url === undefined ? null : { url, format, events: ['*'] },
      });
      const shown = sessionView({ instance: made.instance, webhookUrl: url ?? null });
      const data = { ...shown, ...(made.secret !== undefined && { webhook_secret: made.secret }) };
      return ok({ ...shown, message: 'Session created successfully', data });
    },
  }),
  begunRoute({
    method: 'GET',
    path: PATH,
    summary: 'A session',
    tag: tag('Sessions'),
    credential: 'any',
    begin: (ports, { principal }) => listSessions(ports, principal, { format }),
    params: z.object({ id: z.string() }),
    status: 200,
    response: answer({ data: sessionShape }),
    permission: 'instance:read',
    run: async (_ports, { principal, params, begun }) => {
      requirePermission(principal, 'instance:read');
      const all = await begun;
      const found = findSession(
        all.map(({ instance }) => instance),
        params.id,
      );
      const session = all.find(({ instance }) => instance === found);
      if (!session) throw notFound('instance');
      return ok({ data: sessionView(session, all.indexOf(session)) });
    },
  }),
  instanceRoute({
    ...base,
    method: 'DELETE',
    path: PATH,
    summary: 'Delete a session: unlink it and delete everything stored of it',
    status: 200,
    response: said,
    permission: 'instance:manage',
    run: async (ports, { principal, instance }) => {
      await removeInstance(ports, principal, { instance });
      return ok({ message: 'Session deleted successfully' });
    },
  }),
  instanceRoute({
    ...base,
    method: 'PUT',
    path: `${PATH}/name`,
    summary: 'Call a session something else',
    body: bodyOf({ name }),
    status: 200,
    response: answer({ message: z.string(), name: z.string() }),
    permission: 'instance:manage',
    run: async (ports, { principal, instance, body }) => {
      await updateInstance(ports, principal, { instance, title: body.name });
      return ok({ message: 'Session name updated successfully', name: body.name });
    },
  }),
  instanceRoute({
    ...base,
    method: 'PUT',
    path: `${PATH}/webhook`,
    summary: 'Set the webhook of a session; an empty address takes it away',
    body: bodyOf({ webhook_url: webhookUrl }),
    aliases: { webhook_url: ['url'] },
    status: 200,
    response: answer({ message: z.string(), webhook_url: z.string(), webhook_secret: secret.optional() }),
    errors: ['INVALID_STATE'],
    permission: 'webhook:manage',
    run: async (ports, { principal, instance, body: { webhook_url: url } }) => {
      const { secret: made } = await setInstanceWebhook(ports, principal, { ...hook, instance, url: url || null });
      const more = made === undefined ? {} : { webhook_secret: made };
      return ok({ message: 'Webhook updated successfully', webhook_url: url, ...more });
    },
  }),
  instanceRoute({
    ...base,
    method: 'GET',
    path: `${PATH}/webhook`,
    summary: 'The webhook of a session',
    status: 200,
    response: answer({ data: z.object({ webhook_url: z.string(), is_active: z.boolean() }) }),
    permission: 'webhook:manage',
    run: async (ports, { principal, instance }) => {
      const { webhook } = await findWebhook(ports, principal, { instance, format });
      return ok({ data: { webhook_url: webhook.url, is_active: webhook.isActive } });
    },
  }),
  instanceRoute({
    ...base,
    method: 'DELETE',
    path: `${PATH}/webhook`,
    summary: 'Take the webhook of a session away',
    status: 200,
    response: said,
    permission: 'webhook:manage',
    run: async (ports, { principal, instance }) => {
      await setInstanceWebhook(ports, principal, { ...hook, instance, url: null });
      return ok({ message: 'Webhook deleted successfully' });
    },
  }),
  ...(['connect', 'login'] as const).map((action) =>
    instanceRoute({
      ...base,
      method: 'POST',
      path: `${PATH}/${action}`,
      summary: 'Open a session; one that is not linked shows its QR code over the WebSocket',
      status: 200,
      response: said,
      permission: 'instance:manage',
      run: async (ports, { principal, instance }) => {
        await openConnection(ports, principal, { instance });
        return ok({ message: instance.state.status === 'CONNECTED' ? 'Already connected' : 'Connection initiated' });
      },
    }),
  ),
  instanceRoute({
    ...base,
    method: 'POST',
    path: `${PATH}/disconnect`,
    summary: 'Close the connection of a session; the phone stays linked',
    status: 200,
    alsoStatus: [202],
    response: said,
    permission: 'instance:manage',
    run: async (ports, { principal, instance, waitMs }) => {
      const { finished } = await closeConnection(ports, principal, { instance, waitMs });
      return { ...ok({ message: 'Session disconnected' }), status: finished ? 200 : 202 };
    },
  }),
  instanceRoute({
    ...base,
    method: 'POST',
    path: `${PATH}/logout`,
    summary: 'Unlink a session from its phone',
    status: 200,
    alsoStatus: [202],
    response: said,
    permission: 'instance:manage',
    run: async (ports, { principal, instance, waitMs }) => {
      const { finished } = await logOutInstance(ports, principal, { instance, waitMs });
      return { ...ok({ message: 'Session logged out successfully' }), status: finished ? 200 : 202 };
    },
  }),
  instanceRoute({
    ...base,
    method: 'GET',
    path: `${PATH}/qr`,
    summary: 'The QR code to scan now; opens the session when nobody has',
    status: 200,
    response: answer({
      qr_code: z.string().meta({ description: 'A picture, as a data URL' }),
      data: z.object({ qr: z.string(), qr_code: z.string(), timeout: z.number().int() }),
    }),
    errors: ['INVALID_STATE', 'COMMAND_TIMEOUT'],
    permission: 'instance:manage',
    run: async (ports, { principal, instance }) => {
      const { text, expiresAt } = await getQr(ports, principal, { instance });
      const picture = await qrDataUrl(text);
      const timeout = Math.max(0, Math.ceil((Date.parse(expiresAt) - ports.clock()) / 1000));
      return ok({ qr_code: picture, data: { qr: text, qr_code: picture, timeout } });
    },
  }),
];
