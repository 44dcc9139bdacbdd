import { GatewayError } from '../errors.ts';
import type { Principal } from '../model/account.ts';
import type { Bulk, BulkLane } from '../model/bulk.ts';
import { newSortableId } from '../model/ids.ts';
import { acceptsMessages, type Instance } from '../model/instance.ts';
import type { BulkWithLanes, Ports } from '../ports/index.ts';
import { type BulkPlan, type PlanInput, type PlanPorts, planBulk } from './plan-bulk.ts';
import type { LineFault } from './read-recipients.ts';
import { removeFiles } from './send-media.ts';
import type { SubmitCommandInput } from './submit-command.ts';

/** Faults that an answer names; the others are counted. */
export const MAX_FAULTS = 100;

export interface CreatedBulk extends BulkWithLanes {
  /** What was left out for its faults, since the caller wanted it so. */
  faults: LineFault[];
  replayed: boolean;
}

type CreatePorts = PlanPorts & Pick<Ports, 'bulks'>;

/**
 * Accepts a bulk: its rows and its Idempotency-Key in one transaction. From then on it goes on by itself.
 * @throws GatewayError as `planBulk`; VALIDATION_ERROR that names every faulty recipient, unless these are to be left
 *   out; INSTANCE_NOT_CONNECTED; IDEMPOTENCY_KEY_REUSED
 */
export async function createBulk(
  ports: CreatePorts,
  principal: Principal,
  { idempotency, ...input }: PlanInput & { idempotency: NonNullable<SubmitCommandInput['idempotency']> | null },
): Promise<CreatedBulk> {
  const plan = await planBulk(ports, principal, input);
  const { instance: home, request } = input;
  try {
    const { faults, recipients, instances } = plan;
    if (faults.length > 0 && (!request.skipInvalid || recipients.length === 0)) throw refused(faults);
    const away = instances.find(({ state }) => !acceptsMessages(state));
    if (away) {
      await removeFiles(ports, home.id, plan.stored);
      return await replayElse(ports, home, idempotency, notConnected(away));
    }
    const bulk = bulkOf(home, plan, input, principal.origin.requestId ?? null, ports.clock());
    const lanes = instances
      .map((one) => laneOf(bulk, one, plan))
      .filter(({ total }) => total > 0)
      .sort((a, b) => (a.instanceName < b.instanceName ? -1 : 1));
    const result = await ports.bulks.create({ bulk, lanes, recipients, idempotency });
    if (result.created) return { bulk, lanes, faults, replayed: false };
    await removeFiles(ports, home.id, plan.stored);
    return await replay(ports, home, result.bulkId);
  } catch (error) {
    await removeFiles(ports, home.id, plan.stored);
    throw error;
  }
}

/** What `createBulk` would do, without doing it. @throws GatewayError as `planBulk` */
export async function previewBulk(ports: PlanPorts, principal: Principal, input: PlanInput): Promise<BulkPlan> {
  const plan = await planBulk(ports, principal, input);
  await removeFiles(ports, input.instance.id, plan.stored);
  return plan;
}

function refused(faults: readonly LineFault[]): GatewayError {
  const [first] = faults as [LineFault, ...LineFault[]];
  const more = faults.length > 1 ? ` There are ${faults.length - 1} more.` : '';
  const text = `Line ${first.line}: ${first.path}: ${first.message}.${more}`;
  return new GatewayError('VALIDATION_ERROR', text, { details: faults.slice(0, MAX_FAULTS) });
}

function notConnected({ name, state }: Instance): GatewayError {
  const details = { instanceName: name, status: state.status };
  return new GatewayError('INSTANCE_NOT_CONNECTED', undefined, { details });
}

/** What was accepted while it was linked is still answered: "not connected" would invite a second bulk. */
async function replayElse(
  ports: CreatePorts,
  home: Instance,
  idempotency: { key: string; fingerprint: string } | null,
  error: GatewayError,
): Promise<CreatedBulk> {
  const earlier = idempotency && (await ports.bulks.findByIdempotencyKey(home.tenantId, idempotency.key));
  if (!earlier) throw error;
  return replay(ports, home, earlier.fingerprint === idempotency.fingerprint ? earlier.bulkId : null);
}

async function replay(ports: Pick<Ports, 'bulks'>, home: Instance, bulkId: string | null): Promise<CreatedBulk> {
  const found = bulkId === null ? undefined : await ports.bulks.get(home.id, bulkId);
  if (!found) throw new GatewayError('IDEMPOTENCY_KEY_REUSED');
  return { ...found, faults: [], replayed: true };
}

function bulkOf(
  home: Instance,
  { draft, template, recipients, pacing, startAtMs }: BulkPlan,
  { request }: PlanInput,
  requestId: string | null,
  createdAtMs: number,
): Bulk {
  return {
    id: newSortableId('bulk', createdAtMs),
    tenantId: home.tenantId,
    instanceId: home.id,
    title: request.title ?? null,
    state: 'running',
    ...{ operation: draft.operation, input: draft.input, template },
    ...{ total: recipients.length, pacing, skipUnregistered: request.skipUnregistered ?? false },
    ...{ createdAtMs, startAtMs, requestId },
  };
}

function laneOf(bulk: Bulk, { id: instanceId, name, shard }: Instance, { recipients, startAtMs }: BulkPlan): BulkLane {
  return {
    ...{ bulkId: bulk.id, tenantId: bulk.tenantId, homeId: bulk.instanceId, instanceId, instanceName: name, shard },
    total: recipients.filter((one) => one.instanceId === instanceId).length,
    ...{ next: 0, accepted: 0, open: [], back: [], sent: 0, failed: 0, unknown: 0, cancelled: 0 },
    ...{ unregistered: [], invalid: [], checkedTo: 0, checkId: null, checks: 0 },
    ...{ nextAtMs: startAtMs, dueMs: startAtMs, idleMs: 0, gone: false, over: false, done: false },
  };
}
