import { GatewayError } from '../errors.ts';
import type { Ports } from '../ports/index.ts';

/** Sessions of the whole gateway. */
export interface GatewayHealth {
  instances: { total: number; active: number };
}

type HealthPorts = Pick<Ports, 'instances' | 'policy' | 'log' | 'clock'>;

/** Anybody may ask: however often that is, the tables are read this seldom by a process. */
const KEPT_MS = 15_000;
const AT_ONCE = 100;

const kept = new WeakMap<object, { atMs: number; health: Promise<GatewayHealth> }>();

/**
 * How many instances there are and how many are connected, at most 15 s old.
 * @throws GatewayError SERVICE_UNAVAILABLE when the database does not answer
 */
export async function getGatewayHealth(ports: HealthPorts): Promise<GatewayHealth> {
  const nowMs = ports.clock();
  const known = kept.get(ports.instances);
  if (known && Math.abs(nowMs - known.atMs) < KEPT_MS) return known.health;
  const health = count(ports).catch((err: unknown) => {
    kept.delete(ports.instances);
    ports.log.error({ err }, 'the instances could not be counted');
    throw new GatewayError('SERVICE_UNAVAILABLE', 'The database does not answer.', { retryAfterSeconds: 5 });
  });
  kept.set(ports.instances, { atMs: nowMs, health });
  return health;
}

async function count({ instances, policy }: HealthPorts): Promise<GatewayHealth> {
  const shards = await Promise.all(Array.from({ length: policy.shardCount }, (_, shard) => instances.listShard(shard)));
  const members = shards.flat();
  let active = 0;
  for (let i = 0; i < members.length; i += AT_ONCE) {
    const part = members.slice(i, i + AT_ONCE);
    const found = await Promise.all(part.map(({ tenantId, instanceId }) => instances.get(tenantId, instanceId)));
    active += found.filter((instance) => instance?.state.status === 'CONNECTED').length;
  }
  return { instances: { total: members.length, active } };
}
