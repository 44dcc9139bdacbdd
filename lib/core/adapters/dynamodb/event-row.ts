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
  /** It has an outbox entry of its own. The entry of a later event of the same transaction does for it otherwise. */
  isAnnounced: boolean;
}

/** The event's row, and its outbox entry where it has one. */
export function eventItems(TableName: string, recorded: EventToRecord, nowMs: number): TransactItem[] {
  const { event, once, seq, tenantId, shard, isAnnounced } = recorded;
  const stream = streamOf({ ...event, tenantId });
  const ttl = ttlAt(nowMs + EVENT_TTL_MS);
  const id = eventId(stream, once ?? seq);
  const about = { id, seq, tenantId, shard, once: once !== undefined, ...(isAnnounced ? {} : { isAnnounced }) };
  const row = { Put: { TableName, Item: { ...KEYS.event(stream, seq), ...event, ...about, [TTL]: ttl } } };
  if (!isAnnounced) return [row];
  const Item = { ...KEYS.outbox(shard, stream, seq), tenantId, stream, seq, atMs: nowMs, [TTL]: ttl };
  return [row, { Put: { TableName, Item } }];
}

export function eventOfRow(row: Row): RecordedEvent {
  const { id, seq, tenantId, type, instanceId, timestampMs, data } = row as unknown as RecordedEvent;
  return { id, seq, tenantId, type, instanceId: instanceId ?? null, timestampMs, data } as RecordedEvent;
}
