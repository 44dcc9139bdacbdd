import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FUNCTIONS, type FunctionName, ROOT } from '../../lib/constructs/bundles.ts';
import { TABLES } from '../../lib/core/adapters/dynamodb/tables.ts';
import { ENV, MAX_DRAIN_SECONDS } from '../../lib/core/config.ts';
import { EXPORTS } from './exports.ts';
import { GIVEN } from './given.ts';
import { list, type Properties, type Resource, standardStacks, statementsOf, text, wishedStacks } from './support.ts';

const made = standardStacks();
const { of } = made;
const runnerRole = () => of('AWS::IAM::Role').find(({ id }) => id.includes('TaskRole')) as Resource;

describe('what is kept', () => {
  it('lies in a stack of its own, which is protected from deletion', () => {
    const kept = ['AWS::DynamoDB::GlobalTable', 'AWS::KMS::Key', 'AWS::S3::Bucket', 'AWS::SecretsManager::Secret'];
    for (const type of [...kept, 'AWS::SQS::Queue']) {
      expect(Object.keys(made.data.findResources(type)).length, type).toBeGreaterThan(0);
      // But the dashboard's: every file in it is built from the repository.
      const others = Object.keys(made.gateway.findResources(type)).filter((id) => !id.startsWith('EdgeDashboard'));
      expect(others, type).toEqual([]);
    }
    for (const type of kept) {
      for (const { id, deletionPolicy } of of(type)) {
        expect(deletionPolicy, id).toBe(id.startsWith('EdgeDashboard') ? 'Delete' : 'Retain');
      }
    }
    const [stack] = made.app.node.children.filter(({ node }) => node.id === 'Data') as {
      terminationProtection?: boolean;
    }[];
    expect(stack?.terminationProtection).toBe(true);
  });

  it('is exported for good: an update that takes an export away fails where it is deployed', () => {
    expect(Object.keys(made.data.toJSON().Outputs).sort()).toEqual(EXPORTS.toSorted());
    for (const value of Object.values(made.data.toJSON().Outputs as Properties)) {
      expect(text(value), 'a stack that needs the other one first').not.toContain('Fn::ImportValue');
    }
    expect(text(made.data.toJSON().Resources)).not.toContain('Fn::ImportValue');
  });

  it('is in tables that are as the code makes them locally, restorable, and not to be deleted by mistake', () => {
    const tables = of('AWS::DynamoDB::GlobalTable').map(({ properties }) => properties);
    expect(tables).toHaveLength(TABLES.length);
    for (const table of tables) {
      expect(table).toMatchObject({
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        TimeToLiveSpecification: { AttributeName: TABLES[0]?.ttlAttribute, Enabled: true },
        SSESpecification: expect.anything(),
      });
      const [replica] = table.Replicas;
      expect(replica).toMatchObject({
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      });
    }
    const indexes = tables.flatMap((table) => table.GlobalSecondaryIndexes ?? []).map((index) => index.IndexName);
    expect(indexes).toEqual(TABLES.flatMap((table) => table.indexes.map(({ name }) => name)));
  });

  it('keeps the keys of sessions under a key of the customer, which rotates', () => {
    const [keysTable] = of('AWS::DynamoDB::GlobalTable').filter(({ id }) => id.includes('SessionKeys'));
    expect(keysTable?.properties.SSESpecification).toEqual({ SSEEnabled: true, SSEType: 'KMS' });
    const [key] = of('AWS::KMS::Key');
    // The account's administrators always can: nobody is locked out, and IAM says who else may.
    expect(key?.properties.KeyPolicy.Statement).toEqual([
      { Action: 'kms:*', Effect: 'Allow', Resource: '*', Principal: { AWS: expect.anything() } },
    ]);
    expect(text(key?.properties.KeyPolicy)).toContain(':root"');
    expect(text(keysTable?.properties.Replicas)).toContain((key as Resource).id);
    expect(key?.properties.EnableKeyRotation).toBe(true);
  });

  it('keeps files private, encrypted, and for as long as was said', () => {
    const [media] = of('AWS::S3::Bucket');
    expect(media?.properties).toMatchObject({
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      BucketEncryption: expect.anything(),
      LifecycleConfiguration: {
        Rules: [
          { Prefix: 'outgoing/', ExpirationInDays: 2, Status: 'Enabled' },
          { Prefix: 'received/', ExpirationInDays: 30, Status: 'Enabled' },
          { AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 }, Status: 'Enabled' },
        ],
      },
    });
  });
});

