import { mkdtemp, rm } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Bundle,
  bundleFunctions,
  FUNCTIONS,
  type FunctionName,
  MAX_API_BUNDLE_BYTES,
} from '../../lib/constructs/bundles.ts';
import { type Adapters, createAdapters } from '../../lib/core/adapters/index.ts';
import { type Embedded, startEmbedded } from '../../lib/core/adapters/local/start-embedded.ts';
import { createSqsClient } from '../../lib/core/adapters/sqs/bells.ts';
import { createDeadLetterStore } from '../../lib/core/adapters/sqs/dead-letters.ts';
import { type Config, ENV, readConfig } from '../../lib/core/config.ts';
import { PERMISSIONS } from '../../lib/core/model/account.ts';
import { EDGE_SECRET_HEADER, VIEWER_ADDRESS_HEADER, VIEWER_PATH_HEADER } from '../../lib/core/model/edge.ts';
import { type ConnectionsStandIn, startConnectionsStandIn } from '../support/connections-stand-in.ts';
import { startJsonStandIn } from '../support/json-stand-in.ts';
import { LambdaProcess } from '../support/lambda-process.ts';
import { Receiver } from '../support/receiver.ts';
import { type SecretsStandIn, startSecretsStandIn } from '../support/secrets-stand-in.ts';
import { StubRunner } from '../support/stub-runner.ts';
import { GIVEN } from './given.ts';

const EDGE_SECRET = 'e'.repeat(64);
const NAMES = Object.keys(FUNCTIONS) as FunctionName[];

let folder: string;
let bundles: Record<FunctionName, Bundle>;
let services: Embedded;
let config: Config;
let adapters: Adapters;
let runner: StubRunner;
let secrets: SecretsStandIn;
let connections: ConnectionsStandIn;
let receiver: Receiver;
let ecs: Awaited<ReturnType<typeof startJsonStandIn>>;
/** What ECS was asked to change; it has as many tasks as it was asked for last. */
const asked: { cluster: string; service: string; desiredCount?: number; forceNewDeployment?: boolean }[] = [];
const john = { email: 'john@example.com', token: '', tenantId: '' };
let instanceId: string;
const processes: LambdaProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchboard-bundles-'));
  [services, connections, receiver, bundles] = await Promise.all([
    startEmbedded({ dataDir: join(folder, 'data'), shardCount: 1 }),
    startConnectionsStandIn(),
    Receiver.start(),
    bundleFunctions(folder),
  ]);
  config = readConfig(services.env);
  adapters = createAdapters(config);
  runner = new StubRunner(adapters).start();
  ecs = await startJsonStandIn({
    DescribeServices: () => {
      const desiredCount = asked.findLast((one) => one.desiredCount !== undefined)?.desiredCount ?? 1;
      return { services: [{ status: 'ACTIVE', desiredCount, runningCount: desiredCount }], failures: [] };
    },
    UpdateService: (input) => void asked.push(input),
  });
  secrets = await startSecretsStandIn({
    jwt: services.env[ENV.jwtSecrets] as string,
    seal: services.env[ENV.sealSecrets] as string,
    edge: EDGE_SECRET,
  });
  const body = { email: john.email, password: 'securePassword123', name: 'John Doe' };
  const { token, data } = await post('/api/auth/register', body);
  Object.assign(john, { token, tenantId: data.subscription.id });
  instanceId = (await post('/api/instances', { name: 'customer-service' })).data.id;
  await runner.setState(john.tenantId, instanceId, { status: 'CONNECTED', linked: true, phone: '6281234567890' });
}, 120_000);
afterAll(async () => {
  await Promise.all(processes.map((process) => process.stop()));
  await Promise.all([runner.stop(), connections.close(), receiver.stop(), secrets.close(), ecs.close()]);
  adapters.close();
  await services.stop();
  await rm(folder, { recursive: true, force: true });
});

const startedNames = new Set<FunctionName>();

