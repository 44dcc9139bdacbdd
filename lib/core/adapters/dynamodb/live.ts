import { DeleteCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { LiveConnection, LiveStore, LiveTicket } from '../../ports/live.ts';
import { KEYS, PREFIXES, TTL } from './keys.ts';
import { getRow, getRows, isLive, type Place, queryAll, type Row, ttlAt, withoutNulls } from './rows.ts';
import { transact } from './transact.ts';

export function createLiveStore(place: Place): LiveStore {
  const { dynamo, table: TableName, clock } = place;

  async function tenantOf(id: string): Promise<string | undefined> {
    return (await getRow(place, KEYS.liveConnectionTenant(id)))?.tenantId as string | undefined;
  }

  return {
    async createTicket(ticket) {
      const Item = { ...KEYS.liveTicket(ticket.hash), ...ticket, [TTL]: ttlAt(ticket.expiresAtMs) };
      await dynamo.send(new PutCommand({ TableName, Item }));
    },

    async takeTicket(hash) {
      const { Attributes } = await dynamo.send(
        new DeleteCommand({ TableName, Key: KEYS.liveTicket(hash), ReturnValues: 'ALL_OLD' }),
      );
      if (!isLive(Attributes, clock())) return undefined;
      const { tenantId, userId, issuedAtMs, expiresAtMs } = Attributes as unknown as LiveTicket;
      return expiresAtMs > clock() ? { hash, tenantId, userId, issuedAtMs, expiresAtMs } : undefined;
    },

    async lastTold(streamIds) {
      const told = new Map(streamIds.map((streamId) => [streamId, 0]));
      const streams = new Map(streamIds.map((streamId) => [KEYS.eventCursor(streamId).pk, streamId]));
      for (const row of await getRows(place, streamIds.map(KEYS.eventCursor))) {
        told.set(streams.get(row.pk as string) as string, row.settledSeq as number);
      }
      return told;
    },

    async connect(connection) {
      const { id, tenantId, expiresAtMs } = connection;
      const ttl = ttlAt(expiresAtMs);
      await transact(dynamo, [
        {
          Put: {
            TableName,
            Item: { ...KEYS.liveConnection(tenantId, id), ...withoutNulls(connection), [TTL]: ttl },
          },
        },
        { Put: { TableName, Item: { ...KEYS.liveConnectionTenant(id), tenantId, [TTL]: ttl } } },
      ]);
    },

    async findConnection(id) {
      const tenantId = await tenantOf(id);
      const row = tenantId && (await getRow(place, KEYS.liveConnection(tenantId, id)));
      return row ? connectionOfRow(row) : undefined;
    },

    async connections(tenantId) {
      return (await queryAll(place, PREFIXES.liveConnections(tenantId))).map(connectionOfRow);
    },

    async moved({ id, tenantId }, positions) {
      const names: Record<string, string> = { '#positions': 'positions', '#resume': 'resumeFrom' };
      const values: Record<string, number> = {};
      const sets = Object.entries(positions).map(([streamId, position], i) => {
        names[`#s${i}`] = streamId;
        values[`:p${i}`] = position;
        return `#positions.#s${i} = :p${i}`;
      });
      const UpdateExpression = `${sets.length > 0 ? `SET ${sets.join(', ')} ` : ''}REMOVE #resume`;
      await dynamo
        .send(
          new UpdateCommand({
            ...{ TableName, Key: KEYS.liveConnection(tenantId, id), UpdateExpression },
            ConditionExpression: 'attribute_exists(#positions)',
            ExpressionAttributeNames: names,
            ...(sets.length > 0 ? { ExpressionAttributeValues: values } : {}),
          }),
        )
        .catch((error: Error) => {
          if (error.name !== 'ConditionalCheckFailedException') throw error;
        });
    },

    async disconnect(id) {
      const tenantId = await tenantOf(id);
      if (tenantId === undefined) return;
      await transact(dynamo, [
        { Delete: { TableName, Key: KEYS.liveConnection(tenantId, id) } },
        { Delete: { TableName, Key: KEYS.liveConnectionTenant(id) } },
      ]);
    },
  };
}

function connectionOfRow(row: Row): LiveConnection {
  const { id, tenantId, userId, role, positions, connectedAtMs, expiresAtMs } = row as unknown as LiveConnection;
  const { instanceId = null, resumeFrom = null, followsMessages = false } = row as Partial<LiveConnection>;
  const watches = { instanceId, positions, resumeFrom, followsMessages };
  return { id, tenantId, userId, role, ...watches, connectedAtMs, expiresAtMs };
}
