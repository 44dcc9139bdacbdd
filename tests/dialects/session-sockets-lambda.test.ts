import { GetQueueUrlCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEventsHandler } from '../../functions/events/lambda.ts';
import { createSocketHandler, createSocketPush } from '../../functions/live/gateway.ts';
import { greetSession } from '../../functions/live/session-gateway.ts';
import { createApiGatewaySockets } from '../../lib/core/adapters/http/apigw-connections.ts';
import { createSqsClient } from '../../lib/core/adapters/sqs/bells.ts';
import { eventQueueName } from '../../lib/core/adapters/sqs/events.ts';
import { VIEWER_PATH_HEADER } from '../../lib/core/model/edge.ts';
import { type InstanceState, sessionNumber } from '../../lib/core/model/instance.ts';
import { type Account, ApiRig, LINKED } from '../support/api-rig.ts';
import { type ConnectionsStandIn, startConnectionsStandIn } from '../support/connections-stand-in.ts';

const MINUTE_MS = 60_000;

let rig: ApiRig;
let standIn: ConnectionsStandIn;
let sqs: ReturnType<typeof createSqsClient>;
let sockets: ReturnType<typeof createApiGatewaySockets>;
let live: ReturnType<typeof createSocketHandler>;
let events: ReturnType<typeof createEventsHandler>;
beforeAll(async () => {
  [rig, standIn] = await Promise.all([ApiRig.start(), startConnectionsStandIn()]);
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  sockets = createApiGatewaySockets({ endpoint: standIn.url, region: 'us-east-1', credentials });
  sqs = createSqsClient(rig.config);
  const ports = { ...rig.ports, sockets };
  live = createSocketHandler(ports, { origins: [] });
  events = createEventsHandler(() => ({
    ...ports,
    watchLimits: async () => undefined,
    subscribers: [createSocketPush(ports)],
    greet: (greeting) => greetSession(ports, greeting),
  }));
});
afterAll(async () => {
  sockets.destroy();
  sqs.destroy();
  await Promise.all([rig.stop(), standIn.close()]);
});

/** Gives the events Lambda what lies in its queue. */
async function work(): Promise<void> {
  const QueueName = eventQueueName(rig.config.queuePrefix);
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
  for (;;) {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    if (Messages.length === 0) return;
    const Records = Messages.map(({ MessageId, Body }) => ({ messageId: MessageId as string, body: Body as string }));
    expect(await events({ Records })).toEqual({ batchItemFailures: [] });
  }
}

let connections = 0;

/** `$connect` by way of CloudFront, which says the path. */
async function connect(path: string, token?: string, headers: Record<string, string> = {}) {
  connections += 1;
  const connectionId = `session=${connections}`;
  const { statusCode } = await live({
    requestContext: { connectionId, routeKey: '$connect' },
    headers: { [VIEWER_PATH_HEADER]: path, ...headers },
    queryStringParameters: token === undefined ? {} : { token },
  });
  if (statusCode === 200) standIn.open.add(connectionId);
  return { id: connectionId, statusCode };
}

const says = (connectionId: string, message: unknown) =>
  live({ requestContext: { connectionId, routeKey: '$default' }, body: JSON.stringify(message) });

async function session(state: Partial<InstanceState> = {}): Promise<Account & { instanceId: string }> {
  const account = await rig.register();
  return { ...account, instanceId: await rig.instance(account, 'business-support', state) };
}

async function happens({ tenantId, instanceId }: { tenantId: string; instanceId: string }, type: string, data: object) {
  const event = { type, instanceId, timestampMs: Date.now(), data };
  await rig.runner.write(tenantId, instanceId, [{ kind: 'event', event: event as never }]);
  await events({ Records: [{ messageId: '1', body: JSON.stringify({ v: 1, tenantId, instanceId, seq: 1 }) }] });
}

const connected = { status: 'CONNECTED', phone: '15550109001', reason: null };
const soon = () => new Date(Date.now() + 20_000).toISOString();

