import { isFinished } from '../model/command.ts';
import { desiredRunners, type FleetPlan } from '../model/fleet.ts';
import type { FleetScaler, LeftoverStore, PendingCommand, Ports, RunnerStore } from '../ports/index.ts';
import { isAlive, type RunnerSightings } from './describe-fleet.ts';

/** A pending entry this old should long have been run, or ended by its deadline. */
const STUCK_MS = 60_000;

export type ReconcilePorts = Pick<Ports, 'instances' | 'commands' | 'bells' | 'shards' | 'hold' | 'log' | 'clock'> & {
  runners: RunnerStore;
  leftovers: LeftoverStore;
  scaler: FleetScaler;
};

/** What one round found and did. */
export interface Reconciled {
  sessions: number;
  desired: number;
  /** Changed by this round. */
  scaled: boolean;
  held: boolean;
  /** Shards without a living owner. */
  unowned: number[];
  /** Commands whose owner was told of them again: past their deadline, or left by a runner that is gone. */
  stuck: number;
  /** Rows deleted that belonged to nothing any more. */
  leftovers: number;
}

/**
 * Brings the fleet to what it should be. Runs every minute or so; nothing depends on it from second to second.
 *
 *   runners    as many as the sessions need, none while somebody holds them; all new where somebody wishes it
 *   commands   what stays pending is rung for once more: only the owner of an instance may end its commands, since
 *              their events are numbered under its fence
 *   leftovers  pending entries of ended commands, commands and shard entries of instances that are gone
 *
 * @param sightings of earlier rounds: a runner is dead when its counter stands still from one look to the next
 * @throws what a store or the scaler throws; the next round goes on
 */
export async function reconcileFleet(
  ports: ReconcilePorts,
  plan: FleetPlan,
  sightings: RunnerSightings,
): Promise<Reconciled> {
  const [beats, shards, held, restart] = await Promise.all([
    ports.runners.list(),
    ports.shards.list(),
    ports.hold.isHeld(),
    ports.hold.isRestartWished(),
  ]);
  sightings.see(beats);
  const living = beats.filter((beat) => isAlive(sightings, beat));
  const ids = new Set(living.map(({ id }) => id));
  const unowned = shards.filter(({ owner, instances }) => instances > 0 && (owner === null || !ids.has(owner)));
  const loaded = living.reduce((sum, { load }) => sum + load, 0);
  const waiting = unowned.reduce((sum, { instances }) => sum + instances, 0);
  const sessions = loaded + waiting;
  const { desired: now } = await ports.scaler.describe();
  const desired = held ? 0 : desiredRunners(sessions, now, plan);
  if (desired !== now) await ports.scaler.setDesired(desired);
  if (restart) {
    await ports.scaler.restart();
    await ports.hold.setRestartWished(false);
  }
  const round: Reconciled = {
    ...{ sessions, desired, held, scaled: desired !== now, stuck: 0, leftovers: 0 },
    unowned: unowned.map(({ shard }) => shard),
  };
  for (const { shard } of shards) {
    const stillThere = await residents(ports, shard, round);
    for (const entry of await ports.commands.listPending(shard))
      await settle(ports, shard, entry, ids, stillThere, round);
  }
  ports.log.info({ ...round }, 'fleet reconciled');
  return round;
}

/** Who lives on the shard, after entries of instances that are gone were deleted. */
async function residents(ports: ReconcilePorts, shard: number, round: Reconciled): Promise<Set<string>> {
  const found = new Set<string>();
  for (const { tenantId, instanceId } of await ports.instances.listShard(shard)) {
    if (await ports.instances.get(tenantId, instanceId)) found.add(instanceId);
    else if (await ports.leftovers.clearResident(shard, tenantId, instanceId)) round.leftovers += 1;
  }
  return found;
}

async function settle(
  ports: ReconcilePorts,
  shard: number,
  entry: PendingCommand,
  living: ReadonlySet<string>,
  residents: ReadonlySet<string>,
  round: Reconciled,
): Promise<void> {
  const nowMs = ports.clock();
  if (nowMs - entry.acceptedAtMs < STUCK_MS) return;
  const { instanceId, commandId } = entry;
  const command = await ports.commands.get(instanceId, commandId);
  if (!command || isFinished(command.state)) {
    if (await ports.leftovers.clearPending(shard, entry)) round.leftovers += 1;
    return;
  }
  // The removal of an instance runs when the instance itself is no longer there.
  if (!residents.has(instanceId) && entry.operation !== 'instance.remove') {
    if (await ports.leftovers.endOrphan(shard, entry, nowMs)) round.leftovers += 1;
    return;
  }
  const isLeft = command.state === 'running' && (command.owner === null || !living.has(command.owner));
  if (!isLeft && nowMs < entry.notAfterMs + STUCK_MS) return;
  round.stuck += 1;
  ports.log.warn(
    { instanceId, commandId, shard, operation: entry.operation, state: command.state },
    'a command is stuck',
  );
  await ports.bells.ring(shard, { v: 1, instanceId, commandId });
}
