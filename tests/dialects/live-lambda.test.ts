import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSocketHandler, createSocketPush, type GatewaySocketAnswer } from '../../functions/live/gateway.ts';
import { createApiGatewaySockets } from '../../lib/core/adapters/http/apigw-connections.ts';
import type { EventSubscriber } from '../../lib/core/ports/events.ts';
import { settleEvents } from '../../lib/core/usecases/settle-events.ts';
import { type Account, ApiRig } from '../support/api-rig.ts';
import { member } from '../support/colleagues.ts';
import { type ConnectionsStandIn, startConnectionsStandIn } from '../support/connections-stand-in.ts';

const HOUR_MS = 3_600_000;
const ORIGIN = 'https://dashboard.example.com';

let rig: ApiRig;
let standIn: ConnectionsStandIn;
let sockets: ReturnType<typeof createApiGatewaySockets>;
let handler: ReturnType<typeof createSocketHandler>;
let push: EventSubscriber;
beforeAll(async () => {
  [rig, standIn] = await Promise.all([ApiRig.start(), startConnectionsStandIn()]);
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  sockets = createApiGatewaySockets({ endpoint: standIn.url, region: 'us-east-1', credentials });
  handler = createSocketHandler({ ...rig.ports, sockets }, { origins: [ORIGIN] });
  push = createSocketPush({ ...rig.ports, sockets });
});
afterAll(async () => {
  sockets.destroy();
  await Promise.all([rig.stop(), standIn.close()]);
});

let connections = 0;

/** `$connect` of a new connection, as API Gateway tells it. */
async function connect(
  query: Record<string, string> = {},
  headers: Record<string, string> = {},
): Promise<GatewaySocketAnswer & { id: string }> {
  connections += 1;
  const id = `conn=${connections}/x`;
  const requestContext = { connectionId: id, routeKey: '$connect', identity: { sourceIp: '203.0.113.7' } };
  const answer = await handler({ requestContext, headers, queryStringParameters: query });
  if (answer.statusCode === 200) standIn.open.add(id);
  return { ...answer, id };
}

const says = (connectionId: string, message: unknown) =>
  handler({ requestContext: { connectionId, routeKey: '$default' }, body: JSON.stringify(message) });

async function happens(tenantId: string, instanceId: string, ...statuses: string[]): Promise<void> {
  for (const status of statuses) {
    const data = { status, phone: null, reason: null };
    const event = { type: 'instance.connecting', instanceId, timestampMs: Date.now(), data } as const;
    await rig.runner.write(tenantId, instanceId, [{ kind: 'event', event }]);
  }
  await settleEvents({ ...rig.adapters, subscribers: [push] }, { tenantId, instanceId });
}

const statuses = (id: string) =>
  standIn
    .sent(id)
    .filter(({ event }) => event === 'instance_status_changed')
    .map(({ data }) => data.status);

async function account(): Promise<Account & { instanceId: string }> {
  const made = await rig.register();
  return { ...made, instanceId: await rig.instance(made, 'desk') };
}

describe('$connect', () => {
  it('takes a ticket once, and an access token in three places', async () => {
    const { token } = await account();
    const { body } = await rig.call('POST', '/api/ws/ticket', {}, { as: token });
    const { ticket } = body.data;
    expect((await connect({ ticket })).statusCode).toBe(200);
    expect((await connect({ ticket })).statusCode).toBe(401);
    expect((await connect({ token })).statusCode).toBe(200);
    expect((await connect({}, { Authorization: `Bearer ${token}` })).statusCode).toBe(200);
    expect(await connect({}, { 'Sec-WebSocket-Protocol': `bearer, ${token}` })).toMatchObject({
      statusCode: 200,
      headers: { 'Sec-WebSocket-Protocol': 'bearer' },
    });
  });

  it('refuses everything else, and keeps nothing of it', async () => {
    const { token, tenantId } = await account();
    for (const query of [{}, { token: `${token}x` }, { ticket: 'tkt_x' }]) {
      expect(await connect(query as Record<string, string>)).toMatchObject({ statusCode: 401 });
    }
    expect(await connect({ token }, { Origin: 'https://evil.example.com' })).toMatchObject({ statusCode: 403 });
    expect(await rig.adapters.live.connections(tenantId)).toEqual([]);
    expect(await connect({ token }, { Origin: ORIGIN })).toMatchObject({ statusCode: 200 });
    expect(await rig.adapters.live.connections(tenantId)).toHaveLength(1);
  });

  it('keeps the connection for two hours', async () => {
    const { token, tenantId } = await account();
    const { id } = await connect({ token });
    expect(await rig.adapters.live.findConnection(id)).toMatchObject({ id, tenantId, role: 'ADMINISTRATOR' });
    await rig.later(2 * HOUR_MS + 1_000, async () => {
      expect(await rig.adapters.live.findConnection(id)).toBeUndefined();
      expect(await rig.adapters.live.connections(tenantId)).toEqual([]);
    });
  });
});