/** A Lambda with what the stack gives it (and where the services of this machine are): names, and ARNs of secrets. */
async function start(name: FunctionName, more: Record<string, string> = {}): Promise<LambdaProcess> {
  const here = [ENV.region, ENV.dynamoEndpoint, ENV.sqsEndpoint];
  const known = new Set<string>([...GIVEN[name], ...here, ...Object.keys(callsHere())]);
  expect(Object.keys(more).filter((variable) => !known.has(variable))).toEqual([]);
  const given = Object.entries({ ...services.env, ...more }).filter(([variable]) => known.has(variable));
  startedNames.add(name);
  const started = await LambdaProcess.start(join(folder, name), {
    ...Object.fromEntries(given),
    [ENV.logLevel]: process.env.TEST_LOG_LEVEL ?? 'silent',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
    AWS_ENDPOINT_URL_ECS: ecs.url,
    POWERTOOLS_SERVICE_NAME: name,
    PATH: process.env.PATH as string,
  });
  processes.push(started);
  return started;
}

let behindEdge: Promise<LambdaProcess> | undefined;
/** The API behind CloudFront; it may call what is on this machine. */
const apiBehindEdge = () => {
  behindEdge ??= start('api', { ...arns('jwt', 'seal', 'edge'), ...callsHere(), ...OPEN });
  return behindEdge;
};
const OPEN = { [ENV.registration]: 'open', [ENV.fleetControl]: 'true' };
const callsHere = () => ({
  [ENV.outboundAllowHttp]: 'true',
  [ENV.outboundAllowLoopback]: 'true',
  [ENV.outboundPorts]: new URL(receiver.url('bundle')).port,
});

