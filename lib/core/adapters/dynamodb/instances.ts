import type { InstanceStore } from '../../ports/instances.ts';
import { buildUpdate } from './expression.ts';
import { instanceOfRow, instanceToRow } from './instance-row.ts';
import { KEYS, PREFIXES } from './keys.ts';
import { getRow, type Place, queryAll } from './rows.ts';
import { transact } from './transact.ts';

export function createInstanceStore(place: Place): InstanceStore {
  const { dynamo, table: TableName } = place;

  const store: InstanceStore = {
    async create(instance) {
      const { id: instanceId, tenantId, name, shard } = instance;
      const failed = await transact(dynamo, [
        {
          Update: {
            TableName,
            Key: KEYS.subscription(tenantId),
            ...buildUpdate(
              { add: { currentInstances: 1 } },
              { names: { '#current': 'currentInstances', '#max': 'maxInstances' } },
            ),
            ConditionExpression: '#current < #max',
          },
        },
        {
          Put: {
            TableName,
            Item: { ...KEYS.instanceName(tenantId, name), instanceId },
            ConditionExpression: 'attribute_not_exists(pk)',
          },
        },
        { Put: { TableName, Item: instanceToRow(instance), ConditionExpression: 'attribute_not_exists(pk)' } },
        { Put: { TableName, Item: { ...KEYS.shardInstance(shard, instanceId), tenantId, instanceId } } },
      ]);
      if (!failed) return 'created';
      if (failed[1]) return 'name-taken';
      if (failed[0]) return 'limit-reached';
      throw new Error(`There is a row of ${instanceId} already.`);
    },

    async get(tenantId, instanceId) {
      const row = await getRow(place, KEYS.instance(tenantId, instanceId));
      return row && instanceOfRow(row);
    },

    async findByName(tenantId, name) {
      const claim = await getRow(place, KEYS.instanceName(tenantId, name));
      return claim && store.get(tenantId, claim.instanceId as string);
    },

    async list(tenantId) {
      const rows = await queryAll(place, PREFIXES.instances(tenantId));
      return rows
        .map(instanceOfRow)
        .filter((instance) => instance !== undefined)
        .sort((a, b) => compare(a.name.toLowerCase(), b.name.toLowerCase()));
    },

    async remove(tenantId, instanceId) {
      const instance = await store.get(tenantId, instanceId);
      if (!instance) return false;
      const failed = await transact(dynamo, [
        {
          Delete: {
            TableName,
            Key: KEYS.instance(tenantId, instanceId),
            ConditionExpression: 'attribute_exists(#id)',
            ExpressionAttributeNames: { '#id': 'id' },
          },
        },
        { Delete: { TableName, Key: KEYS.instanceName(tenantId, instance.name) } },
        { Delete: { TableName, Key: KEYS.shardInstance(instance.shard, instanceId) } },
        {
          Update: {
            TableName,
            Key: KEYS.subscription(tenantId),
            ...buildUpdate({ add: { currentInstances: -1 } }),
            ConditionExpression: 'attribute_exists(pk)',
          },
        },
      ]);
      if (failed?.[3]) throw new Error(`The subscription ${tenantId} is gone.`);
      return failed === undefined;
    },

    async listShard(shard) {
      const rows = await queryAll(place, PREFIXES.shardInstances(shard));
      return rows.map((row) => ({ tenantId: row.tenantId as string, instanceId: row.instanceId as string }));
    },
  };
  return store;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
