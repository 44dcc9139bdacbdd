import type { InstanceStore } from '../../ports/instances.ts';
import { countOwned } from './accounts.ts';
import { auditItem } from './audit.ts';
import { buildUpdate } from './expression.ts';
import { instanceOfRow, instanceToRow } from './instance-row.ts';
import { KEYS, PREFIXES } from './keys.ts';
import { getRow, getRows, type Place, queryAll } from './rows.ts';
import { countLiving } from './shards.ts';
import { type TransactItem, transact } from './transact.ts';

const MAX_TRIES = 3;

export function createInstanceStore(place: Place): InstanceStore {
  const { dynamo, table: TableName } = place;

  const store: InstanceStore = {
    async create(instance, audit) {
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
        countOwned(TableName, tenantId, instance.createdById, 1),
        auditItem(TableName, audit),
        countLiving(TableName, shard, 1),
      ]);
      if (!failed) return 'created';
      if (failed[4]) return 'owner-gone';
      if (failed[1]) return 'name-taken';
      if (failed[0]) return 'limit-reached';
      throw new Error(`There is a row of ${instanceId} already.`);
    },

    async update({ id, tenantId, name }, change, audit) {
      const names: Record<string, string> = { '#name': 'name', '#settings': 'settings' };
      const values: Record<string, unknown> = { ':name': name };
      const sets: string[] = [];
      for (const [i, [field, value]] of Object.entries(change.settings ?? {}).entries()) {
        if (value === undefined) continue;
        names[`#s${i}`] = field;
        values[`:s${i}`] = value;
        sets.push(`#settings.#s${i} = :s${i}`);
      }
      if (change.title !== undefined) {
        names['#title'] = 'title';
        values[':title'] = change.title;
        sets.push('#title = :title');
      }
      const newName = change.name ?? name;
      values[':newName'] = newName;
      sets.push('#name = :newName');
      if (!sets.some((set) => set.startsWith('#settings.'))) delete names['#settings'];
      const items: TransactItem[] = [
        {
          Update: {
            TableName,
            Key: KEYS.instance(tenantId, id),
            UpdateExpression: `SET ${sets.join(', ')}`,
            ConditionExpression: '#name = :name',
            ExpressionAttributeNames: names,
            ExpressionAttributeValues: values,
          },
        },
        auditItem(TableName, audit),
      ];
      const [claim, newClaim] = [KEYS.instanceName(tenantId, name), KEYS.instanceName(tenantId, newName)];
      if (claim.sk !== newClaim.sk) {
        const ConditionExpression = 'attribute_not_exists(pk)';
        items.push({ Put: { TableName, Item: { ...newClaim, instanceId: id }, ConditionExpression } });
        items.push({ Delete: { TableName, Key: claim } });
      }
      const failed = await transact(dynamo, items);
      if (!failed) return 'updated';
      return failed[0] ? 'changed' : 'name-taken';
    },

    async get(tenantId, instanceId) {
      const row = await getRow(place, KEYS.instance(tenantId, instanceId));
      return row && instanceOfRow(row);
    },

    async getMany(places) {
      const keys = places.map(({ tenantId, instanceId }) => KEYS.instance(tenantId, instanceId));
      const rows = await getRows(place, keys, { consistent: false });
      const found = rows.map(instanceOfRow).filter((instance) => instance !== undefined);
      return new Map(found.map((instance) => [instance.id, instance]));
    },

    async findByName(tenantId, name) {
      // One query of at most 40 rows is one round trip; claim and instance would be two.
      const { sk } = KEYS.instanceName(tenantId, name);
      return (await store.list(tenantId)).find((instance) => KEYS.instanceName(tenantId, instance.name).sk === sk);
    },

    async list(tenantId) {
      const rows = await queryAll(place, PREFIXES.instances(tenantId));
      return rows
        .map(instanceOfRow)
        .filter((instance) => instance !== undefined)
        .sort((a, b) => compare(a.name.toLowerCase(), b.name.toLowerCase()));
    },

    async remove(tenantId, instanceId, audit) {
      // Again when its name or owner has changed in between: both are in the transaction.
      for (let attempt = 1; attempt <= MAX_TRIES; attempt += 1) {
        const instance = await store.get(tenantId, instanceId);
        if (!instance) return false;
        const { name, createdById } = instance;
        const failed = await transact(dynamo, [
          {
            Delete: {
              TableName,
              Key: KEYS.instance(tenantId, instanceId),
              ConditionExpression: '#name = :name AND #owner = :owner',
              ExpressionAttributeNames: { '#name': 'name', '#owner': 'createdById' },
              ExpressionAttributeValues: { ':name': name, ':owner': createdById },
            },
          },
          { Delete: { TableName, Key: KEYS.instanceName(tenantId, name) } },
          { Delete: { TableName, Key: KEYS.shardInstance(instance.shard, instanceId) } },
          {
            Update: {
              TableName,
              Key: KEYS.subscription(tenantId),
              ...buildUpdate({ add: { currentInstances: -1 } }),
              ConditionExpression: 'attribute_exists(pk)',
            },
          },
          countOwned(TableName, tenantId, createdById, -1),
          auditItem(TableName, audit),
          countLiving(TableName, instance.shard, -1),
        ]);
        if (!failed) return true;
        if (failed[0]) continue;
        throw new Error(failed[3] ? `The subscription ${tenantId} is gone.` : `The user ${createdById} is gone.`);
      }
      throw new Error(`The instance ${instanceId} keeps changing.`);
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
