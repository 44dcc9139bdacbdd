import { type Bulk, type BulkLane, type BulkRecipient, countsOf, PAGE_SIZE, paceOut } from '../model/bulk.ts';
import { bulkCommandId, whatsappMessageId } from '../model/ids.ts';
import { acceptsMessages, type Instance, isSpaced } from '../model/instance.ts';
import { messageStatus } from '../model/message.ts';
import type { AcceptedCommand, BulkEntry, BulkWithLanes, Ports } from '../ports/index.ts';
import { checkNumbers } from './check-bulk-numbers.ts';
import { inputFor, storedDraft } from './message-draft.ts';
import { messageOfCommand, newCommand } from './new-command.ts';
import { tellBulk } from './tell-bulk.ts';

export type FeedPorts = Pick<Ports, 'bulks' | 'commands' | 'messages' | 'instances' | 'events' | 'clock'> & {
  random(): number;
  /** Says that an account has events. Never throws. */
  announce(bell: Parameters<Ports['eventQueue']['publish']>[0][number]): void;
};

export interface Fed {
  /** Commands were accepted: the instance has something to do. */
  accepted: boolean;
  /** There is more to do at once. */
  again: boolean;
}

/** What one look comes to. */
export interface Step {
  lane: BulkLane;
  commands: AcceptedCommand[];
  /** Nothing holds the next ones back. */
  again: boolean;
}

/** A recipient and its place in the bulk. */
export type Placed = BulkRecipient & { index: number };

/** Messages of one instance that are accepted and have not ended, at most. */
const WINDOW = 40;
/** Of an instance that sends one now and then: more would only wait. */
const PACED_WINDOW = 3;
/** Commands of one transaction: each is three rows, and a transaction takes a hundred rows and 4 MB. */
const GROUP = 30;
const GROUP_BYTES = 1_000_000;
const LOOK_MS = 1_000;
/** A full lane is looked at when half of it has ended, as fast as it goes, or after this. */
const MAX_FULL_LOOK_MS = 4_000;
/** A lane that finds nothing to do looks ever more rarely, up to this. */
const MAX_IDLE_MS = 30_000;
const PAUSED_LOOK_MS = 60_000;

const NOTHING: Fed = { accepted: false, again: false };

/**
 * One look at one lane of a bulk. All that is known is in rows, and everything that a look does is one transaction that
 * is conditional on nobody having looked since: it does not matter who looks, how often, or where one dies.
 *
 *   due ──► count what has ended ──► what may go now? ──► {lane moves on, N commands, next entry}: all, or nothing
 *                                                          done ──► tell, once all lanes are done ──► entry away
 *
 * @throws what a store throws; the entry stays, and is looked at again
 */
export async function feedBulk(ports: FeedPorts, entry: BulkEntry): Promise<Fed> {
  const found = await ports.bulks.get(entry.homeId, entry.bulkId);
  const lane = found?.lanes.find(({ instanceId }) => instanceId === entry.instanceId);
  if (!found || !lane || lane.done || lane.dueMs !== entry.dueMs) {
    if (found?.lanes.every(({ done }) => done)) await tellBulk(ports, found, 'completed');
    await ports.bulks.dropEntry(entry);
    return NOTHING;
  }
  const settled = await settle(ports, found, lane);
  const nowMs = ports.clock();
  const step = await stepOf(ports, found, settled, nowMs);
  const next = { ...step.lane, ...againAt(found, lane, step, nowMs) };
  if (!(await ports.bulks.advance(lane, next, step.commands))) return NOTHING;
  const lanes = found.lanes.map((one) => (one === lane ? next : one));
  await tellBulk(ports, { ...found, lanes }, 'progress', countsOf(found.lanes));
  return { accepted: step.commands.length > 0, again: step.again || next.done };
}

/**
 * Counts what has ended. What nobody has taken yet of a cancelled bulk ends as cancelled; of a paused one it is removed,
 * and waits as it did before.
 */
