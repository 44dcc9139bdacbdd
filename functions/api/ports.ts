import { createCredentials } from '../../lib/core/adapters/crypto/index.ts';
import { outboundPolicy } from '../../lib/core/adapters/http/outbound-policy.ts';
import { createSandboxControl } from '../../lib/core/adapters/http/sandbox-control.ts';
import type { Adapters } from '../../lib/core/adapters/index.ts';
import type { Config, RunnerConfig } from '../../lib/core/config.ts';
import type { Clock, CommandEnds, FleetControl, Logger, MediaStore, Ports } from '../../lib/core/ports/index.ts';
import { createApiCallMeter } from '../../lib/core/usecases/meter-api-calls.ts';

/** Everything the use-cases stand on, out of the stores, the configuration and a logger. */
export function createPorts(
  config: Config,
  adapters: Omit<Adapters, 'runners' | 'leftovers' | 'expired' | 'sessions' | 'intake' | 'close'>,
  {
    log,
    media,
    scaler,
    ends,
    clock = Date.now,
  }: {
    log: Logger;
    media?: MediaStore | undefined;
    scaler?: FleetControl | undefined;
    ends?: CommandEnds | undefined;
    clock?: Clock;
  },
): Ports {
  const {
    accounts,
    audit,
    throttle,
    refreshTokens,
    apiKeys,
    rateLimits,
    instances,
    shards,
    hold,
    commands,
    schedule,
    bulks,
    templates,
    bells,
    messages,
    chats,
    people,
    events,
    live,
    eventQueue,
    webhooks,
    deliveries,
    deliveryQueue,
    deadLetters,
    stats,
    idempotency,
  } = adapters;
  return {
    ...{
      accounts,
      audit,
      throttle,
      refreshTokens,
      apiKeys,
      rateLimits,
      instances,
      shards,
      hold,
      commands,
      schedule,
      bulks,
      templates,
      bells,
      messages,
      chats,
      people,
      events,
      live,
      eventQueue,
      webhooks,
      deliveries,
      deliveryQueue,
      deadLetters,
      stats,
      idempotency,
    },
    apiCalls: createApiCallMeter({ stats, clock, log }),
    ...createCredentials(config),
    ends,
    testNetwork: config.sandboxUrl === undefined ? undefined : createSandboxControl(config.sandboxUrl),
    media,
    scaler,
    policy: createPolicy(config),
    log,
    clock,
  };
}

/** What the operator has decided. */
export function createPolicy(config: RunnerConfig): Ports['policy'] {
  return {
    outbound: outboundPolicy(config),
    publicUrl: config.publicUrl ?? '',
    registration: config.registration,
    shardCount: config.shardCount,
    auditRetentionDays: config.auditRetentionDays,
    fleetControl: config.fleetControl,
  };
}
