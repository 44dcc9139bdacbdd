import type { DomainEvent } from '../../catalogue/events.ts';
import { eventId } from '../../model/ids.ts';
import { type RecordedEvent, streamOf } from '../../ports/events.ts';
import { KEYS, TTL } from './keys.ts';
import { type Row, ttlAt } from './rows.ts';
import type { TransactItem } from './transact.ts';

/** How long events can be read, and how long their repeats are known (as long as the messages that they are about). */
export const EVENT_TTL_MS = 30 * 86_400_000;
export const SEEN_TTL_MS = 90 * 86_400_000;

export interface EventToRecord {
  event: DomainEvent;
  /** What happened, where it may be told more than once: it is settled once. */
  once: string | undefined;
  seq: number;
  tenantId: string;
  shard: number;
}

/** The event's row and its outbox entry: two items. */
export function eventItems(TableName: string, recorded: EventToRecord, nowMs: number): TransactItem[] {
  const { event, once, seq, tenantId, shard } = recorded;
  const stream = streamOf({ ...event, tenantId });
  const ttl = ttlAt(nowMs + EVENT_TTL_MS);
  const id = eventId(stream, once ?? seq);
  const row = { ...event, id, seq, tenantId, shard, once: once !== undefined, [TTL]: ttl };
  return [
    { Put: { TableName, Item: { ...KEYS.event(stream, seq), ...row } } },
    {
      Put: { TableName, Item: { ...KEYS.outbox(shard, stream, seq), tenantId, stream, seq, atMs: nowMs, [TTL]: ttl } },
    },
  ];
}

export function eventOfRow(row: Row): RecordedEvent {
  const { id, seq, tenantId, type, instanceId, timestampMs, data } = row as unknown as RecordedEvent;
  return { id, seq, tenantId, type, instanceId: instanceId ?? null, timestampMs, data } as RecordedEvent;
}
