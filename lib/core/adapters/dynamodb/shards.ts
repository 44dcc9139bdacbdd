import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { ShardStore } from '../../ports/shards.ts';
import { buildUpdate } from './expression.ts';
import { KEYS } from './keys.ts';
import { getRow, type Place } from './rows.ts';
import { isConditionFailure } from './transact.ts';

export function createShardStore(place: Place): ShardStore {
  const { dynamo, table: TableName } = place;
  return {
    async get(shard) {
      const row = await getRow(place, KEYS.shardOwner(shard));
      return row && { shard, owner: row.owner as string, epoch: row.epoch as number };
    },

    async claim(shard, owner, expectedEpoch) {
      const epoch = expectedEpoch + 1;
      const names = { '#epoch': 'epoch' };
      const present = { names, values: { ':expected': expectedEpoch } };
      try {
        await dynamo.send(
          new UpdateCommand({
            TableName,
            Key: KEYS.shardOwner(shard),
            ...buildUpdate({ set: { owner, epoch } }, expectedEpoch === 0 ? { names } : present),
            ConditionExpression: expectedEpoch === 0 ? 'attribute_not_exists(#epoch)' : '#epoch = :expected',
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        );
      } catch (error) {
        if (!isConditionFailure(error)) throw error;
        // The SDK repeats a call whose answer was lost: then this claim is the one that stands there.
        const { owner: holder, epoch: heldEpoch } = error.Item ?? {};
        if (holder?.S !== owner || Number(heldEpoch?.N) !== epoch) return undefined;
      }
      return { shard, owner, epoch };
    },
  };
}
