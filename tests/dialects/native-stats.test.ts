import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InstanceEvent } from '../../lib/core/catalogue/events.ts';
import type { Fence, SessionWrite } from '../../lib/core/ports/session-store.ts';
import { settleEvents } from '../../lib/core/usecases/settle-events.ts';
import { type Account, ApiRig, LINKED } from '../support/api-rig.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

let rig: ApiRig;
beforeAll(async () => {
  rig = await ApiRig.start();
});
afterAll(() => rig.stop());

/** Records and settles events of an instance, as runner and worker do. */
class Story {
  #fence: Fence | undefined;
  #lastSeq = 0;
  readonly tenantId: string;
  readonly instanceId: string;

  constructor({ tenantId }: Account, instanceId: string) {
    this.tenantId = tenantId;
    this.instanceId = instanceId;
  }

  async tell(...writes: SessionWrite[]): Promise<void> {
    const { sessions } = rig.adapters;
    this.#fence ??= (await sessions.takeFence(this.tenantId, this.instanceId, 'runner_story')).fence;
    for (let i = 0; i < writes.length; i += 40) {
      const place = { shard: 0, lastSeq: this.#lastSeq };
      this.#lastSeq = await sessions.commit(this.#fence, writes.slice(i, i + 40), place);
    }
    await settleEvents({ ...rig.adapters, subscribers: [] }, this);
  }

  /** `agoMs` before the clock of the rig. */
  messages(type: 'message.sent' | 'message.received' | 'message.failed', count: number, agoMs = 0): SessionWrite[] {
    const timestampMs = rig.ports.clock() - agoMs;
    const party = { phone: null, lid: null };
    const common = { chat: 'x@s.whatsapp.net', timestampMs };
    const data = {
      'message.sent': { ...common, to: party, source: 'api', isAutoReply: false },
      'message.failed': { ...common, to: party, code: 'MESSAGE_SEND_FAILED', reason: 'no' },
      'message.received': { ...common, from: party, authorName: null, isGroup: false, type: 'text', text: 'hi' },
    }[type];
    return Array.from({ length: count }, (_, n): SessionWrite => {
      const its = { ...data, messageId: `msg_${n}` };
      const event = { type, instanceId: this.instanceId, timestampMs, data: its } as InstanceEvent;
      return { kind: 'event', event };
    });
  }

  connection(type: 'instance.connected' | 'instance.disconnected'): SessionWrite {
    const data = { status: 'X', phone: null, reason: null };
    return { kind: 'event', event: { type, instanceId: this.instanceId, timestampMs: rig.ports.clock(), data } };
  }
}

const dayAgo = (days: number) => new Date(Date.now() - days * DAY).toISOString().slice(0, 10);

describe('statistics', () => {
  it('are the numbers of the documents, in both shapes, with every day of the period', async () => {
    const account = await rig.register();
    const story = new Story(account, await rig.instance(account, 'customer-service', LINKED));
    const key = await rig.key(account, 'customer-service');
    await story.tell(
      ...story.messages('message.sent', 79),
      ...story.messages('message.failed', 1),
      ...story.messages('message.received', 5, 2 * DAY),
      ...story.messages('message.sent', 7, 8 * DAY),
    );
    const { body, status } = await rig.call('GET', '/api/stats?period=7days&type=summary', undefined, { as: key.text });
    expect(status).toBe(200);
    expect(body.meta.instanceName).toBe('customer-service');
    expect(body.data.summary).toMatchObject({
      messagesSent: 79,
      messagesReceived: 5,
      messagesFailed: 1,
      successRate: '98.7%',
    });
    expect(body.data.daily.map(({ date }: { date: string }) => date)).toEqual([6, 5, 4, 3, 2, 1, 0].map(dayAgo));
    expect(body.data.daily[6]).toMatchObject({ sent: 79, received: 0, failed: 1 });
    expect(body.data.daily[4]).toMatchObject({ sent: 0, received: 5, failed: 0 });
    expect(body.stats).toMatchObject({
      instanceName: 'customer-service',
      period: '7days',
      summary: { totalSent: 79, totalReceived: 5, totalFailed: 1, successRate: '98.7%', avgPerDay: 11 },
    });
    const of = async (period: string) =>
      (
        await rig.call('GET', `/api/instances/customer-service/stats?period=${period}`, undefined, {
          as: account.token,
        })
      ).body.data;
    expect((await of('today')).summary).toMatchObject({ messagesSent: 79, messagesReceived: 0 });
    expect((await of('24hours')).summary).toMatchObject({ messagesSent: 79, messagesReceived: 0 });
    expect((await of('30days')).summary).toMatchObject({ messagesSent: 86, messagesReceived: 5 });
    expect((await of('90days')).daily).toHaveLength(90);
    const bad = await rig.call('GET', '/api/stats?period=2weeks', undefined, { as: key.text });
    expect([bad.status, bad.body.error]).toEqual([400, 'VALIDATION_ERROR']);
    expect((await rig.call('GET', '/api/stats?type=hourly', undefined, { as: key.text })).status).toBe(400);
  });

  it('of a subscription add up those of its instances, for its administrators', async () => {
    const account = await rig.register();
    for (const [name, count] of [
      ['one', 3],
      ['two', 4],
    ] as const) {
      const story = new Story(account, await rig.instance(account, name, LINKED));
      await story.tell(...story.messages('message.sent', count), ...story.messages('message.received', 1));
    }
    const path = '/api/subscription/stats?period=7days';
    const { body } = await rig.call('GET', path, undefined, { as: account.token });
    expect(body.data.summary).toMatchObject({ messagesSent: 7, messagesReceived: 2, successRate: '100.0%' });
    expect(body.data.daily.at(-1)).toMatchObject({ sent: 7, received: 2 });
    const member = await rig.member(account);
    expect((await rig.call('GET', path, undefined, { as: member.token })).status).toBe(403);
  });

  it('say null where there is nothing to divide', async () => {
    const account = await rig.register();
    await rig.instance(account, 'quiet');
    const { body } = await rig.call('GET', '/api/instances/quiet/stats', undefined, { as: account.token });
    expect(body.data.summary).toMatchObject({ messagesSent: 0, successRate: null, avgPerDay: 0 });
  });

  it('count API calls, of keys and of users, by instance', async () => {
    const account = await rig.register();
    await rig.instance(account, 'called', LINKED);
    const key = await rig.key(account, 'called');
    const today = async () => {
      await rig.ports.apiCalls.flush();
      return (await rig.call('GET', '/api/stats/real-time', undefined, { as: key.text })).body.data.todayStats.apiCalls;
    };
    const before = await today();
    for (let n = 0; n < 5; n += 1) await rig.call('GET', '/api/messages', undefined, { as: key.text });
    expect((await rig.call('GET', '/api/messages?page=x', undefined, { as: key.text })).status).toBe(400);
    await rig.call('GET', '/api/auth/me', undefined, { as: account.token });
    await rig.call('GET', '/api/messages', undefined, { as: 'nobody' });
    // Six calls, and the one that asked before.
    expect(await today()).toBe(before + 7);
  });
});

describe('uptime', () => {
  it('is measured from what was recorded, since the first link', async () => {
    const account = await rig.register();
    const story = new Story(account, await rig.instance(account, 'measured', LINKED));
    // Of a key, since access tokens end within the hours of this story.
    const key = await rig.key(account, 'measured');
    const uptime = async () => {
      const { body } = await rig.call('GET', '/api/instance/info', undefined, { as: key.text });
      const now = await rig.call('GET', '/api/stats/real-time', undefined, { as: key.text });
      expect(now.body.data.uptime.replace(/\.\d/, '')).toBe(body.instance.uptime.replace(/\.\d/, ''));
      return body.instance.uptime;
    };
    const status = await rig.call('GET', '/api/instances/measured/status', undefined, { as: account.token });
    expect(status.body.data.uptime).toBeNull();
    await story.tell(story.connection('instance.connected'));
    expect(await uptime()).toBe('100.0%');
    await rig.later(9 * HOUR, () => story.tell(story.connection('instance.disconnected')));
    await rig.later(10 * HOUR, async () => {
      expect(await uptime()).toMatch(/^(90\.0|89\.9)%$/);
      await story.tell(story.connection('instance.disconnected'), story.connection('instance.connected'));
    });
    await rig.later(30 * HOUR, async () => expect(await uptime()).toBe('96.6%'));
    await rig.later(30 * DAY + 10 * HOUR, async () => expect(await uptime()).toBe('100.0%'));
    await rig.later(30 * DAY + 10 * HOUR, () => story.tell(story.connection('instance.disconnected')));
    await rig.later(33 * DAY + 10 * HOUR, async () => expect(await uptime()).toMatch(/^(90\.0|89\.9)%$/));
  });
});

describe('the dashboard', () => {
  it('shows an administrator everything and a user their own, with no more than is theirs', async () => {
    const account = await rig.register('Ann Admin');
    const mine = new Story(account, await rig.instance(account, 'first', LINKED));
    const other = new Story(account, await rig.instance(account, 'second', LINKED));
    await mine.tell(mine.connection('instance.connected'), ...mine.messages('message.sent', 1_234));
    await other.tell(...other.messages('message.received', 3));
    const { body } = await rig.call('GET', '/api/dashboard/overview', undefined, { as: account.token });
    expect(body.data.subscription).toMatchObject({
      name: "Ann Admin's Subscription",
      tier: 'BASIC',
      usage: { instances: '2/5', monthlyMessages: '1,234' },
    });
    expect(body.data.instances).toMatchObject([
      { name: 'first', owner: 'Ann Admin', todayStats: { sent: 1_234, received: 0, failed: 0 }, uptime: '100.0%' },
      { name: 'second', todayStats: { sent: 0, received: 3, failed: 0 }, uptime: null },
    ]);
    expect(body.data.recentActivity).toHaveLength(10);
    const actions = body.data.recentActivity.map(({ action }: { action: string }) => action);
    expect(actions).toContain('MESSAGE_RECEIVED');
    expect(body.dashboard).toEqual(body.data);

    const created = await rig.call(
      'POST',
      '/api/users',
      { email: 'bob@dashboard.example', name: 'Bob User', role: 'USER' },
      { as: account.token },
    );
    expect(created.status).toBe(201);
    const password = created.body.data.temporaryPassword as string;
    const login = { email: 'bob@dashboard.example', password };
    const first = (await rig.call('POST', '/api/auth/login', login)).body.data.token as string;
    const change = { currentPassword: password, newPassword: 'another-long-password-2' };
    const changed = await rig.call('POST', '/api/auth/change-password', change, { as: first });
    const bob = { ...account, token: changed.body.data.token as string };
    await rig.instance(bob, 'bobs');
    const his = (await rig.call('GET', '/api/dashboard/overview', undefined, { as: bob.token })).body.data;
    expect(his.instances.map(({ name }: { name: string }) => name)).toEqual(['bobs']);
    expect(his.subscription.usage).toMatchObject({ instances: '1/5', monthlyMessages: '0' });
    expect(his.recentActivity).toEqual([]);
  });
});
