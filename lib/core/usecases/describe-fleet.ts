import { INSTANCE_STATUSES, type InstanceStatus } from '../model/instance.ts';
import type { Ports, RunnerBeat, RunnerStore } from '../ports/index.ts';

/** A counter that stands still for this long is a dead runner's, as the runners themselves see it. */
const DEAD_MS = 10_000;

/** When an observer first saw each runner's counter as it stands now, on a clock that never jumps. */
export class RunnerSightings {
  readonly #seen = new Map<string, { counter: number; sinceMs: number; moved: boolean }>();
  readonly #monotonic: () => number;

  constructor(monotonic: () => number = () => performance.now()) {
    this.#monotonic = monotonic;
  }

  see(beats: readonly RunnerBeat[]): void {
    const present = new Set(beats.map(({ id }) => id));
    for (const id of this.#seen.keys()) if (!present.has(id)) this.#seen.delete(id);
    for (const { id, counter } of beats) {
      const known = this.#seen.get(id);
      if (known?.counter === counter) continue;
      this.#seen.set(id, { counter, sinceMs: this.#monotonic(), moved: known !== undefined });
    }
  }

  /** ms that the counter has stood still under these eyes; undefined when it was never seen. */
  stillMs(id: string): number | undefined {
    const known = this.#seen.get(id);
    return known && this.#monotonic() - known.sinceMs;
  }
}

/** A runner that was seen for the first time may be dead: it counts as alive until its counter has stood still. */
export function isAlive(sightings: RunnerSightings, { id }: Pick<RunnerBeat, 'id'>): boolean {
  return (sightings.stillMs(id) ?? 0) < DEAD_MS;
}

export interface RunnerReport extends Pick<RunnerBeat, 'id' | 'host' | 'startedAtMs' | 'draining' | 'load'> {
  alive: boolean;
  /** Since its counter last moved, as far as was seen. */
  stillMs: number;
  shards: number[];
  /** Instances on its shards, by the state of their session; states that nobody is in are left out. */
  sessions: Partial<Record<InstanceStatus, number>>;
}

export interface FleetReport {
  runners: RunnerReport[];
  /** Shards that were ever used, with who owns them. */
  shards: { shard: number; owner: string | null; epoch: number; instances: number }[];
  /** Shards with instances and without a living owner. */
  unowned: number[];
  sessions: Partial<Record<InstanceStatus, number>>;
}

/** Who owns what. Reads every instance, so it is for people, not for a hot path. */
export async function describeFleet(
  ports: Pick<Ports, 'instances' | 'shards'> & { runners: RunnerStore },
  sightings: RunnerSightings,
): Promise<FleetReport> {
  const [beats, shards] = await Promise.all([ports.runners.list(), ports.shards.list()]);
  sightings.see(beats);
  const statuses = new Map<number, InstanceStatus[]>();
  await Promise.all(shards.map(async ({ shard }) => void statuses.set(shard, await statusesOn(ports, shard))));
  const living = new Set(beats.filter((beat) => isAlive(sightings, beat)).map(({ id }) => id));
  const count = (numbers: readonly number[]) => countStatuses(numbers.flatMap((shard) => statuses.get(shard) ?? []));
  return {
    runners: beats.map(({ id, host, startedAtMs, draining, load }) => {
      const own = shards.filter(({ owner }) => owner === id).map(({ shard }) => shard);
      const stillMs = Math.round(sightings.stillMs(id) ?? 0);
      return {
        id,
        host,
        startedAtMs,
        draining,
        load,
        alive: living.has(id),
        stillMs,
        shards: own,
        sessions: count(own),
      };
    }),
    shards: shards.map(({ shard, owner, epoch, instances }) => ({ shard, owner, epoch, instances })),
    unowned: shards
      .filter(({ owner, instances }) => instances > 0 && (owner === null || !living.has(owner)))
      .map(({ shard }) => shard),
    sessions: count(shards.map(({ shard }) => shard)),
  };
}

async function statusesOn({ instances }: Pick<Ports, 'instances'>, shard: number): Promise<InstanceStatus[]> {
  const found = await instances.getMany(await instances.listShard(shard));
  return [...found.values()].map(({ state }) => state.status);
}

function countStatuses(statuses: readonly InstanceStatus[]): Partial<Record<InstanceStatus, number>> {
  const counts: Partial<Record<InstanceStatus, number>> = {};
  for (const status of INSTANCE_STATUSES) {
    const count = statuses.filter((each) => each === status).length;
    if (count > 0) counts[status] = count;
  }
  return counts;
}
