/** The CDK app: `npm run synth`, `npm run diff`, `npm run deploy`. What it makes is said in deployment.json. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleFunctions, ROOT } from '../lib/constructs/bundles.ts';

const bundles = join(ROOT, 'build/functions');
// esbuild works beside this process, which has the CDK to load and its stacks to make meanwhile.
const bundled = bundleFunctions(bundles);
const [{ App }, { readDeployment }, { DataStack, GatewayStack }] = await Promise.all([
  import('aws-cdk-lib'),
  import('../lib/constructs/deployment.ts'),
  import('../lib/gateway-stack.ts'),
]);
const app = new App();
const file = JSON.parse(readFileSync(join(ROOT, app.node.tryGetContext('config') ?? 'deployment.json'), 'utf8'));
const deployment = readDeployment(file, (key) => app.node.tryGetContext(key));
const data = new DataStack(app, `Switchboard-${deployment.stage}-Data`, deployment);
await bundled;
new GatewayStack(app, `Switchboard-${deployment.stage}`, { deployment, data, bundles });
app.synth();
