import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { isFinished } from '../../model/command.ts';
import { type Fence, FencedError, MAX_GROUP_WRITES, type SessionStore } from '../../ports/session-store.ts';
import { commandOfRow } from './command-row.ts';
import { eventItems } from './event-row.ts';
import { buildUpdate } from './expression.ts';
import { KEYS, type Key, PREFIXES } from './keys.ts';
import { getRow, type Place, queryPages, type Row } from './rows.ts';
import { itemsOf, mergeSessionWrites, type SessionTables } from './session-writes.ts';
import { isConditionFailure, type TransactItem, transact } from './transact.ts';

/** A command and its pending entry are two deletes, an event and its outbox entry too. */
const PURGE_BATCH = 45;

export function createSessionStore({
  dynamo,
  clock,
  mainTable,
  keysTable,
}: Omit<Place, 'table'> & SessionTables): SessionStore {
  const keys: Place = { dynamo, clock, table: keysTable };
  const main: Place = { dynamo, clock, table: mainTable };

  /** All items or none, and none unless the fence is the present one; it then keeps the number of the last event. */
  async function fenced(fence: Fence, items: TransactItem[], lastSeq?: number): Promise<void> {
    const failed = await transact(dynamo, [fenceItem(fence, lastSeq), ...items]);
    if (failed?.[0]) throw new FencedError(fence.instanceId);
    if (failed) throw new Error(`A write of ${fence.instanceId} was refused.`);
  }

  function fenceItem(fence: Fence, lastSeq: number | undefined): TransactItem {
    const {
      Key,
      ConditionExpression,
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: values,
    } = held(fence);
    if (lastSeq === undefined) return { ConditionCheck: { TableName: keysTable, ...held(fence) } };
    const update = buildUpdate({ set: { lastSeq } }, { names, values });
    return { Update: { TableName: keysTable, Key, ConditionExpression, ...update } };
  }

  async function deleteRows(fence: Fence, place: Place, prefix: { pk: string; prefix: string }): Promise<void> {
    const attributes = place === main ? undefined : ['pk', 'sk'];
    const options = { ...(attributes ? { attributes } : {}), expiredToo: true };
    for await (const rows of queryPages(place, prefix, options)) {
      for (let i = 0; i < rows.length; i += PURGE_BATCH) {
        const doomed = rows.slice(i, i + PURGE_BATCH).flatMap((row) => deletesOf(row));
        const items = doomed.map((Key) => ({ Delete: { TableName: place.table, Key } }));
        if (items.length > 0) await fenced(fence, items);
      }
    }
  }

  return {
    async takeFence(tenantId, instanceId, owner, shardEpoch = 0) {
      const { Attributes } = await dynamo
        .send(
          new UpdateCommand({
            TableName: keysTable,
            Key: KEYS.fence(instanceId),
            ...buildUpdate(
              { set: { tenantId, owner, shardEpoch }, add: { epoch: 1 } },
              { names: { '#shard': 'shardEpoch' }, values: { ':mine': shardEpoch } },
            ),
            //   its last owner held the shard before me, or it is me → mine
            //   its last owner holds the shard after me              → I have lost the shard, and may not know it
            ConditionExpression: 'attribute_not_exists(#shard) OR #shard <= :mine',
            ReturnValues: 'ALL_NEW',
          }),
        )
        .catch((error) => {
          throw isConditionFailure(error) ? new FencedError(instanceId) : error;
        });
      const { epoch, wrappedDataKey, lastSeq } = Attributes as {
        epoch: number;
        wrappedDataKey?: Uint8Array;
        lastSeq?: number;
      };
      const fence = { instanceId, tenantId, owner, epoch };
      return { fence, wrappedDataKey: wrappedDataKey ?? null, lastSeq: lastSeq ?? 0 };
    },

    async putDataKey(fence, wrapped) {
      const { Key, ...condition } = held(fence);
      try {
        await dynamo.send(
          new UpdateCommand({
            TableName: keysTable,
            Key,
            ...buildUpdate(
              { set: { wrappedDataKey: wrapped } },
              {
                names: { ...condition.ExpressionAttributeNames, '#key': 'wrappedDataKey' },
                values: { ...condition.ExpressionAttributeValues, ':key': wrapped },
              },
            ),
            // The same key again is a repeat by the SDK, whose first answer was lost.
            ConditionExpression: `${condition.ConditionExpression} AND (attribute_not_exists(#key) OR #key = :key)`,
          }),
        );
      } catch (error) {
        if (!isConditionFailure(error)) throw error;
        const row = await getRow(keys, Key);
        if (row?.owner !== fence.owner || row.epoch !== fence.epoch) throw new FencedError(fence.instanceId);
        throw new Error(`${fence.instanceId} has a data key already.`);
      }
    },

    async loadKeys(instanceId) {
      const stored: { key: string; value: Uint8Array }[] = [];
      for await (const rows of queryPages(keys, PREFIXES.sessionKeys(instanceId))) {
        for (const row of rows) stored.push({ key: row.sk as string, value: row.d as Uint8Array });
      }
      return stored;
    },

    async loadSentProto(instanceId, messageId) {
      return (await getRow(keys, KEYS.sentProto(instanceId, messageId)))?.d as Uint8Array | undefined;
    },

    async commit(fence, writes, place) {
      const merged = mergeSessionWrites(writes);
      if (merged.length > MAX_GROUP_WRITES) {
        throw new Error(`A group takes ${MAX_GROUP_WRITES} writes, not ${merged.length}.`);
      }
      const nowMs = clock();
      const items: TransactItem[] = [];
      let lastSeq = place?.lastSeq ?? 0;
      const last = merged.findLast(({ kind }) => kind === 'event');
      for (const write of merged) {
        if (write.kind !== 'event') {
          items.push(...itemsOf(fence, write, { mainTable, keysTable }, nowMs));
          continue;
        }
        if (!place) throw new Error('Events need a place to be numbered from.');
        lastSeq += 1;
        const { event, once } = write;
        const isAnnounced = write === last;
        const recorded = { event, once, seq: lastSeq, tenantId: fence.tenantId, shard: place.shard, isAnnounced };
        items.push(...eventItems(mainTable, recorded, nowMs));
      }
      await fenced(fence, items, last ? lastSeq : undefined);
      return lastSeq;
    },

    async purge(fence) {
      const { instanceId } = fence;
      const { Key, ...condition } = held(fence);
      const { Item } = await dynamo.send(new GetCommand({ TableName: keysTable, Key, ConsistentRead: true }));
      if (Item?.owner !== fence.owner || Item.epoch !== fence.epoch) throw new FencedError(instanceId);
      await deleteRows(fence, keys, PREFIXES.sessionKeys(instanceId));
      await deleteRows(fence, keys, PREFIXES.sentProtos(instanceId));
      await deleteRows(fence, main, PREFIXES.instanceData(instanceId));
      await deleteRows(fence, main, PREFIXES.eventData(instanceId));
      const failed = await transact(dynamo, [{ Delete: { TableName: keysTable, Key, ...condition } }]);
      if (failed) throw new FencedError(instanceId);
    },
  };
}

/** The fence's key, and the condition that it is held. */
function held({ instanceId, owner, epoch }: Fence) {
  return {
    Key: KEYS.fence(instanceId),
    ConditionExpression: '#owner = :owner AND #epoch = :epoch',
    ExpressionAttributeNames: { '#owner': 'owner', '#epoch': 'epoch' } as Record<string, string>,
    ExpressionAttributeValues: { ':owner': owner, ':epoch': epoch } as Record<string, unknown>,
  };
}

/**
 * What goes with a row when an instance is purged. The removal's own command stays, since its caller waits for the
 * answer; its ttl takes it.
 */
function deletesOf(row: Row): Key[] {
  const key: Key = { pk: row.pk as string, sk: row.sk as string };
  if (typeof row.seq === 'number') {
    const { shard, instanceId, seq } = row as { shard: number; instanceId: string; seq: number };
    return [key, KEYS.outbox(shard, instanceId, seq)];
  }
  const command = commandOfRow(row);
  if (!command) return [key];
  if (command.operation === 'instance.remove') return [];
  if (isFinished(command.state)) return [key];
  return [key, KEYS.pending(command.shard, command.instanceId, command.id)];
}
