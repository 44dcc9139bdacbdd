import type { Role } from '../../lib/core/model/account.ts';
import type { Instance } from '../../lib/core/model/instance.ts';
import { type EventContext, type RecordedEvent, streamOf } from '../../lib/core/ports/events.ts';
import type { Ports } from '../../lib/core/ports/index.ts';
import type { LivePositions } from '../../lib/core/ports/live.ts';
import { mayReach, type UserPrincipal } from '../../lib/core/usecases/access.ts';
import { decodeCursor, encodeCursor, positionAfter, positionOf, toldUntil } from './cursor.ts';
import { type LiveEventName, type LiveFrame, MAX_FRAME_BYTES, MESSAGE_CHANGED, partsOf } from './frames.ts';

/** Who watches. */
interface Watcher {
  tenantId: string;
  userId: string;
  role: Role;
}
export interface Viewer extends Watcher {
  /** Has asked to be told what becomes of messages, too. */
  followsMessages: boolean;
}

/** An event made ready for everybody who may see it. */
export interface Told {
  event: RecordedEvent;
  instance: Instance | undefined;
  parts: { name: LiveEventName; data: object }[];
}

/** How long after it a cursor is good for. */
export const RESUME_WITHIN_MS = 24 * 3_600_000;
/** More than these are not replayed: the client had better ask for everything anew. */
export const MAX_REPLAYED = 500;

export type ResyncReason = 'cursor_invalid' | 'cursor_too_old' | 'too_many_events';

export async function toldOf(event: RecordedEvent, { instance }: EventContext): Promise<Told> {
  return { event, instance, parts: await partsOf(event) };
}

/** Account events are for everybody in the subscription; those of an instance for who may reach it. */
export function maySee(viewer: Watcher, { event, instance }: Told): boolean {
  if (event.tenantId !== viewer.tenantId) return false;
  if (event.instanceId === null) return true;
  return instance !== undefined && mayReach(principalOf(viewer), instance);
}

/** Whether the event is news to a viewer of this kind, whoever may see it. */
export function isFor({ followsMessages }: Pick<Viewer, 'followsMessages'>, { parts }: Told): boolean {
  return parts.some(({ name }) => followsMessages || name !== MESSAGE_CHANGED);
}

/**
 * The frames of an event that this viewer has not had, each with the position that it brings them to; moves
 * `positions` over the whole event, also when there is nothing to say.
 */
export function framesFor(viewer: Viewer, told: Told, positions: LivePositions, nowMs: number): LiveFrame[] {
  if (!maySee(viewer, told)) return [];
  const { event, instance, parts } = told;
  const streamId = streamOf(event);
  const frames: LiveFrame[] = [];
  for (const [i, { name, data }] of isFor(viewer, told) ? parts.entries() : []) {
    const position = positionOf(event.seq, i, parts.length);
    if (position <= (positions[streamId] ?? 0)) continue;
    positions[streamId] = position;
    frames.push({
      ...{ event: name, id: event.id, instanceName: instance?.name ?? null, data },
      ...{ timestamp: new Date(event.timestampMs).toISOString(), cursor: encodeCursor(positions, nowMs) },
    });
  }
  positions[streamId] = Math.max(positions[streamId] ?? 0, positionAfter(event.seq));
  return frames;
}

/** A frame of the connection itself. */
export function controlFrame(
  event: 'connected' | 'resync' | 'pong',
  data: object,
  positions: LivePositions,
  nowMs: number,
): LiveFrame {
  const timestamp = new Date(nowMs).toISOString();
  return { event, instanceName: null, data, timestamp, cursor: encodeCursor(positions, nowMs) };
}

/** @throws Error when the frame is larger than a front end takes: the bounds of `frames.ts` are wrong then */
export function textOf(frame: LiveFrame): string {
  const text = JSON.stringify(frame);
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_FRAME_BYTES) throw new Error(`A frame of ${frame.event} has ${bytes} bytes.`);
  return text;
}

/** Where a viewer stands who has seen nothing yet. At most two round trips. */
export async function presentPositions(
  ports: Pick<Ports, 'instances' | 'live'>,
  viewer: Watcher,
): Promise<LivePositions> {
  const streamIds = [viewer.tenantId, ...(await visibleInstances(ports, viewer)).keys()];
  const told = await ports.live.lastTold(streamIds);
  return Object.fromEntries([...told].map(([streamId, seq]) => [streamId, positionAfter(seq)]));
}

/**
 * What a viewer has missed since a cursor, in the order of each stream and by time across them; or why that cannot be
 * said. Events that are recorded but not told yet are in it, too.
 */
export async function missedSince(
  ports: Pick<Ports, 'instances' | 'events' | 'clock'>,
  viewer: Watcher,
  cursor: string,
): Promise<{ positions: LivePositions; missed: Told[] } | { resync: ResyncReason }> {
  const instances = await visibleInstances(ports, viewer);
  const streamIds = [viewer.tenantId, ...instances.keys()];
  const decoded = decodeCursor(cursor, viewer.tenantId, streamIds);
  if (!decoded) return { resync: 'cursor_invalid' };
  if (ports.clock() - decoded.atMs > RESUME_WITHIN_MS) return { resync: 'cursor_too_old' };
  const { positions } = decoded;
  const streams = await Promise.all(
    streamIds.map(async (streamId) => {
      const after = toldUntil(positions[streamId] as number);
      const { events } = await ports.events.list(streamId, after, MAX_REPLAYED + 1);
      return events.map((event) => ({ event, instance: instances.get(streamId) }));
    }),
  );
  if (streams.reduce((sum, events) => sum + events.length, 0) > MAX_REPLAYED) return { resync: 'too_many_events' };
  const missed = await Promise.all(merged(streams).map(({ event, instance }) => toldOf(event, { instance })));
  return { positions, missed };
}

function principalOf({ tenantId, userId, role }: Watcher): UserPrincipal {
  const origin = { address: null, userAgent: null };
  return { kind: 'user', origin, tenantId, userId, role, name: '', mustChangePassword: false };
}

async function visibleInstances(ports: Pick<Ports, 'instances'>, viewer: Watcher): Promise<Map<string, Instance>> {
  const all = await ports.instances.list(viewer.tenantId);
  const principal = principalOf(viewer);
  return new Map(all.filter((instance) => mayReach(principal, instance)).map((instance) => [instance.id, instance]));
}

/** Always the stream whose next event is the oldest: a stream's own order stays, whatever its clock did. */
function merged<T extends { event: RecordedEvent }>(streams: T[][]): T[] {
  const rest = streams.filter((stream) => stream.length > 0).map((stream) => [...stream].reverse());
  const out: T[] = [];
  while (rest.length > 0) {
    let [oldest] = rest as [T[]];
    for (const stream of rest) {
      if ((stream.at(-1) as T).event.timestampMs < (oldest.at(-1) as T).event.timestampMs) oldest = stream;
    }
    out.push(oldest.pop() as T);
    if (oldest.length === 0) rest.splice(rest.indexOf(oldest), 1);
  }
  return out;
}
