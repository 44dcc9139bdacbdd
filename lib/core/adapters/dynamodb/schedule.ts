import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { OUT_SCOPE } from '../../model/message.ts';
import type { BulkEntry } from '../../ports/bulks.ts';
import type { LaterEntry, ScheduledCommand, ScheduleStore } from '../../ports/schedule.ts';
import { COMMAND_TTL_MS, commandOfRow, commandToRow, pendingRow } from './command-row.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { buildUpdate, type Changes } from './expression.ts';
import { GSI1, KEYS, LATER_RANGE, SCHEDULED_INDEX, TTL } from './keys.ts';
import { MESSAGE_TTL_MS } from './message-row.ts';
import { getRow, type Place, type Row, ttlAt } from './rows.ts';
import { type TransactItem, transact } from './transact.ts';

const INDEX_SHAPE = /^\d{13}#.{1,200}$/s;

/** The two rows by which a scheduled command is found: by its instance, and by its moment. */
export function scheduledItems(TableName: string, command: ScheduledCommand): TransactItem[] {
  return [scheduledItem(TableName, command), laterItem(TableName, command)];
}

function scheduledItem(TableName: string, command: ScheduledCommand): TransactItem {
  const { instanceId, messageId, sendAtMs } = command;
  const index = { gsi1pk: SCHEDULED_INDEX.pk(instanceId), gsi1sk: SCHEDULED_INDEX.sk(sendAtMs, messageId) };
  const Item = { ...commandToRow(command), ...KEYS.scheduled(instanceId, messageId), ...index };
  return { Put: { TableName, Item } };
}

function laterItem(TableName: string, command: ScheduledCommand): TransactItem {
  const { tenantId, instanceId, shard, id: commandId, messageId, operation, sendAtMs, notAfterMs } = command;
  const { to } = command.input as { to: string };
  const deadlineMs = notAfterMs - sendAtMs;
  const entry: LaterEntry = {
    ...{ tenantId, instanceId, shard, commandId, messageId },
    ...{ operation, to, sendAtMs, deadlineMs },
  };
  return { Put: { TableName, Item: { ...entry, ...laterKey(entry) } } };
}

function laterKey({ shard, sendAtMs, instanceId, messageId }: LaterEntry | ScheduledCommand) {
  return KEYS.later(shard, sendAtMs, instanceId, messageId);
}

