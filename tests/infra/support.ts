import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { DISABLE_ASSET_STAGING_CONTEXT } from 'aws-cdk-lib/cx-api';
import { FUNCTIONS, ROOT } from '../../lib/constructs/bundles.ts';
import { readDeployment } from '../../lib/constructs/deployment.ts';
import { DataStack, GatewayStack } from '../../lib/gateway-stack.ts';

const CDK = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8')) as { context: Record<string, unknown> };
const FILE = JSON.parse(readFileSync(join(ROOT, 'deployment.json'), 'utf8')) as Record<string, unknown>;

// biome-ignore lint/suspicious/noExplicitAny: templates are JSON of every shape
export type Properties = Record<string, any>;

export interface Resource {
  id: string;
  type: string;
  properties: Properties;
  deletionPolicy: string | undefined;
}

export interface Synthesized {
  app: App;
  data: Template;
  gateway: Template;
  /** Of both stacks. */
  resources: Resource[];
  /** Resources of a type, of both stacks. */
  of(type: string): Resource[];
}

/** Both stacks as `deployment.json` and `overrides` make them; the Lambdas' code is a stand-in. */
function synthesize(overrides: Record<string, unknown> = {}): Synthesized {
  // The validation that follows each synthesis takes a second; checks.ts does it once.
  process.env.CDK_VALIDATION = 'false';
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-infra-'));
  try {
    return synthesizeIn(folder, overrides);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

let asItLies: Synthesized | undefined;

/** Both stacks as `deployment.json` makes them: once for all tests that only look at them. */
export function standardStacks(): Synthesized {
  asItLies ??= synthesize();
  return asItLies;
}

let asWished: Synthesized | undefined;

/** Both stacks with everything asked for that deployment.json leaves out; once, as above. */
export function wishedStacks(): Synthesized {
  asWished ??= synthesize({
    runner: { count: 4, spotPercent: 75 },
    alarmEmail: 'ops@example.com',
    vpc: { id: 'vpc-1', availabilityZones: ['us-east-1a'], publicSubnetIds: ['subnet-1'] },
    domain: {
      name: 'gateway.example.com',
      certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/abc',
      hostedZoneId: 'Z1',
      zoneName: 'example.com',
    },
    waf: 'managed',
  });
  return asWished;
}

function synthesizeIn(folder: string, overrides: Record<string, unknown>): Synthesized {
  for (const name of Object.keys(FUNCTIONS)) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'index.mjs'), `export const handler = '${name}';`);
  }
  const context = { ...CDK.context, [DISABLE_ASSET_STAGING_CONTEXT]: true };
  const app = new App({ outdir: join(folder, 'cdk.out'), context });
  const deployment = readDeployment({ ...FILE, ...overrides }, () => undefined);
  const data = new DataStack(app, 'Data', deployment);
  const gateway = new GatewayStack(app, 'Gateway', { deployment, data, bundles: folder });
  const templates = { data: Template.fromStack(data), gateway: Template.fromStack(gateway) };
  const resources = Object.values(templates).flatMap((template) =>
    Object.entries(template.toJSON().Resources as Properties).map(([id, resource]) => ({
      id,
      type: resource.Type,
      properties: resource.Properties ?? {},
      deletionPolicy: resource.DeletionPolicy,
    })),
  );
  return { app, ...templates, resources, of: (type) => resources.filter((resource) => resource.type === type) };
}

/** What a reference, an export of the other stack or an attribute points at: the text of it. */
export const text = (value: unknown): string => JSON.stringify(value);

export const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);

/** Statements of the policies of a role, by the id of the role. */
export function statementsOf(roleId: string, { of }: Pick<Synthesized, 'of'> = standardStacks()): Properties[] {
  return of('AWS::IAM::Policy')
    .filter(({ properties }) => text(properties.Roles).includes(`"${roleId}"`))
    .flatMap(({ properties }) => properties.PolicyDocument.Statement as Properties[]);
}
