import { BatchGetCommand, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Dynamo } from './client.ts';
import { type Key, type Prefix, TTL } from './keys.ts';

/** A row as read; each entity's own mapper gives it its type. */
export type Row = Record<string, unknown>;

/** A store's table, and the clock that decides which rows are past their ttl. */
export interface Place {
  dynamo: Dynamo;
  table: string;
  clock: () => number;
}

/** What is null is not stored: `once` fields could not tell a stored null from a moment, and rows stay small. */
export function withoutNulls(fields: object): Row {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined));
}

/** False for a row past its ttl: it is as good as deleted. */
export function isLive(row: Row | undefined, nowMs: number): row is Row {
  if (row === undefined) return false;
  const ttl = row[TTL];
  return typeof ttl !== 'number' || ttl * 1000 > nowMs;
}

/** A ttl, rounded up to the whole second. */
export function ttlAt(timeMs: number): number {
  return Math.ceil(timeMs / 1000);
}

/** A live row by its key; a consistent read. */
export async function getRow({ dynamo, table, clock }: Place, key: Key): Promise<Row | undefined> {
  const { Item } = await dynamo.send(new GetCommand({ TableName: table, Key: key, ConsistentRead: true }));
  return isLive(Item, clock()) ? Item : undefined;
}

/** Rows of one BatchGetItem, at most. */
const BATCH = 100;

/** The live rows of keys, a hundred a request; in no order. Keys that are there twice are asked for once. */
export async function getRows(
  { dynamo, table, clock }: Place,
  keys: readonly Key[],
  { consistent = true }: { consistent?: boolean } = {},
): Promise<Row[]> {
  const wanted = [...new Map(keys.map((key) => [`${key.pk}\n${key.sk}`, key])).values()];
  const batches = Array.from({ length: Math.ceil(wanted.length / BATCH) }, (_, n) =>
    wanted.slice(n * BATCH, (n + 1) * BATCH),
  );
  const getBatch = async (batch: readonly Key[]): Promise<Row[]> => {
    const rows: Row[] = [];
    for (let open: Row[] = batch.map((key) => ({ ...key })); open.length > 0; ) {
      const answer = await dynamo.send(
        new BatchGetCommand({ RequestItems: { [table]: { Keys: open, ConsistentRead: consistent } } }),
      );
      rows.push(...(answer.Responses?.[table] ?? []));
      open = (answer.UnprocessedKeys?.[table]?.Keys as Row[] | undefined) ?? [];
    }
    return rows;
  };
  return (await Promise.all(batches.map(getBatch))).flat().filter((row) => isLive(row, clock()));
}

export interface QueryOptions {
  /** Attributes to read; all when absent. */
  attributes?: readonly string[];
  /** Start after this row. */
  after?: Key;
  /** Rows a page, at most. */
  pageSize?: number;
  /** Also what is past its ttl. */
  expiredToo?: boolean;
  /** False: at half the price, and what was written a moment ago may be missing. True by default. */
  consistent?: boolean;
}

/** The rows of a partition in the order of their sort keys, page by page, by consistent reads unless told otherwise. */
export async function* queryPages(
  { dynamo, table, clock }: Place,
  { pk, prefix }: Prefix,
  { attributes, after, pageSize, expiredToo = false, consistent = true }: QueryOptions = {},
): AsyncGenerator<Row[]> {
  const names: Record<string, string> = { '#pk': 'pk' };
  if (prefix !== '') names['#sk'] = 'sk';
  for (const [i, name] of (attributes ?? []).entries()) names[`#p${i}`] = name;
  let start: Row | undefined = after && { ...after };
  do {
    const page = await dynamo.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: prefix === '' ? '#pk = :pk' : '#pk = :pk AND begins_with(#sk, :prefix)',
        ExpressionAttributeNames: names,
        ExpressionAttributeValues: prefix === '' ? { ':pk': pk } : { ':pk': pk, ':prefix': prefix },
        ProjectionExpression: attributes?.map((_, i) => `#p${i}`).join(', '),
        ConsistentRead: consistent,
        ExclusiveStartKey: start,
        Limit: pageSize,
      }),
    );
    const rows = page.Items ?? [];
    yield expiredToo ? rows : rows.filter((row) => isLive(row, clock()));
    start = page.LastEvaluatedKey;
  } while (start);
}

/** All live rows of a partition. */
export async function queryAll(place: Place, prefix: Prefix, options?: QueryOptions): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const page of queryPages(place, prefix, options)) rows.push(...page);
  return rows;
}

/**
 * Up to `limit` rows after `options.after`, and whether there are more: one row more than wanted is looked for, so a
 * last page is never empty.
 */
export async function queryUpTo(
  place: Place,
  prefix: Prefix,
  limit: number,
  options: QueryOptions = {},
): Promise<{ rows: Row[]; more: boolean }> {
  const rows: Row[] = [];
  for await (const page of queryPages(place, prefix, { ...options, pageSize: limit + 1 })) {
    rows.push(...page);
    if (rows.length > limit) return { rows: rows.slice(0, limit), more: true };
  }
  return { rows, more: false };
}