describe('an event', () => {
  it('is sent to the connections of its tenant, in order, each with a cursor', async () => {
    const [mine, theirs] = [await account(), await account()];
    const [me, they] = [await connect({ token: mine.token }), await connect({ token: theirs.token })];
    await happens(mine.tenantId, mine.instanceId, 'CONNECTING', 'RECONNECTING', 'CONNECTED');
    expect(statuses(me.id)).toEqual(['CONNECTING', 'RECONNECTING', 'CONNECTED']);
    expect(standIn.sent(me.id)[0]).toMatchObject({ instanceName: 'desk', id: expect.stringMatching(/^evt_/) });
    expect(new Set(standIn.sent(me.id).map(({ cursor }) => cursor)).size).toBe(3);
    expect(standIn.sent(they.id)).toEqual([]);
  });

  it('that tells what becomes of a message is sent to the connections that follow messages', async () => {
    const { token, tenantId, instanceId } = await account();
    const [plain, follower] = [await connect({ token }), await connect({ token, follow: 'messages' })];
    const data = { messageId: 'msg_3EB0ABCDEF', chat: '1@s.whatsapp.net', to: { phone: '1', lid: null } };
    const event = { type: 'message.delivered', instanceId, timestampMs: Date.now() } as const;
    await rig.runner.write(tenantId, instanceId, [
      { kind: 'event', event: { ...event, data: { ...data, timestampMs: Date.now() } } },
    ]);
    await happens(tenantId, instanceId, 'CONNECTED');
    const names = (id: string) => standIn.sent(id).map((frame) => frame.event);
    expect(names(plain.id)).toEqual(['instance_status_changed']);
    expect(names(follower.id)).toEqual(['message_changed', 'instance_status_changed']);
    expect(standIn.sent(follower.id)[0].data).toMatchObject({ messageId: data.messageId, status: 'DELIVERED' });

    const again = await connect({ token, follow: 'messages', cursor: standIn.sent(follower.id)[0].cursor });
    await says(again.id, { type: 'start' });
    expect(names(again.id)).toEqual(['connected', 'instance_status_changed']);
  });

  it('is not sent to a USER whose instance it is not', async () => {
    const boss = await account();
    const { token } = await member(rig, boss);
    const [admin, user] = [await connect({ token: boss.token }), await connect({ token })];
    await happens(boss.tenantId, boss.instanceId, 'CONNECTING');
    expect(statuses(admin.id)).toEqual(['CONNECTING']);
    expect(statuses(user.id)).toEqual([]);
  });

  it('deletes the rows of a connection that is gone, and reaches the others', async () => {
    const { token, tenantId, instanceId } = await account();
    const [gone, here] = [await connect({ token }), await connect({ token })];
    standIn.open.delete(gone.id);
    await rig.later(11_000, () => happens(tenantId, instanceId, 'CONNECTING'));
    expect(statuses(here.id)).toEqual(['CONNECTING']);
    expect((await rig.adapters.live.connections(tenantId)).map(({ id }) => id)).toEqual([here.id]);
    expect(await rig.adapters.live.findConnection(gone.id)).toBeUndefined();
  });

  it('keeps a connection that API Gateway has not opened yet, and of which it says the same', async () => {
    const { token, tenantId, instanceId } = await account();
    const { id } = await connect({ token });
    standIn.open.delete(id);
    await happens(tenantId, instanceId, 'CONNECTING');
    standIn.open.add(id);
    await happens(tenantId, instanceId, 'CONNECTED');
    expect(statuses(id)).toEqual(['CONNECTED']);
  });

  it('is settled although it cannot be sent, and is in the replay', async () => {
    const { token, tenantId, instanceId } = await account();
    const first = await connect({ token });
    await says(first.id, { type: 'start' });
    const { cursor } = standIn.sent(first.id)[0];
    standIn.failNext(413);
    await happens(tenantId, instanceId, 'CONNECTING');
    expect(statuses(first.id)).toEqual([]);
    expect(rig.logs.at(-1)).toMatchObject({ level: 'error', message: 'an event could not be told live' });
    const again = await connect({ token, cursor });
    await says(again.id, { type: 'start' });
    expect(statuses(again.id)).toEqual(['CONNECTING']);
  });

  it('is not sent after a log-out: the connection is closed', async () => {
    const { token, tenantId, instanceId } = await account();
    const { id } = await connect({ token });
    await rig.call('POST', '/api/auth/logout', {}, { as: token });
    await happens(tenantId, instanceId, 'CONNECTING');
    expect(standIn.sent(id)).toEqual([]);
    expect(standIn.open.has(id)).toBe(false);
    expect(await rig.adapters.live.connections(tenantId)).toEqual([]);
  });
});