async function settle(ports: FeedPorts, { bulk }: BulkWithLanes, lane: BulkLane): Promise<BulkLane> {
  if (lane.open.length === 0) return lane;
  const { tenantId, instanceId, shard } = lane;
  const { commands, clock } = ports;
  const open = lane.open.map((index) => {
    const id = bulkCommandId(bulk.id, bulk.startAtMs, index);
    return { index, id, messageId: whatsappMessageId(tenantId, instanceId, id), instanceId, shard };
  });
  if (bulk.state === 'cancelled') await Promise.all(open.map((command) => commands.withdraw(command, clock())));
  if (bulk.state === 'paused') await Promise.all(open.map((command) => commands.takeBack(command)));
  const messages = await ports.messages.getSent(open);
  const next = { ...lane, open: [] as number[], back: [...lane.back] };
  for (const { index, id, messageId } of open) {
    const message = messages.get(messageId);
    const status = message ? messageStatus(message) : (await commands.get(instanceId, id)) ? 'FAILED' : 'BACK';
    if (status === 'QUEUED') next.open.push(index);
    else if (status === 'BACK') {
      next.back.push(index);
      next.accepted -= 1;
    } else if (status === 'FAILED') next.failed += 1;
    else if (status === 'UNKNOWN') next.unknown += 1;
    else if (status === 'CANCELLED') next.cancelled += 1;
    else next.sent += 1;
  }
  return next;
}

async function stepOf(ports: FeedPorts, found: BulkWithLanes, lane: BulkLane, nowMs: number): Promise<Step> {
  const { bulk } = found;
  const idle = (changes: Partial<BulkLane> = {}): Step => ({
    lane: { ...lane, ...changes },
    commands: [],
    again: false,
  });
  const hasEnded = lane.open.length === 0;
  if (bulk.state === 'cancelled') return idle({ over: true, done: hasEnded });
  if (isFed(bulk, lane)) return idle({ done: hasEnded });
  if (bulk.state === 'paused' || bulk.startAtMs > nowMs) return idle();
  const instance = await ports.instances.get(lane.tenantId, lane.instanceId);
  if (!instance) return idle({ gone: true, over: true, done: true, open: [], failed: lane.failed + lane.open.length });
  if (!acceptsMessages(instance.state)) return idle();
  const room = windowOf(instance) - lane.open.length;
  if (room <= 0) return idle();
  const upcoming = await upcomingOf(ports, found, lane, Math.max(room, PAGE_SIZE));
  if (bulk.skipUnregistered) {
    const checked = await checkNumbers(ports, { bulk, lane, instance, upcoming, nowMs });
    if (checked) return checked;
  }
  return feed(ports, found, { lane, instance, upcoming, room, nowMs });
}

interface Feeding {
  lane: BulkLane;
  instance: Instance;
  upcoming: readonly Placed[];
  room: number;
  nowMs: number;
}

/** Makes commands of those whose turn it is. */
function feed(
  { random }: FeedPorts,
  { bulk }: BulkWithLanes,
  { lane, instance, upcoming, room, nowMs }: Feeding,
): Step {
  const draft = storedDraft(bulk.operation, bulk.input);
  const pace = paceOut(bulk.pacing, { nextAtMs: lane.nextAtMs, nowMs, room: Math.min(room, GROUP), random });
  const next: BulkLane = { ...lane, open: [...lane.open], invalid: [...lane.invalid] };
  const isTakenBack = lane.back.length > 0;
  const goesOn = (index: number) => {
    if (isTakenBack) next.back = next.back.filter((other) => other !== index);
    else next.next = index + 1;
  };
  const commands: AcceptedCommand[] = [];
  let bytes = 0;
  for (const one of upcoming) {
    const { index } = one;
    if (bulk.skipUnregistered && index >= lane.checkedTo) break;
    if (lane.unregistered.includes(index)) {
      goesOn(index);
      continue;
    }
    if (commands.length === pace.count || bytes > GROUP_BYTES) break;
    goesOn(index);
    const result = draft && inputFor(draft, one);
    if (!draft || !result || 'faults' in result) {
      next.invalid.push(index);
      continue;
    }
    bytes += 2 * JSON.stringify(result.input).length;
    const id = bulkCommandId(bulk.id, bulk.startAtMs, index);
    const { operation } = draft;
    const { input } = result;
    const fields = { id, operation, input, nowMs, sendAtMs: null, requestId: bulk.requestId, bulkId: bulk.id };
    const command = newCommand(instance, fields);
    commands.push({ command, message: messageOfCommand(command), idempotency: null });
    next.open.push(index);
  }
  const isLast =
    upcoming.length === 0 || (upcoming.length < PAGE_SIZE && next.next > (upcoming.at(-1) as Placed).index);
  if (isLast && !isTakenBack) next.next = bulk.total;
  next.accepted += commands.length;
  if (commands.length > 0) next.nextAtMs = pace.nextAtMs;
  next.done = isFed(bulk, next) && next.open.length === 0;
  const isHeld = pace.count < Math.min(room, GROUP) || commands.length >= room;
  const hasMoved = next.next > lane.next || next.back.length < lane.back.length;
  return { lane: next, commands, again: !isHeld && hasMoved && !isFed(bulk, next) };
}

