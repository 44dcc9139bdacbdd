import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { DELIVERY_TTL_MS, deliveryShard } from '../../model/webhook.ts';
import type { DueAttempt, DueEntry, DueKey, DueWork } from '../../ports/webhooks.ts';
import { DUE_INDEX, DUE_RANGE, GSI1, KEYS, PREFIXES, TTL } from './keys.ts';
import { type Place, type Row, ttlAt } from './rows.ts';
import type { TransactItem } from './transact.ts';

const WAITING_PAGE = 64;

/** What waits, in the queue of its endpoint and in the index of its shard. Forgotten once its event is. */
export function dueItem(TableName: string, key: DueKey, work: DueAttempt | DueWork, nowMs: number): TransactItem {
  const { tenantId, webhookId, id, dueAtMs } = key;
  return {
    Put: {
      TableName,
      Item: {
        ...KEYS.due(webhookId, dueAtMs, id),
        ...{ tenantId, webhookId, id, dueAtMs },
        ...work,
        gsi1pk: DUE_INDEX.pk(deliveryShard(webhookId)),
        gsi1sk: DUE_INDEX.sk(webhookId, dueAtMs, id),
        [TTL]: ttlAt(Math.max(nowMs, dueAtMs) + DELIVERY_TTL_MS),
      },
    },
  };
}

export function dueOfRow(row: Row): DueEntry {
  const { pk: _pk, sk: _sk, gsi1pk: _gsi1pk, gsi1sk: _gsi1sk, [TTL]: _ttl, ...entry } = row;
  return entry as unknown as DueEntry;
}

export async function* waitingEntries(
  { dynamo, table }: Place,
  webhookId: string,
  afterMs: number,
): AsyncGenerator<DueEntry[]> {
  let start: Row | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await dynamo.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: 'pk = :pk AND sk > :after',
        ExpressionAttributeValues: { ':pk': PREFIXES.due(webhookId).pk, ':after': DUE_RANGE(afterMs).to },
        ConsistentRead: true,
        ExclusiveStartKey: start,
        Limit: WAITING_PAGE,
      }),
    );
    yield Items.map(dueOfRow);
    start = LastEvaluatedKey;
  } while (start);
}

/**
 * Endpoints with something overdue. Looks at the first entry of each endpoint only, so that a long queue of one costs
 * the others nothing.
 */
export async function* overdueEndpoints(
  { dynamo, table }: Place,
  shard: number,
  beforeMs: number,
): AsyncGenerator<Pick<DueKey, 'tenantId' | 'webhookId'>> {
  let after = '';
  for (;;) {
    const { Items = [] } = await dynamo.send(
      new QueryCommand({
        TableName: table,
        IndexName: GSI1,
        KeyConditionExpression: 'gsi1pk = :shard AND gsi1sk > :after',
        ExpressionAttributeValues: { ':shard': DUE_INDEX.pk(shard), ':after': after === '' ? ' ' : after },
        Limit: 1,
      }),
    );
    const [row] = Items;
    if (!row) return;
    const { tenantId, webhookId, dueAtMs } = dueOfRow(row);
    if (dueAtMs <= beforeMs) yield { tenantId, webhookId };
    after = DUE_INDEX.after(webhookId);
  }
}
