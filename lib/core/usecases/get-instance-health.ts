import type { Principal } from '../model/account.ts';
import { type Instance, type InstanceState, newChatStop } from '../model/instance.ts';
import type { Ports } from '../ports/index.ts';
import { requireReach } from './access.ts';

export const HEALTH_STATUSES = ['HEALTHY', 'DEGRADED', 'UNHEALTHY'] as const;
export type HealthStatus = (typeof HEALTH_STATUSES)[number];
/** NONE: not connected; UNKNOWN: connected, nothing sent yet. */
export const CONNECTION_QUALITIES = ['EXCELLENT', 'GOOD', 'FAIR', 'POOR', 'UNKNOWN', 'NONE'] as const;
export type ConnectionQuality = (typeof CONNECTION_QUALITIES)[number];

/** A queue this long does not get shorter by itself soon. */
const LONG_QUEUE = 100;
const ON_ITS_WAY = new Set(['CONNECTING', 'RECONNECTING', 'WAITING_FOR_SCAN']);

export interface InstanceHealth {
  status: HealthStatus;
  quality: ConnectionQuality;
  /** Commands that are queued or running. */
  queued: number;
}

/** How an instance does. @throws GatewayError RESOURCE_NOT_FOUND */
export async function getInstanceHealth(
  ports: Pick<Ports, 'commands' | 'clock'>,
  principal: Principal,
  { instance }: { instance: Instance },
): Promise<InstanceHealth> {
  requireReach(principal, instance);
  const queued = (await ports.commands.listPending(instance.shard, instance.id)).length;
  const quality = qualityOf(instance.state);
  const status = healthOf(instance.state, quality, queued, ports.clock());
  return { status, quality, queued };
}

/** By the mean time to WhatsApp's ack: under 0.3 s, 1 s, 3 s. */
export function qualityOf({ status, health }: Pick<InstanceState, 'status' | 'health'>): ConnectionQuality {
  if (status !== 'CONNECTED') return 'NONE';
  const latencyMs = health?.ackLatencyMs ?? null;
  if (latencyMs === null) return 'UNKNOWN';
  return latencyMs < 300 ? 'EXCELLENT' : latencyMs < 1_000 ? 'GOOD' : latencyMs < 3_000 ? 'FAIR' : 'POOR';
}

/** Connected and quick; slow, busy, limited or on its way; or waiting for a person. */
export function healthOf(
  { status, account }: Pick<InstanceState, 'status' | 'account'>,
  quality: ConnectionQuality,
  queued: number,
  nowMs: number,
): HealthStatus {
  const isLimited = newChatStop(account, nowMs) !== undefined;
  if (status === 'CONNECTED') return quality === 'POOR' || queued >= LONG_QUEUE || isLimited ? 'DEGRADED' : 'HEALTHY';
  return ON_ITS_WAY.has(status) ? 'DEGRADED' : 'UNHEALTHY';
}