const arns = (...names: ('jwt' | 'seal' | 'edge')[]) => {
  const variables = { jwt: ENV.jwtSecretsArn, seal: ENV.sealSecretsArn, edge: ENV.edgeSecretArn };
  return Object.fromEntries(names.map((name) => [variables[name], secrets.arnOf(name)]));
};
const sqsEvent = (...bodies: unknown[]) => ({
  Records: bodies.map((body, n) => ({
    messageId: `message-${n}`,
    receiptHandle: `receipt-${n}`,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    attributes: { ApproximateReceiveCount: '1', SentTimestamp: '1', SenderId: 'x' },
    messageAttributes: {},
    eventSource: 'aws:sqs',
    awsRegion: 'us-east-1',
  })),
});
const VIEWER = '203.0.113.9';
const edge = { [EDGE_SECRET_HEADER]: EDGE_SECRET, [VIEWER_ADDRESS_HEADER]: VIEWER };
const http = (method: string, path: string, { body, headers = edge }: { body?: object; headers?: object } = {}) => ({
  version: '2.0',
  routeKey: '$default',
  rawPath: path,
  rawQueryString: '',
  headers: { host: 'api.example', 'content-type': 'application/json', ...headers },
  requestContext: {
    http: { method, path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' },
    requestId: 'gw-1',
    stage: '$default',
    timeEpoch: 1,
  },
  ...(body && { body: JSON.stringify(body) }),
  isBase64Encoded: false,
});

/** What the API says to John. */
async function post(path: string, body: object) {
  const headers = { ...edge, ...(john.token && { authorization: `Bearer ${john.token}` }) };
  const answer = await (await apiBehindEdge()).invoke(http('POST', path, { body, headers }));
  expect(answer.statusCode).toBeLessThan(300);
  return JSON.parse(answer.body);
}
/** What EventBridge sends by a schedule. */
const SCHEDULED = { version: '0', source: 'aws.events', 'detail-type': 'Scheduled Event', detail: {}, resources: [] };

describe.each(NAMES)('the bundle of %s', (name) => {
  it('has nothing of the runner, of tests and tools in it', () => {
    const { sources } = bundles[name];
    expect(sources).toContain(FUNCTIONS[name]);
    const foreign =
      /node_modules\/(@whiskeysockets|libsignal|aws-cdk|constructs|fauxqs|@dynoxide|@hono\/node-server|ws|selfsigned)\b|^(runner|sandbox|bin|tests)\/|^lib\/(baileys|constructs)\/|adapters\/local\//;
    expect(sources.filter((path) => foreign.test(path))).toEqual([]);
    // What a caller never sees: error messages in fifty languages, 300 kB of them.
    const locales = sources.filter((path) => path.includes('zod/v4/locales/'));
    expect(locales.filter((path) => !/zod\/v4\/locales\/en\.js$/.test(path))).toEqual([]);
  });

  it('needs nothing that is not in Node', () => {
    const { externals } = bundles[name];
    expect(externals.length).toBeGreaterThan(5);
    expect(externals.filter((path) => !isBuiltin(path))).toEqual([]);
  });
});

it(`the API reads at most ${MAX_API_BUNDLE_BYTES} bytes to start`, () => {
  expect(bundles.api.bytesAtStart).toBeLessThanOrEqual(MAX_API_BUNDLE_BYTES);
});

describe('as Lambda runs it, in an empty folder, with raw events:', () => {
  it('the API answers API Gateway, knows its secrets, and shows its document', async () => {
    const api = await apiBehindEdge();
    const health = await api.invoke(http('GET', '/api/health'));
    expect(health.statusCode).toBe(200);
    expect(JSON.parse(health.body).data.status).toBe('OK');
    const body = { email: 'b@example.com', password: 'securePassword123', name: 'Bundle' };
    const registered = await api.invoke(http('POST', '/api/auth/register', { body }));
    expect(registered.statusCode).toBe(201);
    const authorization = `Bearer ${JSON.parse(registered.body).token}`;
    const mine = await api.invoke(http('GET', '/api/instances', { headers: { ...edge, authorization } }));
    expect(mine.statusCode).toBe(200);
    const logs = await api.invoke(http('GET', '/api/audit/logs', { headers: { ...edge, authorization } }));
    expect(JSON.parse(logs.body).logs[0].origin?.address ?? logs.body).toContain(VIEWER);
    const johns = { ...edge, authorization: `Bearer ${john.token}` };
    expect((await api.invoke(http('GET', '/api/auth/me', { headers: johns }))).statusCode).toBe(200);
    expect((await api.invoke(http('GET', '/api/docs'))).statusCode).toBe(200);
    expect((await api.invoke(http('GET', '/api/docs/swagger-ui.css'))).statusCode).toBe(200);
    expect(api.errors).toBe('');
  });

  it('the API has in its bundle what it loads when it is asked for it', async () => {
    const api = await apiBehindEdge();
    for (const path of ['/api/sessions', '/api/instance', '/api/public/v1/devices', '/api/templates']) {
      expect((await api.invoke(http('GET', path))).statusCode, path).toBe(401);
    }
    const { body } = await api.invoke(http('GET', '/api/openapi.json'));
    expect(Object.keys(JSON.parse(body).paths).length).toBeGreaterThan(200);
    const headers = { ...edge, authorization: `Bearer ${john.token}` };
    const bulk = { message: { type: 'text', text: 'Hi {{name}}' }, csv: 'to,name\n6281234567890,Ann\n' };
    const preview = await api.invoke(
      http('POST', '/api/instances/customer-service/bulk/preview', { body: bulk, headers }),
    );
    expect([preview.statusCode, preview.body]).toEqual([200, expect.stringContaining('Hi Ann')]);
    expect(api.errors).toBe('');
  });

  it('the API refuses whoever goes around CloudFront', async () => {
    const api = await apiBehindEdge();
    const wrong = { ...edge, [EDGE_SECRET_HEADER]: 'f'.repeat(64) };
    for (const headers of [{}, { [VIEWER_ADDRESS_HEADER]: VIEWER }, wrong]) {
      const answer = await api.invoke(http('GET', '/api/health', { headers }));
      expect(answer.statusCode).toBe(403);
      expect(JSON.parse(answer.body)).toMatchObject({ success: false, error: 'PERMISSION_DENIED' });
    }
  });

  it('the live Lambda takes a connection, and greets it over the management API', async () => {
    const live = await start('live', { ...arns('jwt', 'edge'), [ENV.liveEndpoint]: connections.url });
    const { data } = await post('/api/ws/ticket', {});
    const requestContext = { connectionId: 'c1=', eventType: 'CONNECT', identity: { sourceIp: '192.0.2.1' } };
    const connect = (headers: object) =>
      live.invoke({
        requestContext: { ...requestContext, routeKey: '$connect' },
        headers,
        queryStringParameters: { ticket: data.ticket },
      });
    expect((await connect({})).statusCode).toBe(403);
    expect((await connect(edge)).statusCode).toBe(200);
    connections.open.add('c1=');
    const say = { requestContext: { ...requestContext, routeKey: '$default' }, body: '{"type":"start"}' };
    expect((await live.invoke(say)).statusCode).toBe(200);
    expect(connections.sent('c1=')).toMatchObject([{ event: 'connected' }]);
    const session = await live.invoke({
      requestContext: { ...requestContext, connectionId: 'c2=', routeKey: '$connect' },
      headers: { ...edge, [VIEWER_PATH_HEADER]: `/api/ws/${instanceId}` },
      queryStringParameters: { token: john.token },
    });
    expect(session.statusCode).toBe(200);
    // The events Lambda tells it: the next test but one.
    connections.open.add('c2=');
    expect(live.errors).toBe('');
  });

  it('the intake Lambda accepts an operation and buries what nobody can read', async () => {
    const intake = await start('intake', arns('jwt', 'seal'));
    const wanted = { name: 'test', permissions: PERMISSIONS };
    const apiKey = (await post('/api/instances/customer-service/keys', wanted)).data.key;
    const message = { apiKey, operation: 'message.sendText', input: { to: '15550109001', text: 'Hi' } };
    const before = runner.seen.length;
    expect(await intake.invoke(sqsEvent(message, 'no JSON'))).toEqual({ batchItemFailures: [] });
    await expect.poll(() => runner.seen.slice(before).map(({ operation }) => operation)).toEqual(['message.sendText']);
    const sqs = createSqsClient(config);
    const buried = await createDeadLetterStore(sqs, config).list('intake', 10);
    sqs.destroy();
    expect(buried).toMatchObject([{ messageId: 'message-1', reason: 'VALIDATION_ERROR' }]);
    expect(intake.errors).toBe('');
  });

  it('the events Lambda settles an event, and the webhooks Lambda delivers it when its bell rings', async () => {
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    const wanted = { url: receiver.url('bundle'), secret, events: ['instance.connecting'] };
    const webhookId = (await post('/api/webhooks', wanted)).data.id as string;
    await receiver.set('bundle', { secret, status: 200 });
    const data = { status: 'CONNECTING', phone: null, reason: null };
    const event = { type: 'instance.connecting', instanceId, timestampMs: Date.now(), data } as const;
    await runner.write(john.tenantId, instanceId, [{ kind: 'event', event }]);
    const liveEndpoint = { [ENV.liveEndpoint]: connections.url };
    const events = await start('events', { ...arns('seal'), ...liveEndpoint, [ENV.eventTopic]: 'on' });
    const bell = { v: 1, tenantId: john.tenantId, instanceId, seq: 1 };
    expect(await events.invoke(sqsEvent(bell, 'no bell'))).toEqual({
      batchItemFailures: [{ itemIdentifier: 'message-1' }],
    });
    expect(await events.invoke(sqsEvent({ v: 1, connectionId: 'c2=' }))).toEqual({ batchItemFailures: [] });
    expect(connections.sent('c2=')).toEqual([{ type: 'success', message: 'Already logged in' }]);
    expect(events.errors).toBe('');
    expect(events.metrics()).toMatchObject([
      { MessagesFailed: 1, service: 'events', stage: 'local' },
      { MessagesFailed: 0 },
    ]);

    const webhooks = await start('webhooks', { ...arns('seal'), ...callsHere() });
    expect(await webhooks.invoke(sqsEvent({ v: 1, tenantId: john.tenantId, webhookId }))).toEqual({
      batchItemFailures: [],
    });
    expect(await receiver.hits('bundle')).toMatchObject([{ verified: true }]);
    expect(await webhooks.invoke(SCHEDULED)).toEqual({ batchItemFailures: [] });
    expect(webhooks.errors).toBe('');
  });

  it('the reconcile Lambda asks ECS for the runners that are to be, and for what an administrator wishes', async () => {
    const reconcile = await start('reconcile', {
      [ENV.ecsCluster]: 'cluster',
      [ENV.ecsService]: 'runners',
      [ENV.minRunners]: '3',
    });
    const api = await apiBehindEdge();
    const wish = async (action: string) => {
      const headers = { ...edge, authorization: `Bearer ${john.token}` };
      expect((await api.invoke(http('POST', `/api/observability/${action}`, { headers }))).statusCode).toBe(200);
    };
    expect(await reconcile.invoke(SCHEDULED)).toMatchObject({ desired: 3, scaled: true });
    // Nobody has claimed the shard of the one session.
    expect(reconcile.metrics()).toMatchObject([{ ShardsUnowned: 1, CommandsStuck: 0, service: 'reconcile' }]);
    await wish('stop');
    expect(await reconcile.invoke(SCHEDULED)).toMatchObject({ desired: 0, held: true });
    await wish('restart');
    for (let n = 0; n < 2; n += 1) await reconcile.invoke(SCHEDULED);
    expect(asked).toMatchObject([
      { desiredCount: 3 },
      { desiredCount: 0 },
      { desiredCount: 3 },
      { forceNewDeployment: true },
    ]);
    for (const { cluster, service } of asked)
      expect({ cluster, service }).toEqual({ cluster: 'cluster', service: 'runners' });
    expect([reconcile.errors, api.errors]).toEqual(['', '']);
  });

  it('the admin Lambda answers the operator', async () => {
    const admin = await start('admin');
    expect(await admin.invoke({ command: 'show', subscription: john.email })).toMatchObject({
      ok: true,
      result: { id: john.tenantId, tier: 'BASIC' },
    });
    expect(await admin.invoke({ command: 'dead-letters', action: 'list' })).toMatchObject({ ok: true });
    expect(admin.errors).toBe('');
  });

  it('the rotator makes the next secret known first, then lets it sign, then verify; tokens stay good', async () => {
    const rotator = await start('rotator');
    const rotate = async (versionId: string) => {
      secrets.beginRotation('jwt', versionId);
      for (const Step of ['createSecret', 'setSecret', 'testSecret', 'finishSecret', 'finishSecret']) {
        expect(
          await rotator.invoke({ SecretId: secrets.arnOf('jwt'), ClientRequestToken: versionId, Step }),
        ).toBeNull();
      }
      return secrets.current('jwt').split(',');
    };
    const before = secrets.current('jwt').split(',');
    const first = await rotate('v1');
    expect(first).toEqual([before[0], expect.any(String)]);
    const second = await rotate('v2');
    expect(second).toEqual([first[1], expect.any(String), first[0]]);
    expect(new Set(second).size).toBe(3);
    const api = await start('api', arns('jwt', 'seal'));
    const me = http('GET', '/api/auth/me', { headers: { authorization: `Bearer ${john.token}` } });
    expect((await api.invoke(me)).statusCode).toBe(200);
    const third = await rotate('v3');
    expect(third).not.toContain(before[0]);
    const later = await start('api', arns('jwt', 'seal'));
    expect((await later.invoke(me)).statusCode).toBe(401);
    await expect(
      rotator.invoke({ SecretId: secrets.arnOf('jwt'), ClientRequestToken: 'v9', Step: 'createSecret' }),
    ).rejects.toThrow('not the one that is pending');
  });

  it('all of them were', () => {
    expect([...startedNames].sort()).toEqual(NAMES.toSorted());
  });
});
