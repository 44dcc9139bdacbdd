import type { FunctionName } from '../../lib/constructs/bundles.ts';
import { ENV } from '../../lib/core/config.ts';

const ALL = [
  ENV.stage,
  ENV.mainTable,
  ENV.queuePrefix,
  ENV.shardCount,
  ENV.auditRetentionDays,
  ENV.mediaBucket,
  ENV.publicUrl,
];

/** Variables of each Lambda: what the template gives, and all that the tests of the bundles may stand on. */
export const GIVEN: Record<FunctionName, readonly string[]> = {
  api: [
    ...ALL,
    ...[ENV.jwtSecretsArn, ENV.sealSecretsArn, ENV.edgeSecretArn],
    ...[ENV.registration, ENV.fleetControl, ENV.webOrigins],
  ],
  live: [...ALL, ENV.jwtSecretsArn, ENV.edgeSecretArn, ENV.liveEndpoint, ENV.webOrigins],
  intake: [...ALL, ENV.jwtSecretsArn, ENV.sealSecretsArn],
  events: [...ALL, ENV.sealSecretsArn, ENV.liveEndpoint, ENV.eventTopic],
  webhooks: [...ALL, ENV.sealSecretsArn],
  reconcile: [...ALL, ENV.ecsCluster, ENV.ecsService, ENV.minRunners, ENV.maxRunners, ENV.sessionsPerRunner],
  admin: ALL,
  rotator: ALL,
};
