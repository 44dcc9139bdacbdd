import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { ShardRow, ShardStore } from '../../ports/shards.ts';
import { buildUpdate } from './expression.ts';
import { KEYS, PREFIXES } from './keys.ts';
import { getRow, type Place, queryAll, type Row } from './rows.ts';
import { isConditionFailure, type TransactItem } from './transact.ts';

export function createShardStore(place: Place): ShardStore {
  const { dynamo, table: TableName } = place;
  return {
    async list() {
      return (await queryAll(place, PREFIXES.shards())).map(shardOfRow);
    },

    async get(shard) {
      const row = await getRow(place, KEYS.shard(shard));
      return row && shardOfRow(row);
    },

    async claim(shard, owner, expectedEpoch) {
      const epoch = expectedEpoch + 1;
      const names = { '#epoch': 'epoch' };
      const present = { names, values: { ':expected': expectedEpoch } };
      try {
        await dynamo.send(
          new UpdateCommand({
            TableName,
            Key: KEYS.shard(shard),
            ...buildUpdate({ set: { shard, owner, epoch } }, expectedEpoch === 0 ? { names } : present),
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

    async release({ shard, owner, epoch }) {
      try {
        await dynamo.send(
          new UpdateCommand({
            TableName,
            Key: KEYS.shard(shard),
            ...buildUpdate(
              { set: { owner: null } },
              { names: { '#owner': 'owner', '#epoch': 'epoch' }, values: { ':owner': owner, ':epoch': epoch } },
            ),
            ConditionExpression: '#owner = :owner AND #epoch = :epoch',
          }),
        );
        return true;
      } catch (error) {
        if (!isConditionFailure(error)) throw error;
        return false;
      }
    },
  };
}

/** The count of a shard's instances, moved in the transaction that makes or removes one. */
export function countLiving(TableName: string, shard: number, by: 1 | -1): TransactItem {
  return {
    Update: { TableName, Key: KEYS.shard(shard), ...buildUpdate({ set: { shard }, add: { instances: by } }) },
  };
}

function shardOfRow(row: Row): ShardRow {
  const { shard, owner = null, epoch = 0, instances = 0 } = row as Partial<ShardRow> & { shard: number };
  return { shard, owner, epoch, instances };
}
