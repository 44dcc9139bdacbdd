import * as z from 'zod';
import { phoneNumber } from '../../../lib/core/catalogue/operations.ts';
import { requirePermission } from '../../../lib/core/usecases/access.ts';
import { instanceName, readShards } from '../../../lib/core/usecases/create-instance.ts';
import { createTitledInstance } from '../../../lib/core/usecases/create-titled-instance.ts';
import { getPairingCode } from '../../../lib/core/usecases/get-pairing-code.ts';
import { getQr } from '../../../lib/core/usecases/get-qr.ts';
import { listInstances } from '../../../lib/core/usecases/list-instances.ts';
import { logOutInstance } from '../../../lib/core/usecases/log-out-instance.ts';
import { removeInstance } from '../../../lib/core/usecases/remove-instance.ts';
import { restartInstance } from '../../../lib/core/usecases/restart-instance.ts';
import { setInstanceWebhook } from '../../../lib/core/usecases/set-instance-webhook.ts';
import { updateInstance } from '../../../lib/core/usecases/update-instance.ts';
import { webhookUrl as judged } from '../../../lib/core/usecases/webhook-access.ts';
import { begunRoute, instanceRoute, type Route, route } from '../dialect.ts';
import { qrDataUrl } from '../native/qr-image.ts';
import { EVENT_WORDS } from '../webhook-formats.ts';
import { answer, answerOf, done, ok } from './envelope.ts';
import { instanceOfPath, tag } from './rows.ts';
import { instanceShape, instanceView } from './views.ts';

const TAG = tag('Instances');
const base = { tag: TAG, credential: 'key', target: instanceOfPath } as const;
const title = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .meta({ examples: ['My WhatsApp Instance'] });
const webhookUrl = z
  .string()
  .min(1)
  .max(2_048)
  .meta({ examples: ['https://your-webhook.com/webhook'] });
const secret = z.string().meta({ description: 'What its webhook calls are signed with; shown in this answer only' });
const pairing = z.object({
  pairingCode: z.string(),
  code: z.string(),
  expiresAt: z.iso.datetime(),
  message: z.string(),
});

/** The code under the names of document C's answer and of its code's. */
function pairingData({ code, expiresAt }: { code: string; expiresAt: string }) {
  return { pairingCode: code, code, expiresAt, message: 'Enter this code on the phone: Linked devices.' };
}