export function createScheduleStore(place: Place): ScheduleStore {
  const { dynamo, table: TableName, clock } = place;

  /** A change of the command, as long as it is scheduled for that moment (and, if given, with that input). */
  const whileScheduled = (
    { instanceId, id, sendAtMs }: Pick<ScheduledCommand, 'instanceId' | 'id' | 'sendAtMs'>,
    changes: Changes,
    input?: string,
  ): TransactItem => ({
    Update: {
      TableName,
      Key: KEYS.command(instanceId, id),
      ...buildUpdate(changes, {
        names: { '#state': 'state', '#sendAt': 'sendAtMs', ...(input !== undefined && { '#input': 'input' }) },
        values: {
          ':scheduled': 'scheduled',
          ':present': sendAtMs,
          ...(input !== undefined && { ':input': input }),
        },
      }),
      ConditionExpression: `#state = :scheduled AND #sendAt = :present${input === undefined ? '' : ' AND #input = :input'}`,
    },
  });
  const updateMessage = (instanceId: string, messageId: string, changes: Changes): TransactItem => ({
    Update: { TableName, Key: KEYS.message(instanceId, messageId, OUT_SCOPE), ...buildUpdate(changes) },
  });
  const remove = (Key: { pk: string; sk: string }): TransactItem => ({ Delete: { TableName, Key } });
  const isDone = async (items: TransactItem[]) => (await transact(dynamo, items)) === undefined;
  /** It is not scheduled for the moment of the entry, if it is there at all. */
  const notFor = ({ instanceId, commandId, sendAtMs }: LaterEntry): TransactItem => ({
    ConditionCheck: {
      TableName,
      Key: KEYS.command(instanceId, commandId),
      ConditionExpression: 'attribute_not_exists(pk) OR #state <> :scheduled OR #sendAt <> :present',
      ExpressionAttributeNames: { '#state': 'state', '#sendAt': 'sendAtMs' },
      ExpressionAttributeValues: { ':scheduled': 'scheduled', ':present': sendAtMs },
    },
  });
  const inputOf = (command: ScheduledCommand) => commandToRow(command).input as string;

  return {
    async get(instanceId, messageId) {
      const row = await getRow(place, KEYS.scheduled(instanceId, messageId));
      return row && (commandOfRow(row) as ScheduledCommand | undefined);
    },

    async list(instanceId, limit, cursor) {
      const [after] = cursor === undefined ? [] : decodeCursor(cursor, [INDEX_SHAPE]);
      const { Items = [] } = await dynamo.send(
        new QueryCommand({
          TableName,
          IndexName: GSI1,
          KeyConditionExpression: 'gsi1pk = :pk AND gsi1sk > :after',
          ExpressionAttributeValues: { ':pk': SCHEDULED_INDEX.pk(instanceId), ':after': after ?? '0' },
          Limit: limit + 1,
        }),
      );
      const rows: Row[] = Items.slice(0, limit);
      return {
        items: rows.flatMap((row) => (commandOfRow(row) as ScheduledCommand | undefined) ?? []),
        nextCursor: Items.length > limit ? encodeCursor([rows.at(-1)?.gsi1sk as string]) : null,
      };
    },

    async replace(present, next, text) {
      const { sendAtMs, notAfterMs, instanceId, messageId } = next;
      const moved = sendAtMs !== present.sendAtMs;
      return isDone([
        whileScheduled(present, { set: { sendAtMs, notAfterMs, input: inputOf(next) } }, inputOf(present)),
        ...scheduledItems(TableName, next),
        ...(moved ? [remove(laterKey(present))] : []),
        updateMessage(instanceId, messageId, { set: { sendAtMs, text, [TTL]: ttlAt(sendAtMs + MESSAGE_TTL_MS) } }),
      ]);
    },

    async cancel(present, atMs) {
      const { instanceId, messageId } = present;
      const set = { state: 'cancelled', finishedAtMs: atMs, [TTL]: ttlAt(atMs + COMMAND_TTL_MS) };
      return isDone([
        whileScheduled(present, { set }),
        remove(KEYS.scheduled(instanceId, messageId)),
        remove(laterKey(present)),
        updateMessage(instanceId, messageId, { once: { cancelledAtMs: atMs } }),
      ]);
    },

    async nextMs(shard) {
      const { Items = [] } = await dynamo.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': LATER_RANGE(shard, 0).pk },
          Limit: 1,
        }),
      );
      const [next] = Items as (LaterEntry | BulkEntry)[];
      return next && (next.kind === 'bulk' ? next.dueMs : next.sendAtMs);
    },

    async due(shard, byMs, limit) {
      const { pk, to } = LATER_RANGE(shard, byMs);
      const { Items = [] } = await dynamo.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: 'pk = :pk AND sk <= :to',
          ExpressionAttributeValues: { ':pk': pk, ':to': to },
          ConsistentRead: true,
          Limit: limit,
        }),
      );
      return Items.map(({ pk: _pk, sk: _sk, ...entry }) => entry as LaterEntry | BulkEntry);
    },

    async release(entry, atMs) {
      const { tenantId, instanceId, shard, commandId, messageId, operation, to, deadlineMs } = entry;
      const times = { acceptedAtMs: atMs, notAfterMs: atMs + deadlineMs };
      const pending = { tenantId, instanceId, commandId, operation, to, ...times };
      const released = await isDone([
        whileScheduled({ ...entry, id: commandId }, { set: { state: 'queued', ...times } }),
        remove(laterKey(entry)),
        remove(KEYS.scheduled(instanceId, messageId)),
        { Put: { TableName, Item: pendingRow(shard, pending) } },
        updateMessage(instanceId, messageId, {
          set: { [TTL]: ttlAt(clock() + MESSAGE_TTL_MS) },
          once: { releasedAtMs: atMs },
        }),
      ]);
      if (!released) await isDone([notFor(entry), remove(laterKey(entry))]);
      return released;
    },
  };
}
