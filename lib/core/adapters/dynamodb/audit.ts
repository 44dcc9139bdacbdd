import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { AuditEntry } from '../../model/audit.ts';
import type { AuditStore } from '../../ports/audit.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { AUDIT_RANGE, KEYS, TTL } from './keys.ts';
import { isLive, type Place, type Row, ttlAt, withoutNulls } from './rows.ts';
import type { TransactItem } from './transact.ts';

/** Queries of one page, at most: a filter that finds little answers a short page instead of reading on and on. */
const MAX_QUERIES = 3;
/** DynamoDB counts `Limit` before the filter: a filtered query reads this many rows. */
const FILTERED_CHUNK = 1_000;
const SORT_KEY = /^AT#\d{13}#aud_[0-9A-Z]{1,64}$/;

/** The item that puts an audit entry into a write's own transaction. */
export function auditItem(TableName: string, entry: AuditEntry): TransactItem {
  const { keepUntilMs, before, after, ...fields } = entry;
  return {
    Put: {
      TableName,
      Item: {
        ...KEYS.audit(entry.tenantId, entry.atMs, entry.id),
        ...fields,
        ...withoutNulls({ before, after }),
        actorId: entry.actor.id,
        [TTL]: ttlAt(keepUntilMs),
      },
    },
  };
}

export function createAuditStore({ dynamo, table, clock }: Place): AuditStore {
  return {
    async list(tenantId, { action, actorId, fromMs, toMs }, limit, cursor) {
      const { pk, from, to } = AUDIT_RANGE(tenantId, fromMs, toMs);
      const wanted = Object.entries({ action, actorId }).filter(([, value]) => value !== undefined);
      let start: Row | undefined = cursor ? { pk, sk: decodeCursor(cursor, [SORT_KEY])[0] } : undefined;
      const found: Row[] = [];
      for (let query = 0; query < MAX_QUERIES; query += 1) {
        const page = await dynamo.send(
          new QueryCommand({
            TableName: table,
            KeyConditionExpression: '#pk = :pk AND #sk BETWEEN :from AND :to',
            ...(wanted.length > 0 && { FilterExpression: wanted.map(([name]) => `#${name} = :${name}`).join(' AND ') }),
            ExpressionAttributeNames: {
              ...{ '#pk': 'pk', '#sk': 'sk' },
              ...Object.fromEntries(wanted.map(([name]) => [`#${name}`, name])),
            },
            ExpressionAttributeValues: {
              ...{ ':pk': pk, ':from': from, ':to': to },
              ...Object.fromEntries(wanted.map(([name, value]) => [`:${name}`, value])),
            },
            ConsistentRead: true,
            ScanIndexForward: false,
            ExclusiveStartKey: start,
            // One more than wanted is looked for, so a last page is never empty.
            Limit: wanted.length > 0 ? FILTERED_CHUNK : limit + 1,
          }),
        );
        found.push(...(page.Items ?? []).filter((row) => isLive(row, clock())));
        start = page.LastEvaluatedKey;
        if (found.length > limit) {
          const last = found[limit - 1] as Row;
          return { items: found.slice(0, limit).map(entryOfRow), nextCursor: encodeCursor([last.sk as string]) };
        }
        if (!start) break;
      }
      return { items: found.map(entryOfRow), nextCursor: start ? encodeCursor([start.sk as string]) : null };
    },
  };
}

function entryOfRow(row: Row): AuditEntry {
  const { id, tenantId, action, actor, target, origin, before, after, atMs } = row as unknown as AuditEntry;
  return {
    ...{ id, tenantId, action, actor, target, origin, atMs },
    before: before ?? null,
    after: after ?? null,
    keepUntilMs: (row[TTL] as number) * 1000,
  };
}
