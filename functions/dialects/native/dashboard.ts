import { getDashboard } from '../../../lib/core/usecases/get-dashboard.ts';
import { type Route, route } from '../dialect.ts';
import { dashboard } from './responses-stats.ts';
import { iso, plusPhone, uptimeView } from './views.ts';

export const dashboardRoutes: Route[] = [
  route({
    method: 'GET',
    path: '/api/dashboard/overview',
    summary: 'The subscription at a glance: what is used, how the instances do, what happened last',
    tag: 'Dashboard',
    credential: 'user',
    status: 200,
    response: dashboard,
    run: async (ports, { principal }) => {
      const { subscription, usage, instances, recentActivity } = await getDashboard(ports, principal);
      const nowMs = ports.clock();
      return {
        data: {
          subscription: {
            name: subscription.name,
            tier: subscription.tier,
            usage: {
              instances: `${usage.instances}/${subscription.maxInstances}`,
              monthlyMessages: withCommas(usage.month.sent),
              apiCalls: withCommas(usage.month.apiCalls),
            },
          },
          instances: instances.map(({ instance, owner, today: { sent, received, failed } }) => ({
            name: instance.name,
            status: instance.state.status,
            phone: plusPhone(instance.state.phone),
            owner,
            todayStats: { sent, received, failed },
            uptime: uptimeView(instance, nowMs),
          })),
          recentActivity: recentActivity.map(({ action, instance, atMs }) => ({
            ...{ action, instance, timestamp: iso(atMs) },
          })),
        },
      };
    },
  }),
];

/** `4,567`. */
function withCommas(count: number): string {
  return count.toLocaleString('en-US');
}