/** Nobody waits any more. */
const isFed = ({ total }: Bulk, { next, back }: BulkLane) => next >= total && back.length === 0;

function windowOf({ settings, environment }: Instance): number {
  return isSpaced(settings, environment) ? PACED_WINDOW : WINDOW;
}

/** Those of the lane that were taken back, else its recipients from the next one on, at least `wanted` if there are. */
async function upcomingOf(
  { bulks }: FeedPorts,
  { bulk, lanes }: BulkWithLanes,
  lane: BulkLane,
  wanted: number,
): Promise<Placed[]> {
  const found: Placed[] = [];
  if (lane.back.length > 0) {
    const pages = await bulks.pages(lane.homeId, bulk.id, [...new Set(lane.back.map(pageOf))]);
    return lane.back.flatMap((index) => {
      const one = pages.get(pageOf(index))?.[index % PAGE_SIZE];
      return one ? [{ ...one, index }] : [];
    });
  }
  const last = Math.ceil(bulk.total / PAGE_SIZE);
  const width = Math.ceil((wanted * lanes.length) / PAGE_SIZE);
  for (let page = pageOf(lane.next); page < last && found.length < wanted; page += width) {
    const numbers = Array.from({ length: Math.min(width, last - page) }, (_, i) => page + i);
    const pages = await bulks.pages(lane.homeId, bulk.id, numbers);
    for (const number of numbers) {
      for (const [i, one] of (pages.get(number) ?? []).entries()) {
        const index = number * PAGE_SIZE + i;
        if (index >= lane.next && one.instanceId === lane.instanceId) found.push({ ...one, index });
      }
    }
  }
  return found;
}

const pageOf = (index: number) => Math.floor(index / PAGE_SIZE);

/** When to look again. It always moves on: `dueMs` is what two looks are told apart by. */
function againAt({ bulk }: BulkWithLanes, before: BulkLane, step: Step, nowMs: number) {
  const { lane, again } = step;
  const hasMoved =
    lane.next > before.next || lane.open.length !== before.open.length || lane.checkId !== before.checkId;
  const idleMs = hasMoved ? 0 : Math.min(Math.max(LOOK_MS, before.idleMs * 2), MAX_IDLE_MS);
  const waits = bulk.state === 'paused' && lane.open.length === 0;
  const lookMs = waits
    ? PAUSED_LOOK_MS
    : Math.max(LOOK_MS, idleMs, isFed(bulk, lane) ? 0 : untilHalfMs(before, step, nowMs));
  // A message that is due earlier is not waited for; one that is due later does not keep what is open from being counted.
  const paceMs = !isFed(bulk, lane) && lane.nextAtMs > nowMs ? lane.nextAtMs - nowMs : lookMs;
  const waitMs = again || lane.done ? 0 : lane.open.length === 0 && !waits ? paceMs : Math.min(lookMs, paceMs);
  return { dueMs: Math.max(before.dueMs + 1, nowMs + Math.round(waitMs)), idleMs, lookedAtMs: nowMs };
}

/** How long the lane takes until half of a full one is left, at the speed since the last look. */
function untilHalfMs(before: BulkLane, { lane, commands }: Step, nowMs: number): number {
  const ended = before.open.length + commands.length - lane.open.length;
  if (ended <= 0 || before.lookedAtMs === undefined) return 0;
  const msEach = (nowMs - before.lookedAtMs) / ended;
  return Math.min((lane.open.length - WINDOW / 2) * msEach, MAX_FULL_LOOK_MS);
}
