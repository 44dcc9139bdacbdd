import {
  DescribeServicesCommand,
  type DescribeServicesCommandOutput,
  ECSClient,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { ENV, type RunnerConfig } from '../../config.ts';
import type { FleetScaler } from '../../ports/fleet.ts';

/** The runners as a service of ECS. @throws Error when the environment does not name the service */
export function createEcsScaler(
  config: Pick<RunnerConfig, 'region' | 'ecsCluster' | 'ecsService' | 'ecsEndpoint'>,
): FleetScaler {
  const { region, ecsCluster: cluster, ecsService: service, ecsEndpoint: endpoint } = config;
  if (!cluster || !service) {
    throw new Error(`${ENV.ecsCluster} and ${ENV.ecsService} must name the service of the runners.`);
  }
  const client = new ECSClient({ region, maxAttempts: 3, ...(endpoint && { endpoint }) });
  return {
    async describe() {
      const answer = await client.send(new DescribeServicesCommand({ cluster, services: [service] }));
      const { desiredCount = 0, runningCount = 0 } = serviceOf(answer, service);
      return { desired: desiredCount, running: runningCount };
    },
    async setDesired(desiredCount) {
      await client.send(new UpdateServiceCommand({ cluster, service, desiredCount }));
    },
    async restart() {
      await client.send(new UpdateServiceCommand({ cluster, service, forceNewDeployment: true }));
    },
  };
}

function serviceOf({ services, failures }: DescribeServicesCommandOutput, name: string) {
  const [found] = services ?? [];
  if (found?.status === 'ACTIVE') return found;
  throw new Error(`There is no active service ${name}: ${failures?.[0]?.reason ?? found?.status ?? 'unknown'}.`);
}
