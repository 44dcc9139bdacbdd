import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IVpc, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { DockerImageAsset, Platform } from 'aws-cdk-lib/aws-ecr-assets';
import {
  Cluster,
  ContainerImage,
  ContainerInsights,
  CpuArchitecture,
  FargateService,
  FargateTaskDefinition,
  LinuxParameters,
  LogDrivers,
  OperatingSystemFamily,
} from 'aws-cdk-lib/aws-ecs';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { ENV, MAX_DRAIN_SECONDS } from '../core/config.ts';
import { ROOT } from './bundles.ts';
import type { Deployment } from './deployment.ts';
import { runnerNodeOptions } from './runner-options.ts';

/** The most that Fargate waits between SIGTERM and SIGKILL; a runner has drained before. */
const STOP_TIMEOUT_SECONDS = 120;
if (MAX_DRAIN_SECONDS + 10 > STOP_TIMEOUT_SECONDS) throw new Error('A runner would be killed while it drains.');

const HEALTH_PORT = 9464;
const TMP = 'tmp';

export interface RunnerServiceProps {
  vpc: IVpc;
  securityGroup: SecurityGroup;
  size: Deployment['runner'];
  environment: Record<string, string>;
  logRetention: RetentionDays;
}

/**
 * The runners: Fargate tasks on arm64 that hold the sessions. Nothing connects to them. A deployment starts the new ones
 * before the old ones drain, and goes back by itself when they do not become healthy.
 */
export class RunnerService extends Construct {
  readonly cluster: Cluster;
  readonly service: FargateService;
  readonly task: FargateTaskDefinition;
  readonly logs: LogGroup;

  constructor(scope: Construct, id: string, props: RunnerServiceProps) {
    super(scope, id);
    const { vpc, securityGroup, size, environment, logRetention } = props;
    this.cluster = new Cluster(this, 'Cluster', {
      vpc,
      enableFargateCapacityProviders: true,
      // Costs per metric and task; what matters is in the runners' own metrics.
      containerInsightsV2: ContainerInsights.DISABLED,
    });
    this.task = new FargateTaskDefinition(this, 'Task', {
      cpu: size.cpu,
      memoryLimitMiB: size.memoryMiB,
      runtimePlatform: { cpuArchitecture: CpuArchitecture.ARM64, operatingSystemFamily: OperatingSystemFamily.LINUX },
      volumes: [{ name: TMP }],
    });
    this.logs = new LogGroup(this, 'Logs', { retention: logRetention, removalPolicy: RemovalPolicy.DESTROY });
    const image = new DockerImageAsset(this, 'Image', {
      directory: ROOT,
      file: 'runner/Dockerfile',
      platform: Platform.LINUX_ARM64,
    });
    const container = this.task.addContainer('runner', {
      image: ContainerImage.fromDockerImageAsset(image),
      environment: {
        ...environment,
        [ENV.runnerPort]: String(HEALTH_PORT),
        NODE_OPTIONS: runnerNodeOptions(size.memoryMiB),
      },
      logging: LogDrivers.awsLogs({ streamPrefix: 'runner', logGroup: this.logs }),
      readonlyRootFilesystem: true,
      user: 'node',
      stopTimeout: Duration.seconds(STOP_TIMEOUT_SECONDS),
      linuxParameters: new LinuxParameters(this, 'Linux', { initProcessEnabled: true }),
      healthCheck: {
        command: ['CMD', 'node', 'health-check.mjs'],
        interval: Duration.seconds(10),
        timeout: Duration.seconds(5),
        retries: 3,
        startPeriod: Duration.seconds(60),
      },
    });
    // Files that are being sent or received pass through here; it is as big as the task's own disk (20 GiB).
    container.addMountPoints({ containerPath: '/tmp', sourceVolume: TMP, readOnly: false });
    const spot = size.spotPercent;
    this.service = new FargateService(this, 'Service', {
      cluster: this.cluster,
      taskDefinition: this.task,
      // How many: `functions/reconcile` says, within the bounds of deployment.json; a deployment leaves it as it is.
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      circuitBreaker: { rollback: true },
      assignPublicIp: true,
      securityGroups: [securityGroup],
      enableExecuteCommand: false,
      capacityProviderStrategies: [
        // The first one stays when Spot has nothing to give.
        { capacityProvider: 'FARGATE', base: 1, weight: 100 - spot },
        ...(spot > 0 ? [{ capacityProvider: 'FARGATE_SPOT', weight: spot }] : []),
      ],
    });
    // Not before the cluster knows Spot, an image can be pulled (rights, a way out) and logs be written: a service whose
    // first tasks fail is taken back, and the whole deployment with it.
    const waysOut = vpc.publicSubnets.map((subnet) => subnet.internetConnectivityEstablished);
    this.service.node.addDependency(this.cluster, this.task, ...waysOut);
  }
}
