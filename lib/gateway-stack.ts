import { CfnOutput, Duration, Stack, Tags } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { Construct } from 'constructs';
import { type Deployment, sessionsPerRunner } from './constructs/deployment.ts';
import { Edge } from './constructs/edge.ts';
import { GatewayFunction, type GatewayFunctionProps } from './constructs/gateway-function.ts';
import { HttpApi } from './constructs/http-api.ts';
import { LiveApi } from './constructs/live-api.ts';
import { MediaBucket } from './constructs/media-bucket.ts';
import { Monitoring } from './constructs/monitoring.ts';
import { Network } from './constructs/network.ts';
import { Queues, WORKER_TIMEOUT_SECONDS } from './constructs/queues.ts';
import { RunnerService } from './constructs/runner-service.ts';
import { Secrets } from './constructs/secrets.ts';
import { Tables } from './constructs/tables.ts';
import { ENV } from './core/config.ts';

/**
 * What is kept: rows, keys, files, secrets, queues. Destroying the stack leaves them where they are.
 *
 *   client ─► Edge (CloudFront) ─► HttpApi ─► api ── rows ──► Tables.main     ┌─► Tables.sessionKeys
 *                     └─► LiveApi ─► live                                     │
 *   systems ─► Queues.intake ─► intake ── bells ──► Queues.commands ──► RunnerService ─► WhatsApp
 *                                                                             │
 *   endpoints ◄─ webhooks ◄─ Queues.deliveries ◄── events ◄── Queues.events ◄─┘
 */
export class DataStack extends Stack {
  readonly tables: Tables;
  readonly queues: Queues;
  readonly media: MediaBucket;
  readonly secrets: Secrets;

  constructor(scope: Construct, id: string, deployment: Deployment) {
    const { region, stage, shards, retention, webOrigins, domain } = deployment;
    super(scope, id, {
      env: { region },
      description: `Switchboard ${stage}: what is kept`,
      terminationProtection: true,
    });
    Tags.of(this).add('switchboard:stage', stage);
    this.tables = new Tables(this, 'Tables');
    this.queues = new Queues(this, 'Queues', { prefix: queuePrefix(stage), shards });
    // A distribution without a name of its own is in the other stack and gets one when it is made. CORS is no lock here:
    // whoever has a signed address may use it, from anywhere but a browser without being asked.
    const pages = `https://${domain?.name ?? '*.cloudfront.net'}`;
    this.media = new MediaBucket(this, 'Media', { days: retention.mediaDays, origins: [pages, ...webOrigins] });
    this.secrets = new Secrets(this, 'Secrets');
  }
}

export interface GatewayStackProps {
  deployment: Deployment;
  data: DataStack;
  /** Holds the bundles of the Lambdas, each in a folder of its name. */
  bundles: string;
}

