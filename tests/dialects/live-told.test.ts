import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LiveServer } from '../../functions/live/server.ts';
import type { RecordedEvent } from '../../lib/core/ports/events.ts';
import { settleEvents } from '../../lib/core/usecases/settle-events.ts';
import { ApiRig } from '../support/api-rig.ts';
import { member } from '../support/colleagues.ts';
import { LiveClient } from '../support/live-client.ts';
import { LiveDoor } from '../support/live-door.ts';

let rig: ApiRig;
beforeAll(async () => {
  rig = await ApiRig.start();
});
afterAll(() => rig.stop());

const told = (client: LiveClient) =>
  client.named('instance_status_changed').map(({ instanceName, data }) => `${instanceName} ${data.status}`);

describe('who is told what', () => {
  let door: LiveDoor;
  beforeAll(async () => {
    door = await LiveDoor.open(rig);
  });
  afterAll(() => door.close());

  it('another tenant is told nothing, also not after a resume with the cursor of the first', async () => {
    const [mine, theirs] = [await rig.register(), await rig.register()];
    const instanceId = await rig.instance(mine, 'desk');
    const other = await rig.instance(theirs, 'desk');
    const [me, them] = [
      await LiveClient.open(door.url, { token: mine.token }),
      await LiveClient.open(door.url, { token: theirs.token }),
    ];
    await door.happens(mine.tenantId, instanceId, 'CONNECTING');
    await me.sees(({ event }) => event === 'instance_status_changed');
    await door.happens(theirs.tenantId, other, 'RECONNECTING');
    await them.sees(({ event }) => event === 'instance_status_changed');
    expect(told(them)).toEqual(['desk RECONNECTING']);
    expect(told(me)).toEqual(['desk CONNECTING']);

    const thief = await LiveClient.open(door.url, { token: theirs.token, cursor: me.frames[0]?.cursor as string });
    await thief.sees(({ event }) => event === 'resync');
    await door.happens(theirs.tenantId, other, 'CONNECTED');
    await thief.sees(({ data }) => data.status === 'CONNECTED');
    expect(told(thief)).toEqual(['desk CONNECTED']);
    await Promise.all([me, them, thief].map((client) => client.close()));
  });

  it('a USER is told of their own instances, an ADMINISTRATOR of all; both of the account', async () => {
    const boss = await rig.register();
    const user = await member(rig, boss);
    const [of, own] = [
      await rig.instance(boss, 'of-the-boss'),
      await rig.instance({ ...boss, ...user }, 'of-the-user'),
    ];
    const admin = await LiveClient.open(door.url, { token: boss.token });
    const watcher = await LiveClient.open(door.url, { token: user.token });
    const start = watcher.cursor;
    await door.happens(boss.tenantId, of, 'CONNECTING');
    await door.happens(boss.tenantId, own, 'RECONNECTING');
    const data = { resource: 'messages', used: 80, limit: 100, percent: 80 } as const;
    const warning = { type: 'usage.limit_warning', instanceId: null, timestampMs: Date.now(), data } as const;
    await rig.adapters.events.recordAccountEvent(boss.tenantId, warning, 'messages|80');
    await door.settle(boss.tenantId, boss.tenantId);
    for (const client of [admin, watcher]) await client.sees(({ event }) => event === 'usage_limit_warning');
    expect(told(admin)).toEqual(['of-the-boss CONNECTING', 'of-the-user RECONNECTING']);
    expect(told(watcher)).toEqual(['of-the-user RECONNECTING']);
    expect(watcher.named('usage_limit_warning')[0]).toMatchObject({ instanceName: null, data });

    const again = await LiveClient.open(door.url, { token: user.token, cursor: start });
    await again.sees(({ event }) => event === 'usage_limit_warning');
    expect(told(again)).toEqual(['of-the-user RECONNECTING']);
    await Promise.all([admin, watcher, again].map((client) => client.close()));
  });

  it('what becomes of messages is told to who follows them, of their own instances, also after a resume', async () => {
    const [boss, theirs] = [await rig.register(), await rig.register()];
    const user = await member(rig, boss);
    const [of, own] = [await rig.instance(boss, 'desk'), await rig.instance({ ...boss, ...user }, 'of-the-user')];
    const follow = 'messages';
    const [plain, follower, watcher, stranger] = [
      await LiveClient.open(door.url, { token: boss.token }),
      await LiveClient.open(door.url, { token: boss.token, follow }),
      await LiveClient.open(door.url, { token: user.token, follow }),
      await LiveClient.open(door.url, { token: theirs.token, follow }),
    ];
    const start = follower.cursor;
    const data = { messageId: 'msg_3EB0ABCDEF', chat: '1@s.whatsapp.net', to: { phone: '1', lid: null } };
    const event = {
      type: 'message.read',
      timestampMs: Date.now(),
      data: { ...data, timestampMs: Date.now() },
    } as const;
    for (const instanceId of [of, own]) {
      await rig.runner.write(boss.tenantId, instanceId, [{ kind: 'event', event: { ...event, instanceId } }]);
      await door.happens(boss.tenantId, instanceId, 'CONNECTED');
    }
    await door.happens(theirs.tenantId, await rig.instance(theirs, 'desk'), 'CONNECTED');
    const again = await LiveClient.open(door.url, { token: boss.token, follow, cursor: start });
    const clients = [plain, follower, watcher, stranger, again];
    await Promise.all(clients.map((client) => client.sees(({ event: name }) => name === 'instance_status_changed')));
    for (const client of [follower, again]) await client.sees(({ instanceName }) => instanceName === 'of-the-user', 2);
    const changes = (client: LiveClient) =>
      client.named('message_changed').map(({ instanceName, data: { status } }) => `${instanceName} ${status}`);
    const both = ['desk READ', 'of-the-user READ'];
    expect(clients.map(changes)).toEqual([[], both, ['of-the-user READ'], [], both]);
    await Promise.all(clients.map((client) => client.close()));
  });

  it('what is told twice arrives once', async () => {
    const account = await rig.register();
    const instanceId = await rig.instance(account, 'desk');
    const client = await LiveClient.open(door.url, { token: account.token });
    const heard: RecordedEvent[] = [];
    const data = { status: 'RECONNECTING', phone: '1', reason: null };
    const event = { type: 'instance.disconnected', instanceId, timestampMs: Date.now(), data } as const;
    await rig.runner.write(account.tenantId, instanceId, [{ kind: 'event', event }]);
    const twice = {
      name: 'twice',
      async tell(...args: Parameters<LiveServer['subscriber']['tell']>) {
        heard.push(args[0]);
        await door.live.subscriber.tell(...args);
        await door.live.subscriber.tell(...args);
      },
    };
    await settleEvents({ ...rig.adapters, subscribers: [twice] }, { tenantId: account.tenantId, instanceId });
    await door.happens(account.tenantId, instanceId, 'CONNECTED');
    await client.sees(({ data }) => data.status === 'CONNECTED');
    expect(heard).toHaveLength(1);
    expect(client.frames.map(({ event }) => event)).toEqual([
      ...['connected', 'instance_status_changed', 'connection_lost', 'instance_status_changed'],
    ]);

    const half = await LiveClient.open(door.url, { token: account.token, cursor: client.frames[1]?.cursor as string });
    await half.sees(({ data }) => data.status === 'CONNECTED');
    expect(half.frames.map(({ event }) => event)).toEqual(['connected', 'connection_lost', 'instance_status_changed']);
    await Promise.all([client.close(), half.close()]);
  });

  it('what is told while the rows are still being read comes after them, once', async () => {
    const account = await rig.register();
    const instanceId = await rig.instance(account, 'desk');
    const { events } = rig.ports;
    const [asked, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const list: typeof events.list = async (...args) => {
      const rows = await events.list(...args);
      if (args[0] === instanceId) asked.resolve();
      await released.promise;
      return rows;
    };
    const slow = await LiveDoor.open(rig, { ports: { ...rig.ports, events: { ...events, list } } });
    const before = await LiveClient.open(slow.url, { token: account.token });
    await before.close();
    await slow.happens(account.tenantId, instanceId, 'CONNECTING');
    const opening = LiveClient.open(slow.url, { token: account.token, cursor: before.cursor });
    await asked.promise;
    await slow.happens(account.tenantId, instanceId, 'RECONNECTING');
    released.resolve();
    const client = await opening;
    await slow.happens(account.tenantId, instanceId, 'CONNECTED');
    await client.sees(({ data }) => data.status === 'CONNECTED');
    expect(client.frames[0]?.event).toBe('connected');
    expect(told(client)).toEqual(['desk CONNECTING', 'desk RECONNECTING', 'desk CONNECTED']);
    await client.close();
    await slow.close();
  });

  it('says resync instead of replaying more than 500 events', async () => {
    const account = await rig.register();
    const instanceId = await rig.instance(account, 'desk');
    const client = await LiveClient.open(door.url, { token: account.token });
    const data = { status: 'CONNECTING', phone: null, reason: null };
    const event = { type: 'instance.connecting', instanceId, timestampMs: Date.now(), data } as const;
    for (let i = 0; i < 501; i += 20) {
      const writes = Array.from({ length: Math.min(20, 501 - i) }, () => ({ kind: 'event', event }) as const);
      await rig.runner.write(account.tenantId, instanceId, writes);
    }
    const late = await LiveClient.open(door.url, { token: account.token, cursor: client.cursor });
    expect((await late.sees(({ event }) => event === 'resync'))[0]?.data).toEqual({ reason: 'too_many_events' });
    await Promise.all([client.close(), late.close()]);
  });
});
