import { type CounterName, hourStart } from '../model/stats.ts';
import { recordConnection } from '../model/uptime.ts';
import type { EventBell, EventSubscribers, Ports, RecordedEvent, Settlement } from '../ports/index.ts';
import type { LimitWatch } from './watch-limits.ts';

/** Events of one settlement: a transaction takes 100 items, and each event takes two besides its counters. */
const MAX_EVENTS = 20;
/** Hours of one settlement: each has up to five rows of counters. */
const MAX_HOURS = 4;
/** Lost races in a row before the bell is left to be heard again. */
const MAX_RACES = 5;

const COUNTED: Partial<Record<RecordedEvent['type'], CounterName>> = {
  'message.received': 'received',
  'message.failed': 'failed',
  'message.delivered': 'delivered',
  'message.read': 'read',
};

type Unsettled = Settlement['events'][number];

/**
 * Tells subscribers what a stream has not settled yet, and settles it: in order, a batch at a time, until nothing is
 * left. Told at least once, counted exactly once: a crash in between tells again, and the cursor counts once.
 *
 *   rows after the cursor ──► subscribers ──► cursor + counters − outbox, one transaction ──► next batch
 *
 * Returns the number of events that were settled here.
 * @throws Error of a subscriber or the store: nothing after the last settled batch is lost, the bell will ring again
 */
export async function settleEvents(
  ports: Pick<Ports, 'events' | 'instances'> & { subscribers: EventSubscribers },
  { tenantId, instanceId: streamId }: Pick<EventBell, 'tenantId' | 'instanceId'>,
  watchLimits: LimitWatch = async () => undefined,
): Promise<number> {
  let settled = 0;
  for (let races = 0; ; ) {
    const [{ cursor, events: unsettled }, instance] = await Promise.all([
      ports.events.unsettled(streamId, MAX_EVENTS),
      streamId === tenantId ? undefined : ports.instances.get(tenantId, streamId),
    ]);
    const events = ofFewHours(unsettled);
    if (events.length === 0) return settled;
    const context = { instance };
    for (const { event, repeat } of events) {
      if (repeat) continue;
      for (const subscriber of ports.subscribers) await subscriber.tell(event, context);
    }
    const connections = instance && connectionsAfter(instance.connections ?? [], events);
    const changed = connections !== undefined && connections !== instance?.connections && connections.length > 0;
    const done = await ports.events.settle({
      ...{ tenantId, streamId, cursor, events },
      counts: countsOf(events),
      ...(changed ? { connections } : {}),
    });
    if (done) {
      settled += events.length;
      await watchLimits(
        tenantId,
        events.map(({ event }) => event),
      );
      races = 0;
      if (unsettled.length < MAX_EVENTS && events.length === unsettled.length) return settled;
    } else {
      races += 1;
      if (races >= MAX_RACES) throw new Error(`The events of ${streamId} are settled by others at the same time.`);
    }
  }
}

/** As many from the front as lie in few enough hours. */
function ofFewHours(events: readonly Unsettled[]): Unsettled[] {
  const hours = new Set<number>();
  const taken: Unsettled[] = [];
  for (const entry of events) {
    hours.add(hourStart(entry.event.timestampMs));
    if (hours.size > MAX_HOURS) break;
    taken.push(entry);
  }
  return taken;
}

/** What events add to the counters. What was written on the phone itself is told, and not counted as sent. */
export function countsOf(events: readonly Pick<Unsettled, 'event' | 'repeat'>[]): Settlement['counts'] {
  const hours = new Map<number, Partial<Record<CounterName, number>>>();
  for (const { event, repeat } of events) {
    if (repeat) continue;
    const names: CounterName[] = [];
    const counted = COUNTED[event.type];
    const isSystem = event.type === 'message.received' && event.data.type === 'system';
    if (counted && !isSystem) names.push(counted);
    if (event.type === 'message.sent' && event.data.source === 'api') {
      names.push('sent');
      if (event.data.isAutoReply) names.push('autoReplies');
    }
    if (names.length === 0) continue;
    const hourMs = hourStart(event.timestampMs);
    const counts = hours.get(hourMs) ?? {};
    hours.set(hourMs, counts);
    for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  }
  return [...hours].map(([hourMs, counts]) => ({ hourMs, counts }));
}

function connectionsAfter(before: readonly number[], events: readonly Unsettled[]): readonly number[] {
  let connections = before;
  for (const { event } of events) {
    if (!event.type.startsWith('instance.') || event.type === 'instance.qr') continue;
    connections = recordConnection(connections, event.type === 'instance.connected', event.timestampMs);
  }
  return connections;
}
