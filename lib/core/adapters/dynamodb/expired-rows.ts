import { DeleteCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { ExpiredRows } from '../../ports/fleet.ts';
import type { Clock } from '../../ports/index.ts';
import type { Dynamo } from './client.ts';
import { type Key, TTL } from './keys.ts';
import { isConditionFailure } from './transact.ts';

/** Deletes side by side. */
const BATCH = 25;

/**
 * What DynamoDB does by itself and the embedded database does not. On AWS nobody needs it. Reads whole tables, so it is
 * for a machine's worth of rows.
 */
export function createExpiredRows(dynamo: Dynamo, tables: readonly string[], clock: Clock): ExpiredRows {
  async function remove(TableName: string, Key: Key, beforeSeconds: number): Promise<number> {
    const condition = {
      ConditionExpression: '#ttl < :before',
      ExpressionAttributeNames: { '#ttl': TTL },
      ExpressionAttributeValues: { ':before': beforeSeconds },
    };
    try {
      await dynamo.send(new DeleteCommand({ TableName, Key, ...condition }));
      return 1;
    } catch (error) {
      if (isConditionFailure(error)) return 0;
      throw error;
    }
  }

  async function* expired(TableName: string, beforeSeconds: number): AsyncIterable<Key[]> {
    let ExclusiveStartKey: Record<string, unknown> | undefined;
    do {
      const page = await dynamo.send(
        new ScanCommand({
          TableName,
          FilterExpression: '#ttl < :before',
          ProjectionExpression: 'pk, sk',
          ExpressionAttributeNames: { '#ttl': TTL },
          ExpressionAttributeValues: { ':before': beforeSeconds },
          ...(ExclusiveStartKey && { ExclusiveStartKey }),
        }),
      );
      ExclusiveStartKey = page.LastEvaluatedKey;
      yield (page.Items ?? []) as unknown as Key[];
    } while (ExclusiveStartKey);
  }

  return {
    async sweep() {
      const beforeSeconds = Math.floor(clock() / 1_000);
      let gone = 0;
      for (const table of tables) {
        for await (const keys of expired(table, beforeSeconds)) {
          for (let i = 0; i < keys.length; i += BATCH) {
            const removed = keys.slice(i, i + BATCH).map((key) => remove(table, key, beforeSeconds));
            for (const count of await Promise.all(removed)) gone += count;
          }
        }
      }
      return gone;
    },
  };
}
