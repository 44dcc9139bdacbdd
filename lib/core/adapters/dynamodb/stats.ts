import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { COUNTER_NAMES, type Counts, dayOf, hourOf, monthOf, type StatsScope } from '../../model/stats.ts';
import type { StatsStore } from '../../ports/stats.ts';
import { buildUpdate } from './expression.ts';
import { KEYS, type Key, STATS_INDEX, TTL } from './keys.ts';
import { getRow, getRows, isLive, type Place, type Row, ttlAt } from './rows.ts';
import { MAX_TRANSACT_ITEMS, type TransactItem, transact } from './transact.ts';

const DAY_MS = 86_400_000;
const HOUR_TTL_MS = 8 * DAY_MS;
const DAY_TTL_MS = 400 * DAY_MS;

export interface CountersToAdd {
  tenantId: string;
  /** Equal to the tenant's id where no instance is meant. */
  instanceId: string;
  counts: readonly { hourMs: number; counts: Partial<Counts> }[];
}

/** One update a row: hour and day of the instance, hour, day and month of the tenant. */
export function counterItems(TableName: string, ...additions: readonly CountersToAdd[]): TransactItem[] {
  const rows = new Map<string, { Key: Key; add: Record<string, number>; ttlMs: number }>();
  const put = (Key: Key, counts: Partial<Counts>, ttlMs: number) => {
    const id = `${Key.pk} ${Key.sk}`;
    const row = rows.get(id) ?? { Key, add: {}, ttlMs };
    rows.set(id, row);
    for (const name of COUNTER_NAMES) if (counts[name]) row.add[name] = (row.add[name] ?? 0) + counts[name];
  };
  for (const { tenantId, instanceId, counts } of additions) {
    const scopes: StatsScope[] = instanceId === tenantId ? [{ tenantId }] : [{ tenantId }, { instanceId }];
    for (const { hourMs, counts: added } of counts) {
      if (Object.keys(added).length === 0) continue;
      for (const scope of scopes) {
        put(KEYS.statsHour(scope, hourOf(hourMs)), added, hourMs + HOUR_TTL_MS);
        put(KEYS.statsDay(scope, dayOf(hourMs)), added, hourMs + DAY_TTL_MS);
      }
      put(KEYS.statsMonth(tenantId, monthOf(hourMs)), added, hourMs + DAY_TTL_MS);
    }
  }
  return [...rows.values()].map(({ Key, add, ttlMs }) => ({
    Update: { TableName, Key, ...buildUpdate({ add, set: { [TTL]: ttlAt(ttlMs) } }) },
  }));
}

/** Calls of an hour, of whom nothing else is counted. */
function callItems(TableName: string, scope: StatsScope, hourMs: number, apiCalls: number): TransactItem[] {
  const rows: [Key, number][] = [
    [KEYS.statsHour(scope, hourOf(hourMs)), HOUR_TTL_MS],
    [KEYS.statsDay(scope, dayOf(hourMs)), DAY_TTL_MS],
  ];
  return rows.map(([Key, ttlMs]) => ({
    Update: { TableName, Key, ...buildUpdate({ add: { apiCalls }, set: { [TTL]: ttlAt(hourMs + ttlMs) } }) },
  }));
}

export function createStatsStore(place: Place): StatsStore {
  const { dynamo, table: TableName, clock } = place;

  async function between(pk: string, from: string, to: string): Promise<Row[]> {
    const rows: Row[] = [];
    let start: Row | undefined;
    do {
      const page = await dynamo.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
          ExpressionAttributeValues: { ':pk': pk, ':from': from, ':to': to },
          ConsistentRead: true,
          ExclusiveStartKey: start,
        }),
      );
      rows.push(...(page.Items ?? []).filter((row) => isLive(row, clock())));
      start = page.LastEvaluatedKey;
    } while (start);
    return rows;
  }

  return {
    async days(scope, from, to) {
      const { pk, sk } = KEYS.statsDay(scope, from);
      const rows = await between(pk, sk, KEYS.statsDay(scope, to).sk);
      return rows.map((row) => ({ day: STATS_INDEX.period(row.sk as string), counts: countsOf(row) }));
    },

    async hours(scope, fromMs, toMs) {
      const { pk, sk } = KEYS.statsHour(scope, hourOf(fromMs));
      const rows = await between(pk, sk, KEYS.statsHour(scope, hourOf(toMs)).sk);
      return rows.map((row) => ({
        hourMs: Date.parse(`${STATS_INDEX.period(row.sk as string)}:00:00.000Z`),
        counts: countsOf(row),
      }));
    },

    async dayOf(instanceIds, day) {
      const keys = new Map(instanceIds.map((instanceId) => [KEYS.statsDay({ instanceId }, day).pk, instanceId]));
      const found = new Map<string, Counts>();
      const rows = await getRows(
        place,
        instanceIds.map((instanceId) => KEYS.statsDay({ instanceId }, day)),
      );
      for (const row of rows) found.set(keys.get(row.pk as string) as string, countsOf(row));
      return found;
    },

    async month(tenantId, month) {
      return countsOf((await getRow(place, KEYS.statsMonth(tenantId, month))) ?? {});
    },

    async addApiCalls(tenantId, hourMs, calls, byInstance, byKey = new Map()) {
      const ofInstances = [...byInstance.values()].reduce((sum, n) => sum + n, 0);
      const additions = [...byInstance].map(([instanceId, apiCalls]) => ({
        tenantId,
        instanceId,
        counts: [{ hourMs, counts: { apiCalls } }],
      }));
      const rest = calls - ofInstances;
      const items = counterItems(TableName, ...additions, {
        tenantId,
        instanceId: tenantId,
        counts: [{ hourMs, counts: rest > 0 ? { apiCalls: rest } : {} }],
      });
      for (const [keyId, apiCalls] of byKey) items.push(...callItems(TableName, { keyId }, hourMs, apiCalls));
      for (let i = 0; i < items.length; i += MAX_TRANSACT_ITEMS) {
        await transact(dynamo, items.slice(i, i + MAX_TRANSACT_ITEMS));
      }
    },
  };
}

function countsOf(row: Row): Counts {
  return Object.fromEntries(COUNTER_NAMES.map((name) => [name, (row[name] as number | undefined) ?? 0])) as Counts;
}
