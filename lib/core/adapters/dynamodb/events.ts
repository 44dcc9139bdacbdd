import { BatchGetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { EventStore, OutboxEntry, RecordedEvent, Settlement } from '../../ports/events.ts';
import { EVENT_TTL_MS, eventItems, eventOfRow, SEEN_TTL_MS } from './event-row.ts';
import { buildUpdate } from './expression.ts';
import { KEYS, PREFIXES, TTL } from './keys.ts';
import { getRow, isLive, type Place, queryUpTo, type Row, ttlAt } from './rows.ts';
import { counterItems } from './stats.ts';
import { type TransactItem, transact } from './transact.ts';

/** Account events have no instance and so no shard of one: the first takes them. */
export const ACCOUNT_SHARD = 0;
/** Tries to number an account event while others number theirs. */
const MAX_NUMBERINGS = 10;
/** DynamoDB gives at most this many rows of a batch. */
const BATCH = 100;

export function createEventStore(place: Place): EventStore {
  const { dynamo, table: TableName, clock } = place;

  async function after(streamId: string, afterSeq: number, limit: number): Promise<Row[]> {
    const { pk, sk } = KEYS.event(streamId, afterSeq);
    return (await queryUpTo(place, PREFIXES.events(streamId), limit, { after: { pk, sk } })).rows;
  }

  async function cursorOf(streamId: string): Promise<number> {
    return ((await getRow(place, KEYS.eventCursor(streamId)))?.settledSeq as number | undefined) ?? 0;
  }

  /** Which of the ids were settled. */
  async function seen(streamId: string, ids: readonly string[]): Promise<Set<string>> {
    if (ids.length === 0) return new Set();
    const Keys = [...new Set(ids)].slice(0, BATCH).map((id) => KEYS.eventSeen(streamId, id));
    const { Responses } = await dynamo.send(
      new BatchGetCommand({ RequestItems: { [TableName]: { Keys, ConsistentRead: true } } }),
    );
    // One that was not given in this batch is found by the settlement's condition.
    return new Set((Responses?.[TableName] ?? []).map((row) => row.id as string));
  }

  const store: EventStore = {
    async list(streamId, afterSeq, limit) {
      const rows = await after(streamId, afterSeq, limit);
      const lastSeq = (rows.at(-1)?.seq as number | undefined) ?? afterSeq;
      return { events: rows.filter((row) => row.repeat !== true).map(eventOfRow), lastSeq };
    },

    async latest(streamId, limit) {
      const { pk, prefix } = PREFIXES.events(streamId);
      const { Items = [] } = await dynamo.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
          ExpressionAttributeValues: { ':pk': pk, ':prefix': prefix },
          ScanIndexForward: false,
          Limit: limit,
        }),
      );
      return Items.filter((row) => isLive(row, clock()) && row.repeat !== true).map(eventOfRow);
    },

    async recordAccountEvent(tenantId, event, once) {
      for (let attempt = 1; attempt <= MAX_NUMBERINGS; attempt += 1) {
        const numbers = KEYS.eventNumbers(tenantId);
        const last = ((await getRow(place, numbers))?.lastSeq as number | undefined) ?? 0;
        const seq = last + 1;
        const nowMs = clock();
        const recorded = { event, once, seq, tenantId, shard: ACCOUNT_SHARD, isAnnounced: true };
        const failed = await transact(dynamo, [
          { Update: { TableName, Key: numbers, ...countedUpdate('lastSeq', last, seq) } },
          {
            Put: {
              TableName,
              Item: { ...KEYS.eventTold(tenantId, once), [TTL]: ttlAt(nowMs + SEEN_TTL_MS) },
              ConditionExpression: 'attribute_not_exists(pk)',
            },
          },
          ...eventItems(TableName, recorded, nowMs),
        ]);
        if (!failed) return { v: 1, tenantId, instanceId: tenantId, seq };
        if (failed[1]) return undefined;
      }
      throw new Error(`The events of ${tenantId} could not be numbered.`);
    },

    async unsettled(streamId, limit) {
      const cursor = await cursorOf(streamId);
      const rows = await after(streamId, cursor, limit);
      const events = rows.map((row) => ({
        event: eventOfRow(row),
        once: row.once === true,
        shard: row.shard as number,
        isAnnounced: row.isAnnounced !== false,
      }));
      const known = await seen(
        streamId,
        events.filter(({ once }) => once).map(({ event }) => event.id),
      );
      return {
        cursor,
        events: events.map((entry) => {
          const repeat = entry.once && known.has(entry.event.id);
          if (entry.once) known.add(entry.event.id);
          return { ...entry, repeat };
        }),
      };
    },

    async settle(settlement) {
      return (await transact(dynamo, settlementItems(TableName, settlement, clock()))) === undefined;
    },

    async listOutbox(shard, limit) {
      const { rows } = await queryUpTo(place, PREFIXES.outbox(shard), limit, { consistent: false });
      return rows.map((row): OutboxEntry => {
        const { tenantId, stream, seq, atMs } = row as { tenantId: string; stream: string; seq: number; atMs: number };
        return { v: 1, tenantId, instanceId: stream, seq, recordedAtMs: atMs };
      });
    },

    async clearOutbox(shard, entries) {
      const cursors = new Map<string, number>();
      for (const { instanceId: stream, seq } of entries) {
        if (!cursors.has(stream)) cursors.set(stream, await cursorOf(stream));
        const settled = seq <= (cursors.get(stream) as number);
        if (!settled && (await getRow(place, KEYS.event(stream, seq)))) continue;
        await transact(dynamo, [{ Delete: { TableName, Key: KEYS.outbox(shard, stream, seq) } }]);
      }
    },
  };
  return store;
}

