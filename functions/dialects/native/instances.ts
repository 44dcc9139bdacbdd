import * as z from 'zod';
import { phoneNumber } from '../../../lib/core/catalogue/operations.ts';
import { INSTANCE_STATUSES } from '../../../lib/core/model/instance.ts';
import { createInstance, instanceName, instanceSettings } from '../../../lib/core/usecases/create-instance.ts';
import { getPairingCode } from '../../../lib/core/usecases/get-pairing-code.ts';
import { getQr } from '../../../lib/core/usecases/get-qr.ts';
import { listInstances } from '../../../lib/core/usecases/list-instances.ts';
import { logOutInstance } from '../../../lib/core/usecases/log-out-instance.ts';
import { removeInstance } from '../../../lib/core/usecases/remove-instance.ts';
import { restartInstance } from '../../../lib/core/usecases/restart-instance.ts';
import { updateInstance } from '../../../lib/core/usecases/update-instance.ts';
import { instanceRoute, type Route, route } from '../dialect.ts';
import { emptyBody, instanceByName, page, pageOf, perPage } from './fields.ts';
import { qrDataUrl } from './qr-image.ts';
import * as responses from './responses.ts';
import { instanceView, statusView } from './views.ts';

const TAG = 'Instances';
/** A restart answers 202: the wait for its QR code is a courtesy. */
const MAX_RESTART_WAIT_MS = 3_000;

export const instanceRoutes: Route[] = [
  route({
    method: 'POST',
    path: '/api/instances',
    summary: 'Create an instance',
    tag: TAG,
    credential: 'user',
    body: z.strictObject({
      name: instanceName,
      settings: instanceSettings.optional(),
      environment: z.enum(['live', 'test']).optional(),
    }),
    status: 201,
    response: responses.instance,
    errors: ['INSTANCE_LIMIT_REACHED', 'RESOURCE_ALREADY_EXISTS', 'NOT_IMPLEMENTED'],
    run: async (ports, { principal, body }) => ({ data: instanceView(await createInstance(ports, principal, body)) }),
  }),
  route({
    method: 'GET',
    path: '/api/instances',
    summary: 'List the instances that the user may reach',
    tag: TAG,
    credential: 'user',
    query: z.object({
      page,
      per_page: perPage,
      status: z.string().toUpperCase().pipe(z.enum(INSTANCE_STATUSES)).optional(),
    }),
    status: 200,
    response: z.object({ instances: z.array(responses.instance) }),
    run: async (ports, { principal, query }) => {
      const all = await listInstances(ports, principal, { status: query.status });
      const { items, pagination } = pageOf(all, query);
      return { data: { instances: items.map(instanceView) }, pagination };
    },
  }),
  instanceRoute({
    method: 'GET',
    path: '/api/instances/:name',
    summary: 'Details of an instance',
    tag: TAG,
    credential: 'user',
    target: instanceByName,
    status: 200,
    response: responses.instance,
    run: async (_ports, { instance }) => ({ data: instanceView(instance) }),
  }),
  instanceRoute({
    method: 'PUT',
    path: '/api/instances/:name',
    summary: 'Change settings of an instance, or its name; what is not given stays',
    tag: TAG,
    credential: 'user',
    target: instanceByName,
    body: z.strictObject({ name: instanceName.optional(), settings: instanceSettings.optional() }),
    status: 200,
    response: responses.instance,
    errors: ['RESOURCE_ALREADY_EXISTS'],
    run: async (ports, { principal, instance, body }) => ({
      data: instanceView(await updateInstance(ports, principal, { instance, ...body })),
    }),
  }),
  instanceRoute({
    method: 'DELETE',
    path: '/api/instances/:name',
    summary: 'Delete an instance: unlink it and delete everything stored of it',
    tag: TAG,
    credential: 'user',
    target: instanceByName,
    status: 204,
    run: async (ports, { principal, instance }) => {
      await removeInstance(ports, principal, { instance });
      return { data: undefined };
    },
  }),
  instanceRoute({
    method: 'GET',
    path: '/api/instances/:name/status',
    summary: 'Connection status of an instance',
    tag: TAG,
    credential: 'user',
    target: instanceByName,
    status: 200,
    response: responses.instanceStatus,
    run: async (ports, { instance }) => ({ data: statusView(instance, ports.clock()) }),
  }),
  instanceRoute({
    method: 'GET',
    path: '/api/instances/:name/qr',
    summary: 'The QR code to scan now; opens the session when nobody has',
    tag: TAG,
    credential: 'user',
    target: instanceByName,
    status: 200,
    response: responses.qrCode,
    errors: ['INVALID_STATE', 'COMMAND_TIMEOUT'],
    run: async (ports, { principal, instance }) => {
      const qr = await getQr(ports, principal, { instance });
      const { text, expiresAt } = qr;
      return { data: { qrCode: await qrDataUrl(text), qr: text, expiresAt, status: 'WAITING_FOR_SCAN' } };
    },
  }),
  instanceRoute({
    method: 'POST',
    path: '/api/instances/:name/pairing-code',
    summary: 'A code to type into the phone, as the alternative to the QR code',
    tag: TAG,
    credential: 'user',
    target: instanceByName,
    body: z.strictObject({ phone: phoneNumber }),
    status: 200,
    response: responses.pairingCode,
    errors: ['INVALID_PHONE_NUMBER', 'INVALID_STATE', 'COMMAND_TIMEOUT'],
    run: async (ports, { principal, instance, body }) => {
      const { code, phone, expiresAt } = await getPairingCode(ports, principal, { instance, phone: body.phone });
      return { data: { pairingCode: code, phone, expiresAt, status: 'WAITING_FOR_SCAN' } };
    },
  }),
  instanceRoute({
    method: 'POST',
    path: '/api/instances/:name/restart',
    summary: 'Close the connection and open it again',
    tag: TAG,
    credential: 'user',
    target: instanceByName,
    body: emptyBody,
    status: 202,
    response: responses.instanceAction,
    run: async (ports, { principal, instance, waitMs }) => {
      const waitedMs = Math.min(waitMs, MAX_RESTART_WAIT_MS);
      const { qr } = await restartInstance(ports, principal, { instance, waitMs: waitedMs });
      const shown = { name: instance.name, status: 'CONNECTING', ...(qr && { qrCode: await qrDataUrl(qr.text) }) };
      return { data: { message: 'Instance restart initiated', instance: shown } };
    },
  }),
  instanceRoute({
    method: 'POST',
    path: '/api/instances/:name/logout',
    summary: 'Unlink the instance from its phone',
    tag: TAG,
    credential: 'user',
    target: instanceByName,
    body: emptyBody,
    status: 200,
    alsoStatus: [202],
    response: responses.instanceAction,
    run: async (ports, { principal, instance, waitMs }) => {
      const ended = await logOutInstance(ports, principal, { instance, waitMs });
      const { name, state } = ended.instance;
      return {
        status: ended.finished ? 200 : 202,
        data: {
          message: ended.finished ? 'Instance logged out' : 'Instance logout initiated',
          instance: { name, status: state.status },
        },
      };
    },
  }),
];
