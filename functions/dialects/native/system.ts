import * as z from 'zod';
import type { RateUse } from '../../../lib/core/model/rate-limit.ts';
import { getKeyLimits } from '../../../lib/core/usecases/get-key-limits.ts';
import { lookAtQuotas } from '../../../lib/core/usecases/limit-rate.ts';
import { instanceRoute, type Route, route } from '../dialect.ts';
import { instanceOfKey } from './fields.ts';
import { isoTime, keyInfo, keyLimits } from './responses.ts';
import { iso, statusView } from './views.ts';

const TAG = 'System';
const MINUTE_MS = 60_000;

export const systemRoutes: Route[] = [
  route({
    method: 'GET',
    path: '/api/health',
    summary: 'Is the API up? With an API key or a token: and is that a good one?',
    tag: TAG,
    credential: 'none',
    judgesCredential: true,
    errors: ['AUTHENTICATION_ERROR', 'PERMISSION_DENIED'],
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
    run: async (ports, { principal, instance }) => {
      const { keyName: name, permissions, rateLimit } = principal;
      const { used, resetAtMs } = (await lookAtQuotas(ports, principal)).messages;
      const apiKey = { name, permissions, rateLimit, usageCount: used, resetAt: iso(resetAtMs) };
      return { data: { instance: statusView(instance, ports.clock()), apiKey } };
    },
  }),
  instanceRoute({
    method: 'GET',
    path: '/api/instance/limits',
    summary: 'What the API key and its subscription have used, and what is left',
    tag: 'Instances',
    credential: 'key',
    target: instanceOfKey,
    status: 200,
    response: keyLimits,
    run: async (ports, { principal }) => {
      const { messages, reads, subscription, monthlyMessages } = await getKeyLimits(ports, principal);
      const { tier, currentInstances: instancesUsed, maxInstances: instancesLimit } = subscription;
      return {
        data: {
          rateLimit: quotaView(messages),
          reads: quotaView(reads),
          subscription: { tier, instancesUsed, instancesLimit, monthlyMessages },
        },
      };
    },
  }),
];

function quotaView({ limit, used, remaining, resetAtMs }: RateUse): object {
  return { limit, used, remaining, resetAt: iso(resetAtMs) };
}

/** `72h 30m`. */
export function hoursAndMinutes(durationMs: number): string {
  const minutes = Math.max(0, Math.floor(durationMs / MINUTE_MS));
  return `${Math.floor(minutes / 60)}h ${minutes % 60}m`;
}
