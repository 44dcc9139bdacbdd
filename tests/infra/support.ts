import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, type AppProps } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { FUNCTIONS, ROOT } from '../../lib/constructs/bundles.ts';
import { readDeployment } from '../../lib/constructs/deployment.ts';
import { DataStack, GatewayStack } from '../../lib/gateway-stack.ts';

const CDK = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8')) as { context: Record<string, unknown> };
const FILE = JSON.parse(readFileSync(join(ROOT, 'deployment.json'), 'utf8')) as Record<string, unknown>;

// biome-ignore lint/suspicious/noExplicitAny: templates are JSON of every shape
export type Resource = { Type: string; Properties: any; [field: string]: any };

export interface Templates {
  app: App;
  data: Template;
  gateway: Template;
  /** Of both stacks, by logical id. */
  all: Record<string, Resource>;
}

/** Both stacks as `deployment.json` and `overrides` make them; the Lambdas' code is a stand-in. */
export function synthesize(overrides: Record<string, unknown> = {}, props: AppProps = {}): Templates {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-infra-'));
  try {
    for (const name of Object.keys(FUNCTIONS)) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'index.mjs'), `export const handler = '${name}';`);
    }
    const app = new App({ outdir: join(folder, 'cdk.out'), ...props, context: { ...CDK.context, ...props.context } });
    const deployment = readDeployment({ ...FILE, ...overrides }, () => undefined);
    const data = new DataStack(app, 'Data', deployment);
    const gateway = new GatewayStack(app, 'Gateway', { deployment, data, bundles: folder });
    const templates = { data: Template.fromStack(data), gateway: Template.fromStack(gateway) };
    const all = Object.values(templates).flatMap((template) => Object.entries(template.toJSON().Resources));
    return { app, ...templates, all: Object.fromEntries(all) as Record<string, Resource> };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
