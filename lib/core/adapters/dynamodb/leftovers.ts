import type { Outcome } from '../../model/command.ts';
import type { LeftoverStore } from '../../ports/fleet.ts';
import { finishChanges } from './command-row.ts';
import { buildUpdate } from './expression.ts';
import { KEYS, type Key } from './keys.ts';
import type { Place } from './rows.ts';
import { countLiving } from './shards.ts';
import { type TransactItem, transact } from './transact.ts';

const GONE: Outcome = {
  state: 'failed',
  error: { code: 'RESOURCE_NOT_FOUND', message: 'The instance is gone.' },
};

export function createLeftoverStore(place: Place): LeftoverStore {
  const { dynamo, table: TableName } = place;
  const gone = (Key: Key): TransactItem => ({
    ConditionCheck: { TableName, Key, ConditionExpression: 'attribute_not_exists(pk)' },
  });
  const remove = (Key: Key): TransactItem => ({ Delete: { TableName, Key } });
  const isDone = async (items: TransactItem[]) => (await transact(dynamo, items)) === undefined;

  return {
    async clearPending(shard, { instanceId, commandId }) {
      const ended: TransactItem = {
        ConditionCheck: {
          TableName,
          Key: KEYS.command(instanceId, commandId),
          ConditionExpression: 'attribute_not_exists(pk) OR NOT #state IN (:queued, :running)',
          ExpressionAttributeNames: { '#state': 'state' },
          ExpressionAttributeValues: { ':queued': 'queued', ':running': 'running' },
        },
      };
      return isDone([ended, remove(KEYS.pending(shard, instanceId, commandId))]);
    },

    async endOrphan(shard, { tenantId, instanceId, commandId }, atMs) {
      const end: TransactItem = {
        Update: {
          TableName,
          Key: KEYS.command(instanceId, commandId),
          ...buildUpdate(finishChanges(GONE, atMs), {
            names: { '#state': 'state' },
            values: { ':queued': 'queued', ':running': 'running' },
          }),
          ConditionExpression: '#state IN (:queued, :running)',
        },
      };
      return isDone([
        ...[gone(KEYS.instance(tenantId, instanceId)), end],
        remove(KEYS.pending(shard, instanceId, commandId)),
      ]);
    },

    async clearResident(shard, tenantId, instanceId) {
      const Key = KEYS.shardInstance(shard, instanceId);
      const entry = { Delete: { TableName, Key, ConditionExpression: 'attribute_exists(pk)' } };
      return isDone([gone(KEYS.instance(tenantId, instanceId)), entry, countLiving(TableName, shard, -1)]);
    },
  };
}
