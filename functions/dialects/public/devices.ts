import * as z from 'zod';
import type { Instance } from '../../../lib/core/model/instance.ts';
import { requirePermission } from '../../../lib/core/usecases/access.ts';
import { listInstances } from '../../../lib/core/usecases/list-instances.ts';
import { instanceRoute, type Route, route } from '../dialect.ts';
import { answer, ok } from './envelope.ts';
import { PREFIX } from './messages.ts';
import { numberOf } from './numbers.ts';

const base = { tag: 'Document D: Devices', credential: 'key', permission: 'instance:read' } as const;

const device = z.object({
  id: z.string(),
  device_name: z.string(),
  phone_number: z.string().nullable(),
  status: z.enum(['connected', 'qr_pending', 'disconnected']),
  environment: z.enum(['live', 'test']),
  is_primary: z
    .boolean()
    .meta({ description: 'The first that was made: it sends where none is named and it is connected' }),
  last_connected_at: z.iso.datetime().nullable(),
});
const listed = device.extend({ created_at: z.iso.datetime() });

function deviceView({ id, name, title, environment, state }: Instance, isPrimary: boolean) {
  const status =
    state.status === 'CONNECTED' ? 'connected' : state.status === 'WAITING_FOR_SCAN' ? 'qr_pending' : 'disconnected';
  return {
    ...{ id, device_name: title ?? name, phone_number: numberOf(state.phone), status, environment },
    ...{ is_primary: isPrimary, last_connected_at: state.lastConnectedAt },
  };
}

/** The id of the one that was made first. */
function primaryOf(instances: readonly Instance[]): string | undefined {
  return instances.toSorted((a, b) => (a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : 0))[0]?.id;
}

export const deviceRoutes: Route[] = [
  route({
    ...base,
    method: 'GET',
    path: `${PREFIX}/devices`,
    summary: 'The devices of the account in the environment of the key',
    status: 200,
    response: answer({ data: z.array(listed) }),
    run: async (ports, { principal }) => {
      const instances = await listInstances(ports, principal);
      const primary = primaryOf(instances);
      const data = instances.map((one) => ({ ...deviceView(one, one.id === primary), created_at: one.createdAt }));
      return ok({ data });
    },
  }),
  instanceRoute({
    ...base,
    method: 'GET',
    path: `${PREFIX}/devices/:id/status`,
    summary: 'How a device does',
    target: ({ params }) => ({ by: 'either', text: params.id ?? '' }),
    params: z.object({ id: z.string() }),
    status: 200,
    response: answer({ data: device }),
    run: async (ports, { principal, instance }) => {
      requirePermission(principal, 'instance:read');
      const primary = primaryOf(await listInstances(ports, principal));
      return ok({ data: deviceView(instance, instance.id === primary) });
    },
  }),
];