describe('$default and $disconnect', () => {
  it('start brings what was missed since the cursor, once, and pushes go on from there', async () => {
    const { token, tenantId, instanceId } = await account();
    const first = await connect({ token });
    await says(first.id, { type: 'start' });
    await happens(tenantId, instanceId, 'CONNECTING');
    await handler({ requestContext: { connectionId: first.id, routeKey: '$disconnect' } });
    standIn.open.delete(first.id);
    const { cursor } = standIn.sent(first.id).at(-1);
    await happens(tenantId, instanceId, 'RECONNECTING');

    const again = await connect({ token, cursor });
    await happens(tenantId, instanceId, 'WHILE_CONNECTING');
    expect(standIn.sent(again.id)).toEqual([]);
    await says(again.id, { type: 'ping' });
    await happens(tenantId, instanceId, 'CONNECTED');
    expect(standIn.sent(again.id)[0]).toMatchObject({ event: 'connected', data: { resumed: true } });
    expect(statuses(again.id)).toEqual(['RECONNECTING', 'WHILE_CONNECTING', 'CONNECTED']);

    const { cursor: last } = standIn.sent(again.id).at(-1);
    const third = await connect({ token, cursor: last });
    await says(third.id, { type: 'start' });
    expect(statuses(third.id)).toEqual([]);
  });

  it('start with a cursor that is none says resync', async () => {
    const { token } = await account();
    const { id } = await connect({ token, cursor: 'nonsense' });
    await says(id, { type: 'start' });
    expect(standIn.sent(id).map(({ event }) => event)).toEqual(['connected', 'resync']);
  });

  it('a ping is answered, other messages are not, and those of nobody change nothing', async () => {
    const { token } = await account();
    const { id } = await connect({ token });
    await says(id, { type: 'ping' });
    await says(id, { type: 'drop tables' });
    await says(id, null);
    expect(standIn.sent(id).map(({ event }) => event)).toEqual(['pong']);
    expect(await says('conn=unknown', { type: 'start' })).toEqual({ statusCode: 200 });
    expect(standIn.sent('conn=unknown')).toEqual([]);
  });

  it('$disconnect deletes the connection', async () => {
    const { token, tenantId } = await account();
    const { id } = await connect({ token });
    for (let i = 0; i < 2; i += 1) {
      expect(await handler({ requestContext: { connectionId: id, routeKey: '$disconnect' } })).toEqual({
        statusCode: 200,
      });
    }
    expect(await rig.adapters.live.connections(tenantId)).toEqual([]);
  });
});
