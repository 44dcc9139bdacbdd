/**
 * The whole gateway in one process: embedded DynamoDB and SQS, the sandbox, the API and a runner, joined by the same
 * adapters and the same AWS SDK as on AWS. `bin/local.ts`, the flow tests and the benchmark start it.
 */
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { serve } from '@hono/node-server';
import { createApp } from '../functions/api/app.ts';
import { createPorts } from '../functions/api/ports.ts';
import { WEBHOOK_PAYLOADS } from '../functions/dialects/webhook-formats.ts';
import { startEventLoop } from '../functions/events/loop.ts';
import { createSubscribers } from '../functions/events/subscribers.ts';
import { createTopicSubscriber } from '../functions/events/topic-subscriber.ts';
import { startIntakeLoop } from '../functions/intake/loop.ts';
import { LiveServer } from '../functions/live/server.ts';
import { SessionSockets } from '../functions/live/session-sockets.ts';
import { startReconcileLoop } from '../functions/reconcile/loop.ts';
import type { DashboardFiles } from '../functions/web/mount.ts';
import { startWebhookLoop } from '../functions/webhooks/loop.ts';
import { createWebhookSubscriber } from '../functions/webhooks/subscriber.ts';
import { createGuardedClient } from '../lib/core/adapters/http/guarded-client.ts';
import { outboundPolicy } from '../lib/core/adapters/http/outbound-policy.ts';
import { createAdapters } from '../lib/core/adapters/index.ts';
import { writeAdminFile } from '../lib/core/adapters/local/admin-file.ts';
import { createCommandEnds } from '../lib/core/adapters/local/command-ends.ts';
import { createLocalMediaStore } from '../lib/core/adapters/local/media-files.ts';
import { startEmbedded } from '../lib/core/adapters/local/start-embedded.ts';
import { createEventTopic } from '../lib/core/adapters/sns/topic.ts';
import { intakeQueueName } from '../lib/core/adapters/sqs/intake.ts';
import { ENV, readConfig } from '../lib/core/config.ts';
import type { BellQueue } from '../lib/core/ports/index.ts';
import { createLimitWatch } from '../lib/core/usecases/watch-limits.ts';
import { Runner } from '../runner/lifecycle.ts';
import { createLogger } from '../runner/log.ts';
import { type Sandbox, startSandbox } from '../sandbox/index.ts';
import { RunnerInProcess } from './runner-in-process.ts';
import { RunnerProcesses } from './runner-processes.ts';

export interface EmbeddedGatewayOptions {
  /** 0 takes any free port. */
  port: number;
  host: string;
  /** Everything that survives a restart lies here. */
  dataDir: string;
  /** Overrides of `process.env`-like settings (names of lib/core/config.ts). */
  env: Record<string, string | undefined>;
  /** Runners as processes of their own, so many; by default one runs in this process. */
  runners?: number | undefined;
  /** The page for people; no page without it. */
  dashboard?: DashboardFiles;
  /** false: whoever starts this has events and deliveries worked on by other processes. */
  workers?: boolean;
}

export interface EmbeddedGateway {
  url: string;
  /** Where other systems put operations and hear events with the AWS SDK; the topic only where there is one. */
  queues: { endpoint: string; intake: string; topicArn: string | undefined };
  /** Absent when SANDBOX_URL names one elsewhere. */
  sandbox: Sandbox | undefined;
  /** Files and proxies on this machine may be named by callers. */
  allowsLoopback: boolean;
  /** Absent when the runners are processes of their own. */
  readonly runner: Runner | undefined;
  /** Ends sessions without logging out, then the servers. Idempotent. */
  stop(): Promise<void>;
}

/** A laptop needs few queues to poll; an instance keeps the shard it was given. */
const LOCAL_SHARDS = 4;
/** Shards for each of several runners: one more or less then moves few sessions. */
const SHARDS_PER_RUNNER = 4;
/** The viewer of the API document. */
const DOCS_DIR = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

