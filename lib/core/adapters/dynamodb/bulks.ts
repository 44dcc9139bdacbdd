import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { type Bulk, type BulkLane, type BulkRecipient, type BulkState, PAGE_SIZE } from '../../model/bulk.ts';
import type { BulkEntry, BulkStore, BulkWithLanes } from '../../ports/bulks.ts';
import { commandItems } from './commands.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { buildUpdate } from './expression.ts';
import { bulkKeyRow, freeKey } from './idempotency.ts';
import { KEYS, PREFIXES, TTL } from './keys.ts';
import { MESSAGE_TTL_MS } from './message-row.ts';
import { getRow, getRows, isLive, type Place, queryAll, type Row, ttlAt, withoutNulls } from './rows.ts';
import { type TransactItem, transact } from './transact.ts';

const ID_SHAPE = /^bulk_[0-9A-Z]{26}$/;

export function createBulkStore(place: Place): BulkStore {
  const { dynamo, table: TableName, clock } = place;

  const entryItem = (lane: BulkLane): TransactItem => ({ Put: { TableName, Item: entryToRow(lane) } });
  const keep = ({ startAtMs }: Bulk) => ({ [TTL]: ttlAt(startAtMs + MESSAGE_TTL_MS) });

  const stateItem = ({ instanceId, id }: Bulk, from: readonly BulkState[], to: BulkState): TransactItem => {
    const values = Object.fromEntries(from.map((state, i) => [`:from${i}`, state]));
    return {
      Update: {
        TableName,
        Key: KEYS.bulk(instanceId, id),
        ...buildUpdate({ set: { state: to } }, { names: { '#state': 'state' }, values }),
        ConditionExpression: `#state IN (${Object.keys(values).join(', ')})`,
      },
    };
  };
  /** The lane as it is next, and its entry where that is due. */
  const laneItems = (present: BulkLane, next: BulkLane): TransactItem[] => [
    {
      Update: {
        TableName,
        Key: KEYS.bulkLane(present.homeId, present.bulkId, present.instanceId),
        ...buildUpdate(
          { set: changesOf(present, next) },
          { names: { '#due': 'dueMs', '#done': 'done' }, values: { ':due': present.dueMs, ':false': false } },
        ),
        //   due as it was read, not done → mine
        //   moved by another look, or by pause, resume or cancel → read again
        ConditionExpression: '#due = :due AND #done = :false',
      },
    },
    ...(next.dueMs === present.dueMs
      ? []
      : [{ Delete: { TableName, Key: laterKey(entryOf(present)) } }, entryItem(next)]),
  ];

  const store: BulkStore = {
    async create({ bulk, lanes, recipients, idempotency }) {
      const { instanceId, id } = bulk;
      const put = (Item: Row, ConditionExpression?: string): TransactItem => ({
        Put: { TableName, Item: { ...Item, ...keep(bulk) }, ...(ConditionExpression && { ConditionExpression }) },
      });
      const items: TransactItem[] = [put(bulkToRow(bulk), 'attribute_not_exists(pk)')];
      for (const lane of lanes) items.push(put(laneToRow(lane)), entryItem(lane));
      for (let page = 0; page * PAGE_SIZE < recipients.length; page += 1) {
        const part = recipients.slice(page * PAGE_SIZE, (page + 1) * PAGE_SIZE);
        items.push(put({ ...KEYS.bulkPage(instanceId, id, page), page, recipients: JSON.stringify(part) }));
      }
      const nowMs = clock();
      if (idempotency) {
        const { key, fingerprint } = idempotency;
        items.push({ Put: { TableName, Item: bulkKeyRow(bulk, key, fingerprint, nowMs), ...freeKey(nowMs) } });
      }
      if (!(await transact(dynamo, items))) return { created: true };
      if (!idempotency) throw new Error(`There is a bulk ${id} already.`);
      const earlier = await store.findByIdempotencyKey(bulk.tenantId, idempotency.key);
      return { created: false, bulkId: earlier?.fingerprint === idempotency.fingerprint ? earlier.bulkId : null };
    },

    async findByIdempotencyKey(tenantId, key) {
      const row = await getRow(place, KEYS.idempotency(tenantId, key));
      if (row?.bulkId === undefined) return undefined;
      return { bulkId: row.bulkId as string, fingerprint: row.fingerprint as string };
    },

    async get(homeId, bulkId) {
      return grouped(await queryAll(place, PREFIXES.bulk(homeId, bulkId))).find(({ bulk }) => bulk.id === bulkId);
    },

    async list(homeId, limit, cursor) {
      const [after] = cursor === undefined ? [] : decodeCursor(cursor, [ID_SHAPE]);
      const { pk, prefix } = PREFIXES.bulks(homeId);
      const rows: Row[] = [];
      let start: Row | undefined = after === undefined ? undefined : { ...KEYS.bulk(homeId, after) };
      let heads = 0;
      // Downwards, a bulk comes after its lanes: whose row is here is here whole.
      do {
        const page = await dynamo.send(
          new QueryCommand({
            TableName,
            KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
            ExpressionAttributeValues: { ':pk': pk, ':prefix': prefix },
            ScanIndexForward: false,
            ConsistentRead: true,
            ExclusiveStartKey: start,
            Limit: 3 * (limit + 1),
          }),
        );
        const live = (page.Items ?? []).filter((row) => isLive(row, clock()));
        rows.push(...live);
        heads += live.filter(isHead).length;
        start = page.LastEvaluatedKey;
      } while (start && heads <= limit);
      const found = grouped(rows);
      const items = found.slice(0, limit);
      return { items, nextCursor: found.length > limit ? encodeCursor([items.at(-1)?.bulk.id as string]) : null };
    },

    async pages(homeId, bulkId, pages) {
      const found = new Map<number, BulkRecipient[]>(pages.map((page) => [page, []]));
      const keys = pages.map((page) => KEYS.bulkPage(homeId, bulkId, page));
      for (const row of await getRows(place, keys, { consistent: false })) {
        found.set(row.page as number, JSON.parse(row.recipients as string));
      }
      return found;
    },

    async setState(bulk, from, to) {
      return (await transact(dynamo, [stateItem(bulk, from, to)])) === undefined;
    },

    async steer({ bulk, lanes }, from, to, dueMs) {
      const moved = lanes.filter(({ done }) => !done).flatMap((lane) => laneItems(lane, { ...lane, dueMs, idleMs: 0 }));
      return (await transact(dynamo, [stateItem(bulk, from, to), ...moved])) === undefined;
    },

    async advance(present, next, commands) {
      const accepted = commands.flatMap((command) => commandItems(TableName, command, clock()));
      return (await transact(dynamo, [...laneItems(present, next), ...accepted])) === undefined;
    },

    async dropEntry(entry) {
      const { homeId, bulkId, instanceId, dueMs } = entry;
      const notDue: TransactItem = {
        ConditionCheck: {
          TableName,
          Key: KEYS.bulkLane(homeId, bulkId, instanceId),
          ConditionExpression: 'attribute_not_exists(pk) OR #due <> :due OR #done = :true',
          ExpressionAttributeNames: { '#due': 'dueMs', '#done': 'done' },
          ExpressionAttributeValues: { ':due': dueMs, ':true': true },
        },
      };
      await transact(dynamo, [notDue, { Delete: { TableName, Key: laterKey(entry) } }]);
    },
  };
  return store;
}

