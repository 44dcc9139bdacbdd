/** The CDK app: `npm run synth`, `npm run diff`, `npm run deploy`. What it makes is said in deployment.json. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { bundleFunctions, ROOT } from '../lib/constructs/bundles.ts';
import { readDeployment } from '../lib/constructs/deployment.ts';
import { DataStack, GatewayStack } from '../lib/gateway-stack.ts';

const app = new App();
const file = JSON.parse(readFileSync(join(ROOT, app.node.tryGetContext('config') ?? 'deployment.json'), 'utf8'));
const deployment = readDeployment(file, (key) => app.node.tryGetContext(key));
const bundles = join(ROOT, 'build/functions');
await bundleFunctions(bundles);
const data = new DataStack(app, `Switchboard-${deployment.stage}-Data`, deployment);
new GatewayStack(app, `Switchboard-${deployment.stage}`, { deployment, data, bundles });
app.synth();