describe("a session's WebSocket behind API Gateway", () => {
  it('has a session opened that is not linked, shows its codes as they come, and says when it is', async () => {
    const mine = await session();
    const before = rig.runner.seen.length;
    const { id, statusCode } = await connect(`/api/ws/${mine.instanceId}`, mine.token);
    expect(statusCode).toBe(200);
    await expect
      .poll(() => rig.runner.seen.slice(before).map(({ operation }) => operation))
      .toEqual(['instance.connect']);
    await work();
    await happens(mine, 'instance.qr', { qr: 'code 1', expiresAt: soon() });
    await happens(mine, 'instance.connected', connected);
    expect(standIn.sent(id)).toEqual([
      { type: 'qr', data: { qr: 'code 1', timeout: expect.any(Number) } },
      { type: 'success', message: 'Login successful' },
    ]);
  });

  it('shows at once the code that is good, by every name of the session and both paths', async () => {
    const mine = await session({ status: 'WAITING_FOR_SCAN', qr: { text: 'now', expiresAt: soon() } });
    const paths = [
      `/api/ws/${sessionNumber(mine.instanceId)}`,
      '/api/ws/Business-Support',
      `/api/sessions/${mine.instanceId}/ws`,
    ];
    const opened = await Promise.all(paths.map((path) => connect(path, mine.token)));
    await work();
    for (const { id } of opened) expect(standIn.sent(id)).toMatchObject([{ type: 'qr', data: { qr: 'now' } }]);
  });

  it('is greeted when API Gateway has opened it, which may be after the greeting has come', async () => {
    const mine = await session(LINKED);
    const { id } = await connect(`/api/ws/${mine.instanceId}`, mine.token);
    standIn.open.delete(id);
    const working = work();
    await expect.poll(() => standIn.refused(id)).toBeGreaterThan(0);
    standIn.open.add(id);
    await working;
    expect(standIn.sent(id)).toEqual([{ type: 'success', message: 'Already logged in' }]);
  });

  it('is told of its own session alone, and the dashboard is told as ever', async () => {
    const mine = await session(LINKED);
    const other = await rig.instance(mine, 'other', LINKED);
    const watched = await connect(`/api/ws/${mine.instanceId}`, mine.token);
    const dashboard = await connect('/ws/dashboard', mine.token);
    await happens({ tenantId: mine.tenantId, instanceId: other }, 'instance.logged_out', {
      ...{ status: 'LOGGED_OUT', phone: null, reason: 'unlinked' },
    });
    await happens(mine, 'instance.logged_out', { status: 'LOGGED_OUT', phone: null, reason: 'unlinked' });
    expect(standIn.sent(watched.id)).toEqual([{ type: 'error', error: 'unlinked', data: { error: 'unlinked' } }]);
    expect(standIn.sent(dashboard.id).map(({ instanceName }) => instanceName)).toEqual(
      expect.arrayContaining(['other', 'business-support']),
    );
  });

  it('answers a ping, and ends after ten minutes', async () => {
    const mine = await session(LINKED);
    const { id } = await connect(`/api/ws/${mine.instanceId}`, mine.token);
    await says(id, { type: 'ping' });
    await says(id, { type: 'start' });
    await rig.later(11 * MINUTE_MS, () => says(id, { type: 'ping' }));
    expect(standIn.sent(id)).toEqual([{ type: 'pong' }, { type: 'event', event: 'timeout', message: 'QR timeout' }]);
    expect(standIn.open.has(id)).toBe(false);
    expect(await rig.adapters.live.connections(mine.tenantId)).toEqual([]);
  });

  it('opens for nobody else, and at most twenty times for one user', async () => {
    const mine = await session(LINKED);
    const stranger = await rig.register();
    const path = `/api/ws/${mine.instanceId}`;
    expect((await connect(path)).statusCode).toBe(401);
    expect((await connect(path, `${mine.token}x`)).statusCode).toBe(401);
    expect((await connect(path, stranger.token)).statusCode).toBe(404);
    expect((await connect('/api/ws/%E0%A4%A', mine.token)).statusCode).toBe(404);
    expect((await connect('/api/ws', mine.token)).statusCode).toBe(404);
    expect((await connect('/api/sessions/a/b/ws', mine.token)).statusCode).toBe(404);
    expect((await connect(path, mine.token, { Origin: 'https://evil.example' })).statusCode).toBe(403);
    expect(await rig.adapters.live.connections(mine.tenantId)).toEqual([]);
    for (let n = 0; n < 20; n += 1) expect((await connect(path, mine.token)).statusCode).toBe(200);
    expect((await connect(path, mine.token)).statusCode).toBe(429);
  });
});
