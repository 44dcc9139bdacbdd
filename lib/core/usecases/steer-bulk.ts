import { GatewayError } from '../errors.ts';
import type { Principal } from '../model/account.ts';
import { type BulkLane, type BulkState, bulkStatus } from '../model/bulk.ts';
import type { BulkWithLanes, Ports } from '../ports/index.ts';
import { type BulkInput, findBulk } from './bulk-access.ts';

const STEERS = {
  pause: { from: ['running'], to: 'paused' },
  resume: { from: ['paused'], to: 'running' },
  cancel: { from: ['running', 'paused'], to: 'cancelled' },
} as const satisfies Record<string, { from: readonly BulkState[]; to: BulkState }>;

export type Steer = keyof typeof STEERS;

const MAX_KICKS = 3;

type SteerPorts = Pick<Ports, 'bulks' | 'instances' | 'clock' | 'log'>;

/**
 * Pauses, resumes or cancels a bulk, and has its lanes looked at. While these move on, the state is set by itself, and
 * each lane told afterwards: one that could not be told finds out within a minute.
 * @throws GatewayError as `findBulk`; INVALID_STATE when it is not in a state for that, or over
 */
export async function steerBulk(
  ports: SteerPorts,
  principal: Principal,
  { steer, ...which }: BulkInput & { steer: Steer },
  begun?: Promise<BulkWithLanes | undefined>,
): Promise<BulkWithLanes> {
  const found = await findBulk(ports, principal, which, 'message:send', begun);
  const { bulk, lanes } = found;
  const { from, to } = STEERS[steer];
  const nowMs = ports.clock();
  const status = bulkStatus(bulk, lanes, nowMs);
  const isOver = status === 'COMPLETED' || status === 'CANCELLED';
  if (isOver || !(from as readonly BulkState[]).includes(bulk.state)) throw impossible(status);
  // What is cancelled is over at once, also before its beginning.
  const dueMs = Math.max(to === 'cancelled' ? 0 : bulk.startAtMs, nowMs);
  const steered = { bulk: { ...bulk, state: to }, lanes };
  if (await ports.bulks.steer(found, from, to, dueMs)) return steered;
  if (!(await ports.bulks.setState(bulk, from, to))) throw impossible(status);
  await Promise.all(lanes.map((lane) => kick(ports, lane, dueMs)));
  return steered;
}

function impossible(status: string): GatewayError {
  return new GatewayError('INVALID_STATE', `The bulk is ${status}.`, { details: { status } });
}

async function kick(
  { bulks, log }: SteerPorts,
  { homeId, bulkId, instanceId }: BulkLane,
  dueMs: number,
): Promise<void> {
  try {
    for (let attempt = 0; attempt < MAX_KICKS; attempt += 1) {
      const lane = (await bulks.get(homeId, bulkId))?.lanes.find((one) => one.instanceId === instanceId);
      if (!lane || lane.done || (await bulks.advance(lane, { ...lane, dueMs, idleMs: 0 }, []))) return;
    }
  } catch (err) {
    log.warn({ err, bulkId, instanceId }, 'a lane of a bulk was not told at once');
  }
}
