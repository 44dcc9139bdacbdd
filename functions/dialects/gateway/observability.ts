import * as z from 'zod';
import { getGatewayHealth } from '../../../lib/core/usecases/get-gateway-health.ts';
import { listInstances } from '../../../lib/core/usecases/list-instances.ts';
import { restartRunners } from '../../../lib/core/usecases/restart-runners.ts';
import { stopRunners } from '../../../lib/core/usecases/stop-runners.ts';
import { type Route, route, type ServerInfo } from '../dialect.ts';
import { answer, done, ok } from './envelope.ts';
import { tag } from './rows.ts';

const TAG = tag('Observability');
const MEGABYTE = 1024 * 1024;

const uptime = z.object({
  seconds: z.number().int(),
  formatted: z.string().meta({ examples: ['1h 0m 0s'] }),
});
const size = z.string().meta({ examples: ['150.25 MB'] });
const memory = z.object({ rss: size, heapTotal: size, heapUsed: size, external: size });
const counts = z.object({ total: z.number().int(), active: z.number().int() });
const database = z.object({ status: z.literal('connected') });

function uptimeOf({ startedAtMs }: ServerInfo, nowMs: number) {
  const seconds = Math.max(0, Math.floor((nowMs - startedAtMs) / 1000));
  const minutes = Math.floor(seconds / 60);
  return { seconds, formatted: `${Math.floor(minutes / 60)}h ${minutes % 60}m ${seconds % 60}s` };
}

/** Of this process, which serves the API. */
function memoryOf() {
  const { rss, heapTotal, heapUsed, external } = process.memoryUsage();
  const shown = (bytes: number) => `${(bytes / MEGABYTE).toFixed(2)} MB`;
  return { rss: shown(rss), heapTotal: shown(heapTotal), heapUsed: shown(heapUsed), external: shown(external) };
}

export const observabilityRoutes: Route[] = [
  route({
    method: 'GET',
    path: '/api/observability/ping',
    summary: 'Is the API there?',
    tag: TAG,
    credential: 'none',
    status: 200,
    response: answer({ message: z.literal('pong'), timestamp: z.iso.datetime() }),
    run: async (ports) => ok({ message: 'pong', timestamp: new Date(ports.clock()).toISOString() }),
  }),
  route({
    method: 'GET',
    path: '/api/observability/health',
    summary: 'How the gateway does; the counts are at most 15 seconds old',
    tag: TAG,
    credential: 'none',
    status: 200,
    response: answer({
      data: z.object({ status: z.literal('healthy'), uptime, memory, database, instances: counts }),
    }),
    run: async (ports, { server }) => {
      const { instances } = await getGatewayHealth(ports);
      const measured = { uptime: uptimeOf(server, ports.clock()), memory: memoryOf() };
      return ok({ data: { status: 'healthy', ...measured, database: { status: 'connected' }, instances } });
    },
  }),
  route({
    method: 'GET',
    path: '/api/observability/version',
    summary: 'Version of the gateway',
    tag: TAG,
    credential: 'key',
    status: 200,
    response: answer({ data: z.object({ name: z.string(), version: z.string(), nodeVersion: z.string() }) }),
    run: async (_ports, { server }) =>
      ok({ data: { name: 'switchboard', version: server.version, nodeVersion: process.version } }),
  }),
  route({
    method: 'GET',
    path: '/api/observability/environment',
    summary: 'What the API runs on',
    tag: TAG,
    credential: 'key',
    status: 200,
    response: answer({
      data: z.object({ nodeVersion: z.string(), platform: z.string(), arch: z.string(), timezone: z.string() }),
    }),
    run: async () => {
      const { timeZone: timezone } = Intl.DateTimeFormat().resolvedOptions();
      return ok({ data: { nodeVersion: process.version, platform: process.platform, arch: process.arch, timezone } });
    },
  }),
  route({
    method: 'GET',
    path: '/api/observability/status',
    summary: 'How the API and the instances within reach of the key do',
    tag: TAG,
    credential: 'key',
    status: 200,
    response: answer({
      data: z.object({
        status: z.literal('running'),
        version: z.string(),
        uptime,
        memory,
        cpu: z.object({ userMs: z.number().int(), systemMs: z.number().int() }),
        instances: counts,
        timestamp: z.iso.datetime(),
      }),
    }),
    permission: 'instance:read',
    run: async (ports, { principal, server }) => {
      const nowMs = ports.clock();
      const instances = await listInstances(ports, principal);
      const active = instances.filter(({ state }) => state.status === 'CONNECTED').length;
      const { user, system } = process.cpuUsage();
      return ok({
        data: {
          ...{ status: 'running', version: server.version, uptime: uptimeOf(server, nowMs), memory: memoryOf() },
          cpu: { userMs: Math.round(user / 1000), systemMs: Math.round(system / 1000) },
          instances: { total: instances.length, active },
          timestamp: new Date(nowMs).toISOString(),
        },
      });
    },
  }),
  ...(['stop', 'restart'] as const).map((action) =>
    route({
      method: 'POST',
      path: `/api/observability/${action}`,
      summary:
        action === 'stop'
          ? 'End every runner, until a restart: sessions close without logging out. For administrators'
          : 'Replace every runner by a new one; sessions go over. For administrators',
      tag: TAG,
      credential: 'user',
      status: 200,
      response: done,
      errors: ['NOT_IMPLEMENTED'],
      run: async (ports, { principal }) => {
        if (action === 'stop') await stopRunners(ports, principal);
        else await restartRunners(ports, principal);
        return ok({ message: action === 'stop' ? 'Server is stopping' : 'Server is restarting' });
      },
    }),
  ),
];
