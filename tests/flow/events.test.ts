import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Adapters } from '../../lib/core/adapters/index.ts';
import { EVENTS } from '../../lib/core/catalogue/events.ts';
import { type ApiClient, freshNumber, linkInstance, register } from '../support/client.ts';
import { adaptersOf, eventsOf, eventTold, settled } from '../support/event-log.ts';
import { TestGateway } from '../support/gateway.ts';

let gateway: TestGateway;
let adapters: Adapters;
let user: ApiClient;

beforeAll(async () => {
  gateway = await TestGateway.start();
  adapters = adaptersOf(gateway.dataDir);
  user = await register(gateway.url);
});
afterAll(async () => {
  adapters?.close();
  await gateway?.stop();
});

async function idOf(name: string): Promise<string> {
  return (await user.must('GET', `/api/instances/${name}`)).body.data.id as string;
}

describe('what happens to an instance', () => {
  it('is numbered without gaps, told in its schema, and counted once', async () => {
    const instance = await linkInstance(user, 'counted');
    const id = await idOf('counted');
    const echo = freshNumber('9001');
    const sent = 12;
    await Promise.all(
      Array.from({ length: sent }, (_, n) =>
        instance.key.must('POST', '/api/messages/text', { to: echo, text: `hello ${n}`, isAutoReply: n < 3 }),
      ),
    );
    const refused = await instance.key.post('/api/messages/text', { to: freshNumber('9004'), text: 'nobody there' });
    const period = '/api/stats?period=today';
    const stats = await instance.key.until(period, ({ body }) => {
      const { messagesSent, messagesReceived, messagesRead } = body.data.summary;
      return messagesSent === sent && messagesReceived === sent && messagesRead === sent;
    });
    await settled(adapters, id);
    const { events, lastSeq } = await eventsOf(adapters, id);
    expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: lastSeq }, (_, n) => n + 1));
    expect(new Set(events.map((event) => event.id)).size).toBe(events.length);
    for (const event of events) {
      expect(event.instanceId).toBe(id);
      expect(EVENTS[event.type].data.strict().safeParse(event.data).error).toBeUndefined();
    }
    expect(refused.status).toBeGreaterThanOrEqual(400);
    const totals = { messagesSent: sent, messagesReceived: sent, messagesDelivered: sent, messagesRead: sent };
    expect((await instance.key.get(period)).body.data.summary).toMatchObject({
      ...totals,
      messagesFailed: 1,
      successRate: '92.3%',
      autoReplies: 3,
    });
    expect(stats.body.stats).toMatchObject({
      instanceName: 'counted',
      period: 'today',
      summary: { totalSent: sent, totalReceived: sent },
      daily: [{ date: new Date().toISOString().slice(0, 10), sent, received: sent }],
    });
    const byType = (type: string) => events.filter((event) => event.type === type).length;
    expect(byType('message.sent')).toBe(sent);
    expect(byType('message.received')).toBe(sent);
    expect(byType('message.delivered')).toBe(sent);
    expect(byType('message.read')).toBe(sent);
    expect(byType('instance.connected')).toBeGreaterThanOrEqual(1);
    expect(byType('instance.qr')).toBeGreaterThanOrEqual(1);
    expect(await adapters.events.listOutbox(0, 10)).toEqual([]);

    // A bell for what was settled long ago, as often as one likes, changes nothing.
    const tenantId = events[0]?.tenantId as string;
    const bells = Array.from({ length: 10 }, () => ({ v: 1 as const, tenantId, instanceId: id, seq: 1 }));
    await adapters.eventQueue.publish(bells);
    await instance.key.must('POST', '/api/messages/text', { to: freshNumber(), text: 'one more' });
    await settled(adapters, id, lastSeq + 1);
    expect((await instance.key.get(period)).body.data.summary.messagesSent).toBe(sent + 1);
  });

  it('shows in real time, on the dashboard and in the health', async () => {
    const boss = await register(gateway.url, 'Bea Boss');
    const instance = await linkInstance(boss, 'shown');
    await instance.key.must('POST', '/api/messages/text', { to: freshNumber(), text: 'one' });
    await instance.key.must('POST', '/api/messages/text', { to: freshNumber(), text: 'two' });
    const now = await instance.key.until('/api/stats/real-time', ({ body }) => body.data.todayStats.sent === 2);
    expect(now.body.data).toMatchObject({ currentHour: { sent: 2 }, status: 'CONNECTED', uptime: '100.0%' });
    const { body } = await boss.get('/api/dashboard/overview');
    expect(body.dashboard).toEqual(body.data);
    expect(body.data).toMatchObject({
      subscription: { name: "Bea Boss's Subscription", usage: { instances: '1/5', monthlyMessages: '2' } },
      instances: [
        {
          name: 'shown',
          status: 'CONNECTED',
          phone: `+${instance.phone}`,
          owner: 'Bea Boss',
          todayStats: { sent: 2, received: 0, failed: 0 },
          uptime: '100.0%',
        },
      ],
    });
    expect(body.data.recentActivity[0]).toMatchObject({ action: 'MESSAGE_SENT', instance: 'shown' });
    expect(body.data.recentActivity.map(({ action }: { action: string }) => action)).toContain('INSTANCE_CONNECTED');
    expect((await boss.get('/api/instances/shown/health')).body.data).toMatchObject({
      status: 'HEALTHY',
      uptime: '100.0%',
      lastError: null,
      connectionQuality: 'EXCELLENT',
      messageQueueSize: 0,
      memoryUsage: expect.stringMatching(/^\d+MB$/),
      history: [{ connected: true, since: expect.stringMatching(/^\d{4}-.+Z$/) }],
    });
    const calls = await boss.until('/api/dashboard/overview', (answer) => {
      return Number(answer.body.data.subscription.usage.apiCalls.replace(',', '')) > 10;
    });
    expect(calls.status).toBe(200);
    expect((await boss.get('/api/instances/shown/stats?period=forever')).body.error).toBe('VALIDATION_ERROR');
  });

  it('tells a logout as one event, and is down from then on', async () => {
    const other = await register(gateway.url);
    await linkInstance(other, 'leaves');
    const id = (await other.must('GET', '/api/instances/leaves')).body.data.id as string;
    await other.must('POST', '/api/instances/leaves/logout', {});
    const { seq } = await eventTold(adapters, id, 'instance.logged_out');
    await settled(adapters, id, seq);
    const { events } = await eventsOf(adapters, id);
    const connection = events.map(({ type }) => type).filter((type) => type.startsWith('instance.'));
    expect(connection.at(-1)).toBe('instance.logged_out');
    expect(connection.filter((type) => type === 'instance.disconnected')).toEqual([]);
    expect((await other.get('/api/instances/leaves/health')).body.data.status).toBe('UNHEALTHY');
  });
});
