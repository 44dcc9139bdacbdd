import { z } from 'zod';
import { instanceRoute, type Route, route } from '../dialect.ts';
import { instanceOfKey } from './fields.ts';
import { isoTime, keyInfo } from './responses.ts';
import { iso, statusView } from './views.ts';

const TAG = 'System';
const MINUTE_MS = 60_000;

export const systemRoutes: Route[] = [
  route({
    method: 'GET',
    path: '/api/health',
    summary: 'Is the API up?',
    tag: TAG,
    credential: 'none',
    status: 200,
    response: z.object({ status: z.literal('OK'), timestamp: isoTime, version: z.string(), uptime: z.string() }),
    run: async (ports, { server }) => {
      const nowMs = ports.clock();
      const uptime = hoursAndMinutes(nowMs - server.startedAtMs);
      return { data: { status: 'OK', timestamp: iso(nowMs), version: server.version, uptime } };
    },
  }),
  route({
    method: 'GET',
    path: '/api/version',
    summary: 'Version of the API',
    tag: TAG,
    credential: 'none',
    status: 200,
    response: z.object({ name: z.string(), version: z.string() }),
    run: async (_ports, { server }) => ({ data: { name: 'switchboard', version: server.version } }),
  }),
  instanceRoute({
    method: 'GET',
    path: '/api/instance/info',
    summary: 'The instance and the API key of this request',
    tag: 'Instances',
    credential: 'key',
    target: instanceOfKey,
    status: 200,
    response: keyInfo,
    run: async (_ports, { principal, instance }) => {
      const { keyName, permissions, rateLimit } = principal;
      // Use is not counted yet: null is honest, 0 would not be.
      const apiKey = { name: keyName, permissions, rateLimit, usageCount: null, resetAt: null };
      return { data: { instance: statusView(instance), apiKey } };
    },
  }),
];

/** `72h 30m`. */
export function hoursAndMinutes(durationMs: number): string {
  const minutes = Math.max(0, Math.floor(durationMs / MINUTE_MS));
  return `${Math.floor(minutes / 60)}h ${minutes % 60}m`;
}
