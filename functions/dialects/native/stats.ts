import * as z from 'zod';
import { type Counts, percentOf } from '../../../lib/core/model/stats.ts';
import {
  getRealTimeStats,
  getStats,
  getSubscriptionStats,
  STATS_PERIODS,
  type StatsReport,
} from '../../../lib/core/usecases/get-stats.ts';
import { instanceRoute, type Route, route } from '../dialect.ts';
import { instanceByName, instanceOfKey } from './fields.ts';
import { realTimeStats, stats } from './responses-stats.ts';
import { uptimeView } from './views.ts';

const TAG = 'Statistics';

const statsQuery = z.object({
  period: z.enum(STATS_PERIODS).default('7days'),
  type: z.enum(['summary', 'daily']).optional().meta({ description: 'Both are answered in any case' }),
});

export const statsRoutes: Route[] = [
  instanceRoute({
    method: 'GET',
    path: '/api/stats',
    summary: 'What the instance of the API key has sent and received, by day',
    tag: TAG,
    credential: 'key',
    target: instanceOfKey,
    query: statsQuery,
    status: 200,
    response: stats,
    run: async (ports, { principal, instance, query: { period } }) => {
      return { data: statsView(period, await getStats(ports, principal, { instance, period })) };
    },
  }),
  instanceRoute({
    method: 'GET',
    path: '/api/stats/real-time',
    summary: 'What the instance of the API key does today and in this hour',
    tag: TAG,
    credential: 'key',
    target: instanceOfKey,
    status: 200,
    response: realTimeStats,
    run: async (ports, { principal, instance }) => {
      const { today, currentHour } = await getRealTimeStats(ports, principal, { instance });
      const uptime = uptimeView(instance, ports.clock());
      return { data: { todayStats: today, currentHour, status: instance.state.status, uptime } };
    },
  }),
  instanceRoute({
    method: 'GET',
    path: '/api/instances/:name/stats',
    summary: 'What an instance has sent and received, by day',
    tag: TAG,
    credential: 'user',
    target: instanceByName,
    query: statsQuery,
    status: 200,
    response: stats,
    run: async (ports, { principal, instance, query: { period } }) => {
      return { data: statsView(period, await getStats(ports, principal, { instance, period })) };
    },
  }),
  route({
    method: 'GET',
    path: '/api/subscription/stats',
    summary: 'What all instances of the subscription have sent and received, by day',
    tag: TAG,
    credential: 'user',
    query: statsQuery,
    status: 200,
    response: stats,
    run: async (ports, { principal, query: { period } }) => {
      return { data: statsView(period, await getSubscriptionStats(ports, principal, { period })) };
    },
  }),
];

/** A1 and A2 count by different names: both are there. */
function statsView(period: string, { summary, days }: StatsReport): object {
  const { sent, received, failed, delivered, read, autoReplies, apiCalls } = summary;
  return {
    period,
    summary: {
      totalSent: sent,
      totalReceived: received,
      totalFailed: failed,
      messagesSent: sent,
      messagesReceived: received,
      messagesFailed: failed,
      messagesDelivered: delivered,
      messagesRead: read,
      autoReplies,
      successRate: percentOf(sent, sent + failed),
      avgPerDay: Math.floor(sent / days.length),
      apiCalls,
    },
    daily: days.map(({ day, counts }): { date: string } & Counts => ({ date: day, ...counts })),
  };
}
