import { sha256Hex } from './ids.ts';

/** One message to many: at most so many people, from at most so many instances. */
export const MAX_RECIPIENTS = 1_000;
export const MAX_BULK_INSTANCES = 20;
/** Recipients of one row. */
export const PAGE_SIZE = 50;
/** Of the variables of one recipient, and of all of a bulk, as JSON: a row and a transaction have bounds. */
export const MAX_VARIABLES_BYTES = 4_096;
export const MAX_ALL_VARIABLES_BYTES = 2_500_000;
export const MAX_BULK_MESSAGE_BYTES = 300_000;

/** What was asked for; how far it is says each lane. */
export type BulkState = 'running' | 'paused' | 'cancelled';
export const BULK_STATUSES = ['SCHEDULED', 'RUNNING', 'PAUSED', 'CANCELLED', 'COMPLETED'] as const;
export type BulkStatus = (typeof BULK_STATUSES)[number];

/** Between two messages of one instance, in ms, by chance from `minDelayMs` to `maxDelayMs`. */
export interface BulkPacing {
  minDelayMs: number;
  maxDelayMs: number;
}

export interface Bulk {
  id: string;
  tenantId: string;
  /** The instance that it belongs to, and goes with. */
  instanceId: string;
  /** What people call it. */
  title: string | null;
  state: BulkState;
  operation: string;
  /** The operation's input without `to`; texts may hold `{{variables}}`. */
  input: Record<string, unknown>;
  /** Name of the template that the message was made from. */
  template: string | null;
  total: number;
  pacing: BulkPacing;
  /** Numbers without WhatsApp are left out. */
  skipUnregistered: boolean;
  createdAtMs: number;
  startAtMs: number;
  requestId: string | null;
}

/**
 * The part of a bulk that one of its instances sends. Its recipients are those of the bulk with its `instanceId`:
 *
 *   index < next    accepted as a command (`open`: not ended yet), left out (`unregistered`, `invalid`), or waiting
 *                   again (`back`)
 *   index >= next   waiting; with `over`: cancelled, or failed since the instance is `gone`
 */
export interface BulkLane {
  bulkId: string;
  tenantId: string;
  /** The bulk's own instance, under which its rows are. */
  homeId: string;
  instanceId: string;
  instanceName: string;
  shard: number;
  total: number;
  next: number;
  /** Recipients that became commands. */
  accepted: number;
  open: number[];
  /** Taken back by a pause before anybody had begun to send them; they are the first when it goes on. */
  back: number[];
  sent: number;
  failed: number;
  unknown: number;
  cancelled: number;
  unregistered: number[];
  invalid: number[];
  /** Recipients before this index have been asked about, by `checkId` if that is under way. */
  checkedTo: number;
  checkId: string | null;
  checks: number;
  /** When the next message may go, by the pacing. */
  nextAtMs: number;
  /** When it is looked at again; every change of the lane is conditional on it. */
  dueMs: number;
  /** When it was looked at last. */
  lookedAtMs?: number;
  /** How long the last looks have found nothing to do. */
  idleMs: number;
  gone: boolean;
  /** Nobody who waits will be written to. */
  over: boolean;
  /** Everybody has a result. */
  done: boolean;
}

export interface BulkRecipient {
  /** JID. */
  to: string;
  /** Of the instance that sends to them. */
  instanceId: string;
  variables: Record<string, string>;
  /** In the file, or the place in the list, from 1. */
  line: number;
}

export interface BulkCounts {
  total: number;
  pending: number;
  queued: number;
  sent: number;
  failed: number;
  unknown: number;
  skipped: number;
  cancelled: number;
}

/** A look's work may be late by this much and is made up for; a longer pause is not. */
const CATCH_UP_MS = 1_000;

/** How many messages may go now, and when the next one after them. */
export function paceOut(
  { minDelayMs, maxDelayMs }: BulkPacing,
  { nextAtMs, nowMs, room, random }: { nextAtMs: number; nowMs: number; room: number; random: () => number },
): { count: number; nextAtMs: number } {
  let at = Math.max(nextAtMs, nowMs - CATCH_UP_MS);
  let count = 0;
  while (count < room && at <= nowMs) {
    count += 1;
    at += minDelayMs + (maxDelayMs - minDelayMs) * random();
  }
  return { count, nextAtMs: at };
}

/** Who sends to somebody: the same one in every bulk over the same instances (rendezvous hashing). */
export function instanceFor<T extends { id: string }>(to: string, instances: readonly T[]): T {
  const weight = ({ id }: T) => sha256Hex(`${id}|${to}`);
  return instances.reduce((best, one) => (weight(one) > weight(best) ? one : best));
}

export function countsOf(lanes: readonly BulkLane[]): BulkCounts {
  const sum = (of: (lane: BulkLane) => number) => lanes.reduce((all, lane) => all + of(lane), 0);
  const waiting = (lane: BulkLane) => lane.total - lane.accepted - lane.unregistered.length - lane.invalid.length;
  return {
    total: sum((lane) => lane.total),
    pending: sum((lane) => (lane.over ? 0 : waiting(lane))),
    queued: sum((lane) => lane.open.length),
    sent: sum((lane) => lane.sent),
    failed: sum((lane) => lane.failed + lane.invalid.length + (lane.over && lane.gone ? waiting(lane) : 0)),
    unknown: sum((lane) => lane.unknown),
    skipped: sum((lane) => lane.unregistered.length),
    cancelled: sum((lane) => lane.cancelled + (lane.over && !lane.gone ? waiting(lane) : 0)),
  };
}

export function bulkStatus({ state, startAtMs }: Bulk, lanes: readonly BulkLane[], nowMs: number): BulkStatus {
  if (state === 'cancelled') return 'CANCELLED';
  if (lanes.every(({ done }) => done)) return 'COMPLETED';
  if (state === 'paused') return 'PAUSED';
  return startAtMs > nowMs ? 'SCHEDULED' : 'RUNNING';
}

/** How one recipient stands, before the message itself is looked at; `ACCEPTED`: ask the message. */
export function placeOf(
  lane: BulkLane,
  index: number,
): 'ACCEPTED' | 'PENDING' | 'SKIPPED' | 'INVALID' | 'GONE' | 'CANCELLED' {
  if (lane.unregistered.includes(index)) return 'SKIPPED';
  if (lane.invalid.includes(index)) return 'INVALID';
  if (index < lane.next && !lane.back.includes(index)) return 'ACCEPTED';
  if (!lane.over) return 'PENDING';
  return lane.gone ? 'GONE' : 'CANCELLED';
}
