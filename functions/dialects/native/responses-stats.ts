import * as z from 'zod';
import { INSTANCE_STATUSES } from '../../../lib/core/model/instance.ts';
import { CONNECTION_QUALITIES, HEALTH_STATUSES } from '../../../lib/core/usecases/get-instance-health.ts';
import { STATS_PERIODS } from '../../../lib/core/usecases/get-stats.ts';
import { isoTime, subscription } from './responses.ts';

const count = z.number().int().min(0);
const uptime = z
  .string()
  .nullable()
  .meta({ description: 'Of the last 30 days, or since first linked; null before', examples: ['99.2%'] });
const status = z.enum(INSTANCE_STATUSES).meta({ examples: ['CONNECTED'] });

const counts = z.object({
  sent: count.meta({ examples: [45] }),
  received: count.meta({ examples: [12] }),
  failed: count.meta({ examples: [0] }),
  delivered: count.meta({ examples: [44] }),
  read: count.meta({ examples: [31] }),
  autoReplies: count.meta({ examples: [4] }),
  apiCalls: count.meta({ examples: [156] }),
});

export const stats = z
  .object({
    period: z.enum(STATS_PERIODS).meta({ examples: ['7days'] }),
    summary: z.object({
      totalSent: count.meta({ examples: [1250] }),
      totalReceived: count.meta({ examples: [340] }),
      totalFailed: count.meta({ examples: [15] }),
      messagesSent: count.meta({ examples: [1250] }),
      messagesReceived: count.meta({ examples: [340] }),
      messagesFailed: count.meta({ examples: [15] }),
      messagesDelivered: count.meta({ examples: [1240] }),
      messagesRead: count.meta({ examples: [980] }),
      autoReplies: count.meta({ examples: [12] }),
      successRate: z
        .string()
        .nullable()
        .meta({ description: 'null while nothing was sent', examples: ['98.8%'] }),
      avgPerDay: count.meta({ examples: [178] }),
      apiCalls: count.meta({ examples: [5670] }),
    }),
    daily: z.array(z.object({ date: z.iso.date().meta({ examples: ['2024-01-01'] }), ...counts.shape })),
  })
  .meta({ id: 'Stats' });

export const realTimeStats = z
  .object({ todayStats: counts, currentHour: counts, status, uptime })
  .meta({ id: 'RealTimeStats' });

export const instanceHealth = z
  .object({
    status: z.enum(HEALTH_STATUSES).meta({ examples: ['HEALTHY'] }),
    uptime,
    lastError: z.string().nullable(),
    connectionQuality: z.enum(CONNECTION_QUALITIES).meta({ examples: ['EXCELLENT'] }),
    messageQueueSize: count.meta({ description: 'Commands that wait or run', examples: [0] }),
    memoryUsage: z
      .string()
      .nullable()
      .meta({ description: "Of the runner's process", examples: ['156MB'] }),
    history: z
      .array(z.object({ connected: z.boolean().meta({ examples: [true] }), since: isoTime }))
      .meta({ description: 'When it was connected and when not: of the last 30 days, oldest first' }),
  })
  .meta({ id: 'InstanceHealth' });

export const dashboard = z
  .object({
    subscription: z.object({
      name: subscription.shape.name,
      tier: subscription.shape.tier,
      usage: z.object({
        instances: z.string().meta({ examples: ['2/5'] }),
        monthlyMessages: z.string().meta({ examples: ['4,567'] }),
        apiCalls: z.string().meta({ examples: ['12,340'] }),
      }),
    }),
    instances: z.array(
      z.object({
        name: z.string().meta({ examples: ['customer-service'] }),
        status,
        phone: z
          .string()
          .nullable()
          .meta({ examples: ['+6281234567890'] }),
        owner: z
          .string()
          .nullable()
          .meta({ examples: ['John Doe'] }),
        todayStats: counts.pick({ sent: true, received: true, failed: true }),
        uptime,
      }),
    ),
    recentActivity: z.array(
      z.object({
        action: z.string().meta({ examples: ['MESSAGE_SENT'] }),
        instance: z
          .string()
          .nullable()
          .meta({ examples: ['customer-service'] }),
        timestamp: isoTime,
      }),
    ),
  })
  .meta({ id: 'Dashboard' });
