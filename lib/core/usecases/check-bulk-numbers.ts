import type { OperationOutput } from '../catalogue/operations.ts';
import type { Bulk, BulkLane } from '../model/bulk.ts';
import { isFinished } from '../model/command.ts';
import { newSortableId } from '../model/ids.ts';
import type { Instance } from '../model/instance.ts';
import { phoneOfJid } from '../model/phone.ts';
import type { Ports } from '../ports/index.ts';
import type { Placed, Step } from './feed-bulk.ts';
import { newCommand } from './new-command.ts';

/** Numbers that WhatsApp is asked about at a time. */
const CHECKED_AT_ONCE = 50;

interface Checking {
  bulk: Bulk;
  lane: BulkLane;
  instance: Instance;
  upcoming: readonly Placed[];
  nowMs: number;
}

/**
 * Has WhatsApp asked which of the next numbers it knows, before any of them is written to. Returns the step that asks,
 * waits or takes the answer; undefined when the next recipient has been asked about. What fails is asked again.
 */
export async function checkNumbers(
  { commands }: Pick<Ports, 'commands'>,
  { bulk, lane, instance, upcoming, nowMs }: Checking,
): Promise<Step | undefined> {
  const [first] = upcoming;
  if (!first || first.index < lane.checkedTo) return undefined;
  const asked = upcoming.filter(({ to }) => phoneOfJid(to) !== undefined).slice(0, CHECKED_AT_ONCE);
  const step = (changes: Partial<BulkLane>, again: boolean): Step => ({
    lane: { ...lane, ...changes },
    commands: [],
    again,
  });
  // Groups and LIDs cannot be asked about.
  if (asked.length === 0) return step({ checkedTo: (upcoming.at(-1) as Placed).index + 1 }, true);
  if (lane.checkId === null) {
    const numbers = asked.map(({ to }) => phoneOfJid(to) as string);
    const id = newSortableId('cmd', nowMs);
    const fields = { id, operation: 'contact.check', input: { numbers }, nowMs, sendAtMs: null } as const;
    const command = newCommand(instance, { ...fields, requestId: bulk.requestId });
    return { ...step({ checkId: id }, false), commands: [{ command, message: null, idempotency: null }] };
  }
  const command = await commands.get(lane.instanceId, lane.checkId);
  if (command && !isFinished(command.state)) return step({}, false);
  if (command?.state !== 'done') return step({ checkId: null }, false);
  const { results } = command.output as OperationOutput<'contact.check'>;
  const absent = new Set(results.filter(({ exists }) => !exists).map(({ number }) => number));
  const without = asked.filter(({ to }) => absent.has(phoneOfJid(to) as string)).map(({ index }) => index);
  const unregistered = [...lane.unregistered, ...without];
  return step({ checkId: null, unregistered, checkedTo: (asked.at(-1) as Placed).index + 1 }, true);
}