/** What runs. It can be destroyed and made again at any time: everything that counts is in the DataStack. */
export class GatewayStack extends Stack {
  constructor(scope: Construct, id: string, { deployment, data, bundles }: GatewayStackProps) {
    const { region, stage, retention, runner: size } = deployment;
    super(scope, id, { env: { region }, description: `Switchboard ${stage}: what runs` });
    Tags.of(this).add('switchboard:stage', stage);
    const { tables, queues, media, secrets } = data;
    const logRetention = retention.logDays;

    const httpApi = new HttpApi(this, 'HttpApi', { region, logRetention });
    const liveApi = new LiveApi(this, 'LiveApi', { region });
    const edge = new Edge(this, 'Edge', {
      deployment,
      apiHost: httpApi.host,
      live: { host: liveApi.host, path: liveApi.path },
      secret: secrets.edge,
      mediaOrigin: media.origin,
    });

    const shared: Record<string, string> = {
      [ENV.stage]: stage,
      [ENV.mainTable]: tables.main.tableName,
      [ENV.queuePrefix]: queuePrefix(stage),
      [ENV.shardCount]: String(deployment.shards),
      [ENV.auditRetentionDays]: String(retention.auditDays),
      [ENV.mediaBucket]: media.bucketName,
      [ENV.publicUrl]: edge.url,
      ...(deployment.sandboxUrl && { [ENV.sandboxUrl]: deployment.sandboxUrl }),
    };
    const makeFunction = (name: string, props: Omit<GatewayFunctionProps, 'bundles' | 'logRetention'>) => {
      const environment = { ...shared, ...props.environment };
      return new GatewayFunction(this, name, { ...props, environment, bundles, logRetention });
    };
    const jwtArn = { [ENV.jwtSecretsArn]: secrets.jwt.secretArn };
    const sealArn = { [ENV.sealSecretsArn]: secrets.seal.secretArn };
    const edgeArn = { [ENV.edgeSecretArn]: secrets.edge.secretArn };
    const liveEndpoint = { [ENV.liveEndpoint]: liveApi.endpoint };

    // What is asked for by HTTP, over a WebSocket and through a queue.
    const api = makeFunction('Api', {
      bundle: 'api',
      description: 'answers the HTTP API',
      environment: {
        ...{ ...jwtArn, ...sealArn, ...edgeArn },
        [ENV.registration]: deployment.registration,
        [ENV.fleetControl]: String(deployment.fleetControl),
        [ENV.webOrigins]: deployment.webOrigins.join(','),
      },
      // API Gateway gives up after 30 s; the longest wait for a command is 25.
      timeoutSeconds: 29,
      memoryMiB: 1_024,
    });
    httpApi.serve(api);
    const live = makeFunction('Live', {
      bundle: 'live',
      description: 'connects and hears live connections',
      environment: {
        ...{ ...jwtArn, ...edgeArn, ...liveEndpoint },
        // The web page is of the same origin, but a WebSocket does not know that.
        [ENV.webOrigins]: [edge.url, ...deployment.webOrigins].join(','),
      },
      timeoutSeconds: 29,
      memoryMiB: 512,
    });
    liveApi.serve(live);
    const intake = makeFunction('Intake', {
      bundle: 'intake',
      description: 'takes operations from the intake queue',
      environment: { ...jwtArn, ...sealArn },
      timeoutSeconds: WORKER_TIMEOUT_SECONDS.intake,
      memoryMiB: 512,
    });
    intake.addEventSource(new SqsEventSource(queues.intake.queue, { batchSize: 10, reportBatchItemFailures: true }));

    // What happened, on its way to whoever wants to know.
    const events = makeFunction('Events', {
      bundle: 'events',
      description: 'settles and tells what happened',
      environment: { ...sealArn, ...liveEndpoint, [ENV.eventTopic]: queues.topic.topicArn },
      timeoutSeconds: WORKER_TIMEOUT_SECONDS.events,
      memoryMiB: 512,
    });
    events.addEventSource(new SqsEventSource(queues.events.queue, { batchSize: 10, reportBatchItemFailures: true }));
    const webhooks = makeFunction('Webhooks', {
      bundle: 'webhooks',
      description: 'calls the endpoints of customers',
      environment: sealArn,
      timeoutSeconds: WORKER_TIMEOUT_SECONDS.deliveries,
      memoryMiB: 512,
    });
    webhooks.addEventSource(
      new SqsEventSource(queues.deliveries.queue, { batchSize: 10, reportBatchItemFailures: true }),
    );
    new Rule(this, 'WebhooksSweep', {
      description: 'Switchboard: deliveries that are overdue',
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [new LambdaTarget(webhooks, { retryAttempts: 0 })],
    });

    // What keeps it going.
    const admin = makeFunction('Admin', {
      bundle: 'admin',
      description: 'the operator; invoked by whoever IAM lets',
      environment: {},
      timeoutSeconds: 60,
      memoryMiB: 512,
    });
    const rotator = makeFunction('Rotator', {
      bundle: 'rotator',
      description: 'rotates the key that signs access tokens',
      environment: {},
      timeoutSeconds: 30,
      memoryMiB: 256,
    });
    secrets.rotateJwt(this, rotator);

    // The sessions.
    const { vpc, runnerGroup } = new Network(this, 'Network', deployment);
    const runner = new RunnerService(this, 'Runner', {
      vpc,
      securityGroup: runnerGroup,
      size,
      environment: {
        ...shared,
        [ENV.region]: region,
        [ENV.keysTable]: tables.sessionKeys.tableName,
        [ENV.sessionKmsKey]: tables.wrappingKey.keyArn,
      },
      logRetention,
    });
    const { taskRole } = runner.task;
    const reconcile = makeFunction('Reconcile', {
      bundle: 'reconcile',
      description: 'brings the fleet of runners to what it should be',
      environment: {
        [ENV.ecsCluster]: runner.cluster.clusterName,
        [ENV.ecsService]: runner.service.serviceName,
        [ENV.minRunners]: String(size.count),
        // One without a shard would have nothing to do.
        [ENV.maxRunners]: String(Math.min(size.maxCount, deployment.shards)),
        [ENV.sessionsPerRunner]: String(sessionsPerRunner(size)),
      },
      timeoutSeconds: 55,
      memoryMiB: 512,
    });
    new Rule(this, 'ReconcileSchedule', {
      description: 'Switchboard: how many runners, commands that stand still, rows that belong to nothing',
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [new LambdaTarget(reconcile, { retryAttempts: 0 })],
    });
    const scaling = ['ecs:DescribeServices', 'ecs:UpdateService'];
    reconcile.addToRolePolicy(new PolicyStatement({ actions: scaling, resources: [runner.service.serviceArn] }));

    // Who may do what; nobody else may do anything.
    for (const grantee of [api, live, intake, events, webhooks, reconcile, admin, taskRole]) tables.grantMain(grantee);
    tables.grantSessionKeys(taskRole);
    for (const grantee of [api, live, intake, reconcile]) queues.grantRing(grantee);
    queues.grantHear(taskRole);
    queues.grantRing(taskRole);
    queues.grantSend(api, queues.events.queue, queues.deliveries.queue);
    for (const grantee of [live, reconcile]) queues.grantSend(grantee, queues.events.queue);
    queues.grantSend(intake, queues.events.queue, queues.intake.deadLetters);
    queues.grantReply(intake);
    queues.grantSend(events, queues.events.queue, queues.deliveries.queue);
    queues.grantSend(webhooks, queues.events.queue, queues.deliveries.queue);
    for (const grantee of [taskRole, reconcile]) queues.grantSend(grantee, queues.events.queue);
    queues.grantList(admin);
    queues.grantReceive(admin, ...Object.values(queues.deadLetters));
    queues.grantSend(admin, queues.intake.queue, queues.events.queue, queues.deliveries.queue);
    events.addToRolePolicy(new PolicyStatement({ actions: ['sns:Publish'], resources: [queues.topic.topicArn] }));
    for (const grantee of [live, events]) liveApi.grantConnections(grantee);
    for (const grantee of [api, live, intake]) secrets.jwt.grantRead(grantee);
    for (const grantee of [api, intake, events, webhooks]) secrets.seal.grantRead(grantee);
    for (const grantee of [api, live]) secrets.edge.grantRead(grantee);
    media.grantFiles(api, intake, taskRole);

    new Monitoring(this, 'Monitoring', {
      stage,
      alarmEmail: deployment.alarmEmail,
      api: httpApi.api,
      live: liveApi.api,
      functions: {
        ...{ Api: api, Live: live, Intake: intake, Events: events },
        ...{ Webhooks: webhooks, Reconcile: reconcile, Rotator: rotator },
      },
      apiLogs: api.logGroup,
      queues,
      tables: { Main: tables.main, SessionKeys: tables.sessionKeys },
      runner: { service: runner.service, logs: runner.logs, count: size.count },
    });

    const output = (name: string, description: string, value: string) =>
      new CfnOutput(this, name, { description, value });
    output('Url', 'Where the gateway is', edge.url);
    output('Region', 'Where it runs', region);
    output('AdminFunction', 'Invoke it for what npm run admin does locally', admin.functionName);
    output('IntakeQueue', 'Takes operations', queues.intake.queue.queueUrl);
    output('EventTopic', 'Tells what happens', queues.topic.topicArn);
    output('DashboardBucket', 'Holds the web page', edge.dashboard.bucketName);
  }
}

function queuePrefix(stage: string): string {
  return `switchboard-${stage}`;
}
