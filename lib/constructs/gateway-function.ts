import { join } from 'node:path';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { FunctionName } from './bundles.ts';

export interface GatewayFunctionProps {
  /** Which of the bundles. */
  bundle: FunctionName;
  description: string;
  /** Holds the bundles, each in a folder of its name. */
  bundles: string;
  environment: Record<string, string>;
  timeoutSeconds: number;
  memoryMiB: number;
  logRetention: RetentionDays;
}

/**
 * A Lambda as all of them are: arm64, Node 24, traced, with logs that end some day. Its role may write them (and
 * segments to X-Ray, which takes them for an account: a wildcard), and nothing else until it is granted.
 */
export class GatewayFunction extends LambdaFunction {
  constructor(scope: Construct, id: string, props: GatewayFunctionProps) {
    const { bundle, bundles, description, environment, timeoutSeconds, memoryMiB, logRetention } = props;
    const logGroup = new LogGroup(scope, `${id}Logs`, {
      retention: logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    super(scope, id, {
      description: `Switchboard: ${description}`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: Code.fromAsset(join(bundles, bundle)),
      environment: { ...environment, POWERTOOLS_SERVICE_NAME: bundle },
      timeout: Duration.seconds(timeoutSeconds),
      memorySize: memoryMiB,
      tracing: Tracing.ACTIVE,
      logGroup,
      role,
    });
  }
}
