import { getInstanceHealth } from '../../../lib/core/usecases/get-instance-health.ts';
import { instanceRoute, type Route } from '../dialect.ts';
import { instanceByName } from './fields.ts';
import { instanceHealth } from './responses-stats.ts';
import { historyView, uptimeView } from './views.ts';

const MEGABYTE = 1024 * 1024;

export const healthRoutes: Route[] = [
  instanceRoute({
    method: 'GET',
    path: '/api/instances/:name/health',
    summary: 'How an instance does',
    tag: 'Instances',
    credential: 'user',
    target: instanceByName,
    status: 200,
    response: instanceHealth,
    run: async (ports, { principal, instance }) => {
      const { status, quality, queued } = await getInstanceHealth(ports, principal, { instance });
      const { lastError, health } = instance.state;
      const memory = health && `${Math.round(health.runnerMemoryBytes / MEGABYTE)}MB`;
      return {
        data: {
          status,
          uptime: uptimeView(instance, ports.clock()),
          lastError,
          connectionQuality: quality,
          messageQueueSize: queued,
          memoryUsage: memory,
          history: historyView(instance),
        },
      };
    },
  }),
];
