import { type Command, isFinished } from '../model/command.ts';
import { desiredRunners, type FleetPlan } from '../model/fleet.ts';
import type { FleetScaler, LeftoverStore, PendingCommand, Ports, RunnerStore } from '../ports/index.ts';
import { isAlive, RunnerSightings } from './describe-fleet.ts';

/** A pending entry this old should long have been run, or ended by its deadline. */
const STUCK_MS = 60_000;
/** Entries of instances that are gone are looked for this rarely: they go with their instance, in one transaction. */
export const RESIDENTS_MS = 3_600_000;
/** Shards that are looked at side by side. */
const WIDTH = 8;

export type ReconcilePorts = Pick<Ports, 'instances' | 'commands' | 'bells' | 'shards' | 'hold' | 'log' | 'clock'> & {
  runners: RunnerStore;
  leftovers: LeftoverStore;
  scaler: FleetScaler;
};

/** What a process knows from its earlier rounds. A new one begins with nothing, and looks at everything. */
export class ReconcileMemory {
  readonly sightings: RunnerSightings;
  /** When the residents of each shard were last looked at, in ms since epoch. */
  readonly lookedAtMs = new Map<number, number>();

  constructor(sightings = new RunnerSightings()) {
    this.sightings = sightings;
  }
}

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
 * Instances and commands are read a hundred a request, shards side by side: with 10,000 sessions a round is some 260
 * requests, and 360 when it also looks for leftovers.
 *
 * @param memory of earlier rounds: a runner is dead when its counter stands still from one look to the next
 * @throws what a store or the scaler throws; the next round goes on
 */
export async function reconcileFleet(
  ports: ReconcilePorts,
  plan: FleetPlan,
  { sightings, lookedAtMs }: ReconcileMemory,
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
  const nowMs = ports.clock();
  await forEach(shards, async ({ shard }) => {
    if (nowMs - (lookedAtMs.get(shard) ?? 0) >= RESIDENTS_MS) {
      await clearResidents(ports, shard, round);
      lookedAtMs.set(shard, nowMs);
    }
    await settleLate(ports, shard, ids, round);
  });
  ports.log.info({ ...round }, 'fleet reconciled');
  return round;
}

async function clearResidents(ports: ReconcilePorts, shard: number, round: Reconciled): Promise<void> {
  const residents = await ports.instances.listShard(shard);
  const there = await ports.instances.getMany(residents);
  for (const { tenantId, instanceId } of residents) {
    // It may have come a moment ago: the deletion is conditional on there being no such instance.
    if (there.has(instanceId)) continue;
    if (await ports.leftovers.clearResident(shard, tenantId, instanceId)) round.leftovers += 1;
  }
}

async function settleLate(
  ports: ReconcilePorts,
  shard: number,
  living: ReadonlySet<string>,
  round: Reconciled,
): Promise<void> {
  const late = await ports.commands.listLate(shard, ports.clock() - STUCK_MS);
  const [commands, instances] = await Promise.all([ports.commands.getMany(late), ports.instances.getMany(late)]);
  for (const entry of late) {
    const isThere = instances.has(entry.instanceId);
    await settle(ports, { shard, entry, command: commands.get(entry.commandId), isThere }, living, round);
  }
}

interface Late {
  shard: number;
  entry: PendingCommand;
  command: Command | undefined;
  /** The instance is. */
  isThere: boolean;
}

async function settle(
  ports: ReconcilePorts,
  { shard, entry, command, isThere }: Late,
  living: ReadonlySet<string>,
  round: Reconciled,
): Promise<void> {
  const nowMs = ports.clock();
  const { instanceId, commandId } = entry;
  if (!command || isFinished(command.state)) {
    if (await ports.leftovers.clearPending(shard, entry)) round.leftovers += 1;
    return;
  }
  // The removal of an instance runs when the instance itself is no longer there.
  if (!isThere && entry.operation !== 'instance.remove') {
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

/** `WIDTH` at a time. Ends with the first that fails. */
async function forEach<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  const lane = async () => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: WIDTH }, lane));
}