export const instanceRoutes: Route[] = [
  begunRoute({
    begin: (ports) => readShards(ports),
    method: 'POST',
    path: '/api/instance/create',
    summary: 'Create an instance',
    tag: TAG,
    credential: 'key',
    body: z.object({
      name: title,
      id: instanceName.optional().meta({ description: 'Its name in paths; absent: one is made of `name`' }),
      webhookUrl: webhookUrl.optional(),
      environment: z.enum(['live', 'test']).optional().meta({ description: '`test`: on the sandbox network' }),
    }),
    status: 201,
    response: answerOf(instanceShape.extend({ webhookUrl: z.string().nullable(), webhookSecret: secret.optional() })),
    errors: ['INSTANCE_LIMIT_REACHED', 'RESOURCE_ALREADY_EXISTS', 'NOT_IMPLEMENTED', 'INVALID_STATE'],
    permission: 'instance:manage',
    run: async (ports, { principal, body, begun }) => {
      const { instance, secret } = await createTitledInstance(ports, principal, {
        title: body.name,
        name: body.id,
        shards: begun,
        environment: body.environment,
        webhook: body.webhookUrl === undefined ? null : { url: body.webhookUrl, format: 'gateway', events: ['*'] },
      });
      return ok({
        data: {
          ...instanceView(instance),
          webhookUrl: body.webhookUrl ?? null,
          ...(secret !== undefined && { webhookSecret: secret }),
        },
        message: 'Instance created successfully. Please scan the QR code.',
      });
    },
  }),
  route({
    method: 'GET',
    path: '/api/instance',
    summary: 'List the instances within reach of the key',
    tag: TAG,
    credential: 'key',
    status: 200,
    response: answer({ data: z.array(instanceShape), count: z.number().int() }),
    permission: 'instance:read',
    run: async (ports, { principal }) => {
      const data = (await listInstances(ports, principal)).map(instanceView);
      return ok({ data, count: data.length });
    },
  }),
  ...(['status', 'info'] as const).map((what) =>
    instanceRoute({
      ...base,
      method: 'GET',
      path: `/api/instance/:instanceId/${what}`,
      summary: what === 'status' ? 'Connection status of an instance' : 'Details of an instance',
      status: 200,
      response: answer({ data: instanceShape }),
      permission: 'instance:read',
      run: async (_ports, { principal, instance }) => {
        requirePermission(principal, 'instance:read');
        return ok({ data: instanceView(instance) });
      },
    }),
  ),
  instanceRoute({
    ...base,
    method: 'GET',
    path: '/api/instance/:instanceId/qr',
    summary: 'The QR code to scan now; opens the session when nobody has',
    status: 200,
    response: answer({
      data: z.object({
        qrCode: z.string().meta({ description: 'A picture, as a data URL', examples: ['data:image/png;base64,iVBOR'] }),
        qr: z.string().meta({ description: 'What the QR code says' }),
        expiresAt: z.iso.datetime(),
        message: z.string(),
      }),
    }),
    errors: ['INVALID_STATE', 'COMMAND_TIMEOUT'],
    permission: 'instance:manage',
    run: async (ports, { principal, instance }) => {
      const { text, expiresAt } = await getQr(ports, principal, { instance });
      const message = 'Scan this QR code with WhatsApp: Linked devices.';
      return ok({ data: { qrCode: await qrDataUrl(text), qr: text, expiresAt, message } });
    },
  }),
  instanceRoute({
    ...base,
    method: 'POST',
    path: '/api/instance/:instanceId/pairing-code',
    summary: 'A code to type into the phone, as the alternative to the QR code',
    body: z.object({ phoneNumber }),
    aliases: { phoneNumber: ['phone'] },
    status: 200,
    response: answer({ data: pairing }),
    errors: ['INVALID_PHONE_NUMBER', 'INVALID_STATE', 'COMMAND_TIMEOUT'],
    permission: 'instance:manage',
    run: async (ports, { principal, instance, body }) =>
      ok({ data: pairingData(await getPairingCode(ports, principal, { instance, phone: body.phoneNumber })) }),
  }),
  instanceRoute({
    ...base,
    method: 'PUT',
    path: '/api/instance/:instanceId',
    summary: 'Call an instance something else, or give it another webhook; its id and its name in paths stay',
    body: z
      .object({
        name: title.optional(),
        webhookUrl: webhookUrl.nullable().optional().meta({ description: 'null: none any more' }),
      })
      .refine((body) => Object.keys(body).length > 0, { path: ['name'], message: 'name or webhookUrl must be there' }),
    status: 200,
    response: answerOf(instanceShape.extend({ webhookSecret: secret.optional() })),
    permission: 'instance:manage',
    run: async (ports, { principal, instance, body: { name, webhookUrl: url } }) => {
      // An address that is refused changes nothing.
      if (typeof url === 'string') judged(ports, url);
      const webhook = { instance, format: 'gateway', events: ['*'], words: EVENT_WORDS } as const;
      const [changed, made] = await Promise.all([
        updateInstance(ports, principal, { instance, title: name }),
        url === undefined ? undefined : setInstanceWebhook(ports, principal, { ...webhook, url }),
      ]);
      const data = { ...instanceView(changed), ...(made?.secret !== undefined && { webhookSecret: made.secret }) };
      return ok({ data, message: 'Instance updated successfully' });
    },
  }),
  instanceRoute({
    ...base,
    method: 'DELETE',
    path: '/api/instance/:instanceId',
    summary: 'Delete an instance: unlink it and delete everything stored of it',
    status: 200,
    response: answerOf(z.object({ success: z.literal(true), message: z.string() })),
    permission: 'instance:manage',
    run: async (ports, { principal, instance }) => {
      await removeInstance(ports, principal, { instance });
      const message = 'Instance deleted successfully';
      return ok({ data: { success: true, message }, message });
    },
  }),
  instanceRoute({
    ...base,
    method: 'POST',
    path: '/api/instance/:instanceId/restart',
    summary: 'Close the connection of an instance and open it again',
    status: 200,
    response: done,
    permission: 'instance:manage',
    run: async (ports, { principal, instance }) => {
      await restartInstance(ports, principal, { instance, waitMs: 0 });
      return ok({ message: 'Instance restart initiated' });
    },
  }),
  instanceRoute({
    ...base,
    method: 'POST',
    path: '/api/instance/:instanceId/logout',
    summary: 'Unlink an instance from its phone',
    status: 200,
    alsoStatus: [202],
    response: done,
    permission: 'instance:manage',
    run: async (ports, { principal, instance, waitMs }) => {
      const { finished } = await logOutInstance(ports, principal, { instance, waitMs });
      return finished
        ? ok({ message: 'Instance logged out successfully' })
        : { ...ok({ message: 'Instance logout initiated' }), status: 202 };
    },
  }),
];