describe('queues', () => {
  const nameOf = ({ properties }: Resource) => properties.QueueName as string;

  it('have dead letters each, with an alarm, and are encrypted', () => {
    const queues = of('AWS::SQS::Queue');
    expect(queues).toHaveLength(8 + 1 + 3 * 2);
    const alarmed = text(of('AWS::CloudWatch::Alarm').map(({ properties }) => properties));
    for (const queue of queues) {
      expect(queue.properties.SqsManagedSseEnabled, nameOf(queue)).toBe(true);
      if (nameOf(queue).endsWith('-dlq')) {
        expect(queue.properties.MessageRetentionPeriod).toBe(14 * 86_400);
        expect(alarmed, nameOf(queue)).toContain(queue.id);
      } else if (nameOf(queue).endsWith('-intake')) {
        // Its reader buries what it cannot take.
        expect(queues.map(nameOf)).toContain(`${nameOf(queue)}-dlq`);
      } else {
        const dead = queues.find(({ id }) => text(queue.properties.RedrivePolicy).includes(id));
        expect(dead && nameOf(dead), nameOf(queue)).toMatch(/-dlq$/);
      }
    }
  });

  it('hide a message for six times as long as its Lambda may work on it', () => {
    const functions = new Map(of('AWS::Lambda::Function').map(({ id, properties }) => [id, properties]));
    const sources = of('AWS::Lambda::EventSourceMapping').map(({ properties }) => properties);
    expect(sources).toHaveLength(3);
    for (const { EventSourceArn, FunctionName, FunctionResponseTypes } of sources) {
      const queue = of('AWS::SQS::Queue').find(({ id }) => text(EventSourceArn).includes(id)) as Resource;
      const { Timeout } = functions.get(FunctionName.Ref) as Properties;
      expect(queue.properties.VisibilityTimeout, nameOf(queue)).toBeGreaterThanOrEqual(6 * Timeout);
      expect(FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
    }
  });
});

describe('permissions', () => {
  it('reach the keys of sessions for the runner alone', () => {
    const [keysTable] = of('AWS::DynamoDB::GlobalTable').filter(({ id }) => id.includes('SessionKeys'));
    const [key] = of('AWS::KMS::Key');
    const about = ({ Resource }: Properties) =>
      [keysTable, key].some((one) => text(Resource).includes((one as Resource).id));
    // What the table under this key wants besides wrapping is for DynamoDB alone.
    const byRunner =
      /^kms:Decrypt,kms:GenerateDataKey{},kms:DescribeKey,[^{]+{"StringEquals":{"kms:ViaService":.*"dynamodb/;
    for (const { id } of of('AWS::IAM::Role')) {
      expect(statementsOf(id).filter(about), id).toHaveLength(id === runnerRole().id ? 3 : 0);
      const kms = statementsOf(id).filter(({ Action }) => list(Action).some((name) => `${name}`.startsWith('kms:')));
      const mayUse = kms.map(({ Action, Condition }) => `${list(Action)}${text(Condition ?? {})}`).join();
      expect(mayUse, id).toMatch(id === runnerRole().id ? byRunner : /^$/);
    }
    expect(of('AWS::IAM::ManagedPolicy')).toEqual([]);
  });

  it('reach the secrets for those only who sign and seal', () => {
    const readers = (secret: string) =>
      of('AWS::IAM::Role')
        .filter(({ id }) =>
          statementsOf(id).some(
            ({ Action, Resource }) =>
              list(Action).includes('secretsmanager:GetSecretValue') && text(Resource).includes(secret),
          ),
        )
        .map(({ id }) => /^(\w+?)Role/.exec(id)?.[1])
        .sort();
    expect(readers('SecretsJwt')).toEqual(['Api', 'Intake', 'Live', 'Rotator']);
    expect(readers('SecretsSeal')).toEqual(['Api', 'Events', 'Intake', 'Webhooks']);
    expect(readers('SecretsEdge')).toEqual(['Api', 'Live']);
  });

  it('name their actions, and their resources but for a few that are known', () => {
    const known = [
      /^\*$/, // X-Ray, ECR's tokens, random passwords, the list of queues: judged below
      /:switchboard-prod-(commands|reply)-\*$/,
      /\/live\/(POST|DELETE)\/@connections\/\*$/,
      /Media\w+ArnB?\w*\/\*$|FnGetAttMedia\w+\/\*$/,
    ];
    const FOR_ALL = [
      'ecr:GetAuthorizationToken',
      'secretsmanager:GetRandomPassword',
      'sqs:ListQueues',
      'xray:PutTelemetryRecords',
      'xray:PutTraceSegments',
    ];
    const statements = of('AWS::IAM::Role').flatMap(({ id }) => statementsOf(id));
    expect(statements.length).toBeGreaterThan(30);
    for (const { Action, Resource } of statements) {
      for (const action of list(Action)) expect(action).not.toContain('*');
      for (const resource of list(Resource)
        .map(flat)
        .filter((name) => name.includes('*'))) {
        expect(
          known.some((pattern) => pattern.test(resource)),
          resource,
        ).toBe(true);
        if (resource === '*') expect(FOR_ALL).toEqual(expect.arrayContaining(list(Action)));
      }
    }
    for (const { id, properties } of of('AWS::IAM::Role')) expect(properties.ManagedPolicyArns, id).toBeUndefined();
  });
});

/** An ARN with the parts that are known only later as their names. */
function flat(value: unknown): string {
  if (typeof value === 'string') return value;
  const [[name, inner]] = Object.entries(value as Properties) as [[string, unknown]];
  if (name === 'Fn::Join') return ((inner as [string, unknown[]])[1] as unknown[]).map(flat).join('');
  return Array.isArray(inner) ? inner.map(flat).join('.') : flat(inner);
}

describe('the runner', () => {
  const container = () => of('AWS::ECS::TaskDefinition')[0]?.properties.ContainerDefinitions[0] as Properties;

  it('has more time to stop than it takes to drain', () => {
    expect(container().StopTimeout).toBeGreaterThan(MAX_DRAIN_SECONDS + 10);
    expect(container().StopTimeout).toBeLessThanOrEqual(120);
  });

  it('runs on arm64 as nobody in particular, on a disk that it cannot write but for /tmp, and is asked how it is', () => {
    const [task] = of('AWS::ECS::TaskDefinition');
    expect(task?.properties.RuntimePlatform.CpuArchitecture).toBe('ARM64');
    expect(container()).toMatchObject({
      User: 'node',
      ReadonlyRootFilesystem: true,
      MountPoints: [{ ContainerPath: '/tmp', ReadOnly: false }],
      HealthCheck: { Command: ['CMD', 'node', 'health-check.mjs'] },
    });
    expect(container().PortMappings ?? []).toEqual([]);
  });

  it('is started when the cluster knows Spot, its image can be pulled and its rights are there', () => {
    const [[, service]] = Object.entries(made.gateway.findResources('AWS::ECS::Service')) as [[string, Properties]];
    const before = service.DependsOn.map((id: string) => made.resources.find((one) => one.id === id));
    const types = before.map((one: Resource) => one.type);
    expect(types).toEqual(
      expect.arrayContaining(['AWS::ECS::ClusterCapacityProviderAssociations', 'AWS::EC2::Route', 'AWS::IAM::Policy']),
    );
    const policies = before.filter(({ type }: Resource) => type === 'AWS::IAM::Policy');
    expect(policies.map(({ id }: Resource) => /(Task|Execution)Role/.exec(id)?.[0]).sort()).toEqual([
      'ExecutionRole',
      'TaskRole',
    ]);
  });

  it('is replaced before it goes, and nobody can connect to it', () => {
    const [service] = of('AWS::ECS::Service');
    expect(service?.properties.DeploymentConfiguration).toMatchObject({
      MinimumHealthyPercent: 100,
      MaximumPercent: 200,
      DeploymentCircuitBreaker: { Enable: true, Rollback: true },
    });
    for (const { properties } of of('AWS::EC2::SecurityGroup')) expect(properties.SecurityGroupIngress).toBeUndefined();
    expect(of('AWS::EC2::SecurityGroupIngress')).toEqual([]);
    expect(of('AWS::EC2::NatGateway')).toEqual([]);
  });

  it('is as many as the reconciler says, which may do nothing but that', () => {
    const [service] = of('AWS::ECS::Service');
    expect(service?.properties.DesiredCount).toBeUndefined();
    const role = of('AWS::IAM::Role').find(({ id }) => id.startsWith('ReconcileRole')) as Resource;
    const statements = statementsOf(role.id).filter(({ Action }) => text(Action).includes('ecs:'));
    expect(statements.map(({ Action }) => Action)).toEqual([['ecs:DescribeServices', 'ecs:UpdateService']]);
    // The API leaves word for it: nothing that faces the internet changes the service.
    for (const { id } of of('AWS::IAM::Role').filter(({ id }) => id !== role.id)) {
      expect(text(statementsOf(id)), id).not.toContain('"ecs:');
    }
    expect(text(statements[0]?.Resource)).toContain((service as Resource).id);
    const fn = of('AWS::Lambda::Function').find(({ id }) => /^Reconcile[0-9A-F]{8}$/.test(id)) as Resource;
    // Not the 20 of deployment.json: there are eight shards.
    expect(fn.properties.Environment.Variables).toMatchObject({ [ENV.minRunners]: '2', [ENV.maxRunners]: '8' });
    const rules = of('AWS::Events::Rule').map(({ properties }) => properties.ScheduleExpression);
    expect(rules).toEqual(['rate(1 minute)', 'rate(1 minute)']);
  });

  it('takes part of its tasks from Spot when asked to, never the first one', () => {
    const [service] = wishedStacks().of('AWS::ECS::Service');
    expect(service?.properties.CapacityProviderStrategy).toEqual([
      { CapacityProvider: 'FARGATE', Base: 1, Weight: 25 },
      { CapacityProvider: 'FARGATE_SPOT', Weight: 75 },
    ]);
  });
});

describe('environment', () => {
  it('of the Lambdas, which are those that are bundled, is what the tests of the bundles give them', () => {
    const given = of('AWS::Lambda::Function').map(({ properties }) => {
      const { POWERTOOLS_SERVICE_NAME: name, ...variables } = properties.Environment.Variables;
      return [name, Object.keys(variables).sort()];
    });
    const expected = Object.keys(FUNCTIONS).map((name) => [name, GIVEN[name as FunctionName].toSorted()]);
    expect(Object.fromEntries(given)).toEqual(Object.fromEntries(expected));
  });

  it('of runners has the names of lib/core/config.ts only', () => {
    const [task] = of('AWS::ECS::TaskDefinition');
    const names = task?.properties.ContainerDefinitions[0].Environment.map(({ Name }: Properties) => Name) as string[];
    const known = new Set<string>([...Object.values(ENV), 'NODE_OPTIONS']);
    expect(names.filter((name) => !known.has(name))).toEqual([]);
    expect(names).toEqual(expect.arrayContaining([ENV.mainTable, ENV.keysTable, ENV.sessionKmsKey]));
  });

  it('holds no secret: those are named, and read from Secrets Manager', () => {
    const variables = text(of('AWS::Lambda::Function').map(({ properties }) => properties.Environment));
    for (const name of [ENV.jwtSecrets, ENV.sealSecrets, ENV.edgeSecret]) expect(variables).not.toContain(`"${name}"`);
    expect(variables).toContain(`"${ENV.jwtSecretsArn}"`);
    expect(variables).not.toContain('resolve:secretsmanager');
  });
});

describe('Lambdas', () => {
  it('are those of the gateway: no custom resource brings one of its own, with logs that never end', () => {
    expect(made.resources.filter(({ type }) => /^Custom::|CustomResource$/.test(type))).toEqual([]);
    expect(of('AWS::Lambda::Function')).toHaveLength(Object.keys(FUNCTIONS).length);
  });

  it('run on Node 24, arm64, are traced, and answer before API Gateway gives up', () => {
    const functions = of('AWS::Lambda::Function').filter(({ id }) => !id.startsWith('Custom'));
    expect(functions.length).toBeGreaterThanOrEqual(7);
    for (const { properties } of functions) {
      expect(properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
        TracingConfig: { Mode: 'Active' },
      });
      expect(properties.LoggingConfig.LogGroup).toBeDefined();
    }
    for (const name of ['Api', 'Live']) {
      const [fn] = functions.filter(({ id }) => new RegExp(`^${name}[0-9A-F]{8}$`).test(id));
      expect(fn?.properties.Timeout, name).toBeLessThan(30);
      expect(fn?.properties.Timeout, name).toBeGreaterThan(25);
    }
  });

  it('and all others write logs that end some day', () => {
    const groups = of('AWS::Logs::LogGroup');
    expect(groups.length).toBeGreaterThanOrEqual(10);
    for (const { id, properties } of groups) expect(properties.RetentionInDays, id).toBe(30);
  });
});

describe('alarms', () => {
  it('go to one topic, and each says its section of RUNBOOK.md, which is there', () => {
    const runbook = readFileSync(join(ROOT, 'RUNBOOK.md'), 'utf8');
    const sections = [...runbook.matchAll(/^#+ (Alarm: [\w ]+)$/gm)].map(([, title]) =>
      (title as string).toLowerCase().replace(':', '').replaceAll(' ', '-'),
    );
    const alarms = of('AWS::CloudWatch::Alarm').map(({ properties }) => properties);
    const linked = alarms.map(({ AlarmDescription }) => /RUNBOOK\.md#([\w-]+)$/.exec(AlarmDescription)?.[1]);
    expect(alarms.length).toBeGreaterThanOrEqual(15);
    expect(linked.toSorted()).toEqual(sections.toSorted());
    for (const { AlarmActions, AlarmName } of alarms) expect(AlarmActions, AlarmName).toHaveLength(1);
  });

  it('may tell it: a policy of a topic takes the place of the one that lets alarms publish', () => {
    const [{ properties }] = of('AWS::SNS::TopicPolicy').filter(({ id }) => id.includes('Alarms')) as [Resource];
    expect(properties.PolicyDocument.Statement).toContainEqual({
      Sid: 'AllowAlarms',
      Effect: 'Allow',
      Principal: { Service: 'cloudwatch.amazonaws.com' },
      Action: 'sns:Publish',
      Resource: properties.Topics[0],
      Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
    });
  });

  it('on a sum ring when a part of it has no value', () => {
    const alarms = of('AWS::CloudWatch::Alarm').flatMap(({ properties }) => properties.Metrics ?? []);
    const sums = alarms.flatMap(({ Expression }: Properties) => (Expression === undefined ? [] : [Expression]));
    expect(sums).toHaveLength(2);
    for (const sum of sums) expect(sum.split(' + ')).toEqual(Array(4).fill(expect.stringMatching(/^FILL\(m\d, 0\)$/)));
  });

  it('are sent to an address where one is given', () => {
    expect(
      wishedStacks()
        .of('AWS::SNS::Subscription')
        .map(({ properties }) => properties),
    ).toMatchObject([{ Protocol: 'email', Endpoint: 'ops@example.com' }]);
  });
});

describe('an empty account', () => {
  it('needs no setting that is made by hand: API Gateway logs WebSockets only where the account has a role for it', () => {
    const stages = of('AWS::ApiGatewayV2::Stage').filter(({ properties }) => properties.AccessLogSettings);
    expect(stages.map(({ properties }) => text(properties.ApiId))).toEqual([expect.stringContaining('HttpApi')]);
    expect(of('AWS::ApiGateway::Account')).toEqual([]);
  });
});

describe('a network of the customer', () => {
  it('is used instead of one of our own', () => {
    const own = wishedStacks();
    expect(own.of('AWS::EC2::VPC')).toEqual([]);
    expect(own.of('AWS::ECS::Service')[0]?.properties.NetworkConfiguration.AwsvpcConfiguration.Subnets).toEqual([
      'subnet-1',
    ]);
  });
});
