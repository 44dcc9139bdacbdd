import { GatewayError } from '../errors.ts';
import type { Principal } from '../model/account.ts';
import { type BulkState, bulkStatus } from '../model/bulk.ts';
import type { BulkWithLanes, Ports } from '../ports/index.ts';
import { type BulkInput, findBulk } from './bulk-access.ts';

export const STEERS = {
  pause: { from: ['running'], to: 'paused' },
  resume: { from: ['paused'], to: 'running' },
  cancel: { from: ['running', 'paused'], to: 'cancelled' },
} as const satisfies Record<string, { from: readonly BulkState[]; to: BulkState }>;

const MAX_KICKS = 3;

/**
 * Pauses, resumes or cancels a bulk. The state holds from here on; its lanes are told to look at it at once, and find
 * out by themselves within a minute where that fails.
 * @throws GatewayError as `findBulk`; INVALID_STATE when it is not in a state for that, or over
 */
export async function steerBulk(
  ports: Pick<Ports, 'bulks' | 'clock' | 'log'>,
  principal: Principal,
  { steer, ...which }: BulkInput & { steer: keyof typeof STEERS },
): Promise<BulkWithLanes> {
  const { bulk, lanes } = await findBulk(ports, principal, which, 'message:send');
  const { from, to } = STEERS[steer];
  const status = bulkStatus(bulk, lanes, ports.clock());
  if (status === 'COMPLETED' || !(await ports.bulks.setState(bulk, from, to))) {
    const text = status === 'COMPLETED' ? 'The bulk is over.' : `The bulk is ${bulk.state}.`;
    throw new GatewayError('INVALID_STATE', text, { details: { status } });
  }
  // What is cancelled is over at once, also before its beginning.
  const notBeforeMs = to === 'cancelled' ? 0 : bulk.startAtMs;
  await Promise.all(lanes.filter(({ done }) => !done).map((lane) => kick(ports, notBeforeMs, lane)));
  return { bulk: { ...bulk, state: to }, lanes };
}

async function kick(
  ports: Pick<Ports, 'bulks' | 'clock' | 'log'>,
  notBeforeMs: number,
  lane: BulkWithLanes['lanes'][number],
): Promise<void> {
  try {
    let present: typeof lane | undefined = lane;
    for (let attempt = 0; attempt < MAX_KICKS && present && !present.done; attempt += 1) {
      const dueMs = Math.max(notBeforeMs, ports.clock());
      if (await ports.bulks.advance(present, { ...present, dueMs, idleMs: 0 }, [])) return;
      const fresh = await ports.bulks.get(lane.homeId, lane.bulkId);
      present = fresh?.lanes.find(({ instanceId }) => instanceId === lane.instanceId);
    }
  } catch (err) {
    ports.log.warn({ err, bulkId: lane.bulkId }, 'a lane of a bulk was not told at once');
  }
}