/** Resolves when the API listens and the runner reads its queues. @throws when a part does not start; nothing is left */
export async function startEmbeddedGateway(options: EmbeddedGatewayOptions): Promise<EmbeddedGateway> {
  const { dataDir, env } = options;
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const end of stops.splice(0).reverse()) await end();
  };
  try {
    const shardCount = Number(
      env[ENV.shardCount] ?? Math.max(LOCAL_SHARDS, SHARDS_PER_RUNNER * (options.runners ?? 0)),
    );
    const [services, sandbox] = await Promise.all([
      startEmbedded({ dataDir, shardCount, dynamoEndpoint: env[ENV.dynamoEndpoint] }).then((started) => {
        stops.push(() => started.stop());
        return started;
      }),
      env[ENV.sandboxUrl]
        ? undefined
        : startSandbox({ dataDir: join(dataDir, 'sandbox') }).then((started) => {
            stops.push(() => started.close());
            return started;
          }),
    ]);
    const config = readConfig({
      // This machine is one person's: their own web servers may be called.
      [ENV.outboundAllowLoopback]: 'true',
      [ENV.fleetControl]: 'true',
      ...env,
      ...services.env,
      ...(sandbox ? { [ENV.sandboxUrl]: sandbox.controlUrl } : {}),
    });
    const logger = createLogger(config.logLevel);
    const clock = Date.now;
    const adapters = createAdapters(config, { clock });
    stops.push(async () => adapters.close());
    const outbound = createGuardedClient(outboundPolicy(config));
    stops.push(() => outbound.close());
    const media = createLocalMediaStore(join(dataDir, 'media'), clock);
    stops.push(async () => media.close());
    const { [ENV.jwtSecrets]: _jwt, [ENV.sealSecrets]: _seal, ...open } = services.env;
    const runnerEnv: Record<string, string> = {
      ...open,
      [ENV.keyFile]: join(dataDir, 'master.key'),
      [ENV.mediaDir]: join(dataDir, 'media'),
      [ENV.outboundAllowLoopback]: String(config.outboundAllowLoopback),
      ...(config.sandboxUrl && { [ENV.sandboxUrl]: config.sandboxUrl }),
    };
    const { keyWrapper } = services;
    let eventQueue = adapters.eventQueue;
    const ends = createCommandEnds();
    const sessions = ends.over(adapters.sessions);
    const alone = new RunnerInProcess(() => {
      const stores = { ...adapters, sessions, eventQueue, media };
      return new Runner({ config, ports: { ...stores, outbound, keyWrapper, clock }, logger });
    });
    const runnerCount = options.runners ?? 1;
    const scaler =
      options.runners === undefined
        ? alone
        : new RunnerProcesses(runnerCount, {
            env: { ...env, ...runnerEnv },
            onLine: (line) => process.stdout.write(`${line}\n`),
          });
    // Within one process nobody has to look: bells of commands and word of their ends go directly.
    const bells: BellQueue = {
      ...adapters.bells,
      async ring(shard, bell) {
        if (!alone.runner?.ring(shard, bell.instanceId)) await adapters.bells.ring(shard, bell);
      },
    };
    const stores = { ...adapters, bells };
    const isAlone = options.runners === undefined;
    const ports = createPorts(config, stores, { log: logger, media, clock, scaler, ...(isAlone && { ends }) });
    stops.push(() => ports.apiCalls.flush());
    const { webOrigins, trustedProxy } = config;
    const live = new LiveServer({
      ...{ ports, log: logger, origins: webOrigins, trustedProxy },
      servesPages: options.dashboard !== undefined,
    });
    const sessionSockets = new SessionSockets({ ports, log: logger, origins: webOrigins, trustedProxy });
    const topic = createEventTopic(config);
    stops.push(async () => topic?.close());
    const queues = { endpoint: config.sqsEndpoint as string, intake: intakeQueueName(config.queuePrefix) };
    const topicArn = await topic?.arn();
    if (options.workers !== false) {
      // One gateway runs on a data directory, so a new one takes over what the last one had leased.
      const webhookLoop = startWebhookLoop({ ...ports, outbound, payloads: WEBHOOK_PAYLOADS }, 'embedded');
      stops.push(() => webhookLoop.stop());
      const eventLoop = startEventLoop({
        ...adapters,
        log: logger,
        watchLimits: createLimitWatch({ ...adapters, log: logger, clock }),
        subscribers: createSubscribers(ports, [
          createWebhookSubscriber({ ...ports, deliveryQueue: webhookLoop.bells }),
          ...(topic ? [createTopicSubscriber(topic)] : []),
          live.subscriber,
          sessionSockets.subscriber,
        ]),
      });
      eventQueue = { ...eventQueue, ...eventLoop.bells };
      stops.push(() => eventLoop.stop());
    }
    await scaler.setDesired(runnerCount);
    stops.push(() => scaler.setDesired(0));
    const plan = { minRunners: runnerCount, maxRunners: runnerCount, sessionsPerRunner: config.sessionsPerRunner };
    const reconcileLoop = startReconcileLoop({ ...adapters, scaler, log: logger, clock }, plan);
    stops.push(() => reconcileLoop.stop());
    const app = createApp({
      ports,
      logger,
      trustedProxy,
      corsOrigins: webOrigins,
      docsDir: DOCS_DIR,
      dashboard: options.dashboard,
    });
    const intakeLoop = startIntakeLoop({ ...ports, intake: adapters.intake });
    stops.push(() => intakeLoop.stop());
    const { url, close } = await listen(
      app.fetch,
      (...request) => sessionSockets.handleUpgrade(...request) || live.handleUpgrade(...request),
      options,
    );
    ports.policy.publicUrl ||= url;
    stops.push(close);
    stops.push(() => live.close());
    stops.push(async () => sessionSockets.close());
    const removeAdminFile = writeAdminFile(dataDir, {
      ...runnerEnv,
      [ENV.intakeReplyQueues]: config.intakeReplyQueues.join(','),
      ...(topicArn ? { [ENV.eventTopic]: topicArn } : {}),
      INTAKE_QUEUE: queues.intake,
      [ENV.auditRetentionDays]: String(config.auditRetentionDays),
    });
    stops.push(async () => removeAdminFile());
    return {
      url,
      queues: { ...queues, topicArn },
      sandbox,
      allowsLoopback: config.outboundAllowLoopback,
      get runner() {
        return alone.runner;
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function listen(
  fetch: (request: Request) => Response | Promise<Response>,
  upgrade: (...request: Parameters<LiveServer['handleUpgrade']>) => unknown,
  { port, host }: EmbeddedGatewayOptions,
): Promise<{ url: string; close(): Promise<void> }> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch, port, hostname: host }, (info: AddressInfo) => {
      const shown = host.includes(':') ? `[${host}]` : host;
      resolve({
        url: `http://${shown}:${info.port}`,
        close: () =>
          new Promise<void>((done) => {
            server.close(() => done());
            if ('closeAllConnections' in server) server.closeAllConnections();
          }),
      });
    });
    server.on('upgrade', upgrade);
    server.once('error', reject);
  });
}