function laterKey({ shard, dueMs, instanceId, bulkId }: BulkEntry) {
  return KEYS.later(shard, dueMs, instanceId, bulkId);
}

function entryOf({ tenantId, homeId, bulkId, instanceId, shard, dueMs }: BulkLane): BulkEntry {
  return { kind: 'bulk', tenantId, homeId, bulkId, instanceId, shard, dueMs };
}

function entryToRow(lane: BulkLane): Row {
  const entry = entryOf(lane);
  return { ...laterKey(entry), ...entry };
}

function bulkToRow(bulk: Bulk): Row {
  const { input, ...fields } = bulk;
  return { ...KEYS.bulk(bulk.instanceId, bulk.id), ...withoutNulls(fields), input: JSON.stringify(input) };
}

function laneToRow(lane: BulkLane): Row {
  return { ...KEYS.bulkLane(lane.homeId, lane.bulkId, lane.instanceId), ...withoutNulls(lane) };
}

/** What differs; a lane has at least another moment. */
function changesOf(present: BulkLane, next: BulkLane): Partial<BulkLane> {
  const fields = Object.entries(next).filter(([field, value]) => present[field as keyof BulkLane] !== value);
  return { ...Object.fromEntries(fields), dueMs: next.dueMs };
}

const isHead = (row: Row) => row.id !== undefined;

function grouped(rows: readonly Row[]): BulkWithLanes[] {
  const lanes = Map.groupBy(
    rows.filter((row) => !isHead(row)),
    (row) => row.bulkId as string,
  );
  return rows.filter(isHead).map((row) => ({
    bulk: bulkOfRow(row),
    lanes: (lanes.get(row.id as string) ?? [])
      .map(laneOfRow)
      .sort((a, b) => (a.instanceName < b.instanceName ? -1 : 1)),
  }));
}

function bulkOfRow(row: Row): Bulk {
  const fields = row as unknown as Bulk & { input: string };
  return {
    id: fields.id,
    tenantId: fields.tenantId,
    instanceId: fields.instanceId,
    title: fields.title ?? null,
    state: fields.state,
    operation: fields.operation,
    input: JSON.parse(fields.input) as Bulk['input'],
    template: fields.template ?? null,
    total: fields.total,
    pacing: fields.pacing,
    skipUnregistered: fields.skipUnregistered,
    createdAtMs: fields.createdAtMs,
    startAtMs: fields.startAtMs,
    requestId: fields.requestId ?? null,
  };
}

function laneOfRow(row: Row): BulkLane {
  const { pk: _pk, sk: _sk, [TTL]: _ttl, ...fields } = row;
  return {
    ...(fields as unknown as BulkLane),
    back: (fields.back as number[] | undefined) ?? [],
    checkId: (fields.checkId as string | undefined) ?? null,
  };
}