/**
 *   cursor  ──= as read──►  last event        one number, so a batch is settled by one worker only
 *   ids of what may be told twice             each once: a second one makes the whole settlement void
 *   counters += · outbox entries away · connected times replaced
 */
function settlementItems(TableName: string, settlement: Settlement, nowMs: number): TransactItem[] {
  const { tenantId, streamId, cursor, events, counts, connections } = settlement;
  const last = events.at(-1)?.event.seq ?? cursor;
  const items: TransactItem[] = [
    { Update: { TableName, Key: KEYS.eventCursor(streamId), ...countedUpdate('settledSeq', cursor, last) } },
  ];
  for (const { event, repeat, once, shard, isAnnounced } of events) {
    if (isAnnounced) items.push({ Delete: { TableName, Key: KEYS.outbox(shard, streamId, event.seq) } });
    if (repeat) items.push(repeatItem(TableName, streamId, event, nowMs));
    else if (once) {
      const Item = { ...KEYS.eventSeen(streamId, event.id), id: event.id, [TTL]: ttlAt(nowMs + SEEN_TTL_MS) };
      items.push({ Put: { TableName, Item, ConditionExpression: 'attribute_not_exists(pk)' } });
    }
  }
  items.push(...counterItems(TableName, { tenantId, instanceId: streamId, counts }));
  if (connections) {
    items.push({
      Update: {
        TableName,
        Key: KEYS.instance(tenantId, streamId),
        ...buildUpdate({ set: { connections } }, { names: { '#id': 'id' } }),
        ConditionExpression: 'attribute_exists(#id)',
      },
    });
  }
  return items;
}

/** Marks the row of an event that told what was told before. The ttl again, for a row that went away meanwhile. */
function repeatItem(TableName: string, streamId: string, event: RecordedEvent, nowMs: number): TransactItem {
  const changes = { set: { repeat: true }, once: { [TTL]: ttlAt(nowMs + EVENT_TTL_MS) } };
  return { Update: { TableName, Key: KEYS.event(streamId, event.seq), ...buildUpdate(changes) } };
}

/** Sets a number that nobody else has moved since it was read as `from` (0: it was not there). */
function countedUpdate(attribute: string, from: number, to: number) {
  const names = { '#from': attribute };
  return {
    ...buildUpdate({ set: { [attribute]: to } }, { names, ...(from === 0 ? {} : { values: { ':from': from } }) }),
    ConditionExpression: from === 0 ? 'attribute_not_exists(#from)' : '#from = :from',
  };
}
