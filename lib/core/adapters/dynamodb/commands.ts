import { randomUUID } from 'node:crypto';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { GatewayError } from '../../errors.ts';
import type { Command } from '../../model/command.ts';
import { OUT_SCOPE } from '../../model/message.ts';
import type { AcceptedCommand, CommandStore } from '../../ports/commands.ts';
import type { ScheduledCommand } from '../../ports/schedule.ts';
import { auditItem } from './audit.ts';
import { COMMAND_TTL_MS, commandOfRow, commandToRow, pendingOfRow, pendingToRow } from './command-row.ts';
import { buildUpdate } from './expression.ts';
import { commandKeyRow, freeKey } from './idempotency.ts';
import { KEYS, PREFIXES, TTL } from './keys.ts';
import { messageToRow } from './message-row.ts';
import { getRow, getRows, type Place, queryAll, ttlAt } from './rows.ts';
import { scheduledItems } from './schedule.ts';
import { isConditionFailure, type TransactItem, transact } from './transact.ts';

/** What makes a command: its row, its pending entry (of a scheduled one: those of its moment) and its message. */
export function commandItems(
  TableName: string,
  { command, message }: Pick<AcceptedCommand, 'command' | 'message'>,
  nowMs: number,
): TransactItem[] {
  const items: TransactItem[] = [
    { Put: { TableName, Item: commandToRow(command), ConditionExpression: 'attribute_not_exists(pk)' } },
    ...(isScheduled(command)
      ? scheduledItems(TableName, command)
      : [{ Put: { TableName, Item: pendingToRow(command) } }]),
  ];
  if (message) {
    const Item = messageToRow(message, OUT_SCOPE, nowMs);
    items.push({ Put: { TableName, Item, ConditionExpression: 'attribute_not_exists(pk)' } });
  }
  return items;
}

export function createCommandStore(place: Place): CommandStore {
  const { dynamo, table: TableName, clock } = place;

  const store: CommandStore = {
    async accept({ command, message, idempotency, audit }) {
      const nowMs = clock();
      const items = commandItems(TableName, { command, message }, nowMs);
      if (audit) items.push(auditItem(TableName, audit));
      if (!idempotency) {
        if (await transact(dynamo, items)) {
          throw new GatewayError('RESOURCE_ALREADY_EXISTS', 'There is a command or message of this id already.');
        }
        return { accepted: true };
      }
      const { key, fingerprint } = idempotency;
      items.push({
        Put: { TableName, Item: commandKeyRow(command, key, fingerprint, nowMs), ...freeKey(nowMs) },
      });
      if (!(await transact(dynamo, items))) return { accepted: true };
      const earlier = await store.findByIdempotencyKey(command.tenantId, key);
      if (earlier?.fingerprint !== fingerprint) return { accepted: false, commandId: null };
      return { accepted: false, commandId: earlier.commandId };
    },

    async findByIdempotencyKey(tenantId, key) {
      const row = await getRow(place, KEYS.idempotency(tenantId, key));
      if (row?.commandId === undefined) return undefined;
      const { instanceId, commandId, fingerprint } = row as Record<string, string>;
      return { instanceId: instanceId as string, commandId: commandId as string, fingerprint: fingerprint as string };
    },

    async get(instanceId, commandId) {
      const row = await getRow(place, KEYS.command(instanceId, commandId));
      return row && commandOfRow(row);
    },

    async getMany(places) {
      const keys = places.map(({ instanceId, commandId }) => KEYS.command(instanceId, commandId));
      const rows = await getRows(place, keys, { consistent: false });
      const found = rows.map(commandOfRow).filter((command) => command !== undefined);
      return new Map(found.map((command) => [command.id, command]));
    },

    async listPending(shard, instanceId) {
      return (await queryAll(place, PREFIXES.pending(shard, instanceId))).map(pendingOfRow);
    },

    async listLate(shard, byMs) {
      const rows = await queryAll(place, PREFIXES.pending(shard), { consistent: false });
      return rows.map(pendingOfRow).filter(({ acceptedAtMs }) => acceptedAtMs <= byMs);
    },

    async withdraw({ instanceId, shard, id, messageId }, atMs) {
      const set = { state: 'cancelled', finishedAtMs: atMs, [TTL]: ttlAt(atMs + COMMAND_TTL_MS) };
      const items: TransactItem[] = [
        {
          Update: {
            TableName,
            Key: KEYS.command(instanceId, id),
            ...buildUpdate({ set }, { names: { '#state': 'state' }, values: { ':queued': 'queued' } }),
            ConditionExpression: '#state = :queued',
          },
        },
        { Delete: { TableName, Key: KEYS.pending(shard, instanceId, id) } },
        ...(messageId === null
          ? []
          : [
              {
                Update: {
                  TableName,
                  Key: KEYS.message(instanceId, messageId, OUT_SCOPE),
                  ...buildUpdate({ once: { cancelledAtMs: atMs } }),
                },
              },
            ]),
      ];
      return (await transact(dynamo, items)) === undefined;
    },

    async takeBack({ instanceId, shard, id, messageId }) {
      const items: TransactItem[] = [
        {
          Delete: {
            TableName,
            Key: KEYS.command(instanceId, id),
            ConditionExpression: '#state = :queued AND attempt = :never',
            ExpressionAttributeNames: { '#state': 'state' },
            ExpressionAttributeValues: { ':queued': 'queued', ':never': 0 },
          },
        },
        { Delete: { TableName, Key: KEYS.pending(shard, instanceId, id) } },
        ...(messageId === null ? [] : [{ Delete: { TableName, Key: KEYS.message(instanceId, messageId, OUT_SCOPE) } }]),
      ];
      return (await transact(dynamo, items)) === undefined;
    },

    async claim(instanceId, commandId, owner, epoch, nowMs, again = false) {
      const claimId = randomUUID();
      try {
        const { Attributes } = await dynamo.send(
          new UpdateCommand({
            TableName,
            Key: KEYS.command(instanceId, commandId),
            ...buildUpdate(
              { set: { ...claimed(owner, epoch, nowMs), claimId }, add: { attempt: 1 } },
              claimable(epoch),
            ),
            ConditionExpression: IS_CLAIMABLE,
            ReturnValues: 'ALL_NEW',
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        );
        return Attributes && commandOfRow(Attributes);
      } catch (error) {
        if (!isConditionFailure(error)) throw error;
        // The SDK repeats a call whose answer was lost: then the claim that holds the row is this very one.
        const { claimId: holder, state, owner: heldBy, epoch: heldUnder } = error.Item ?? {};
        const isMine = state?.S === 'running' && heldBy?.S === owner && Number(heldUnder?.N) === epoch;
        if (holder?.S === claimId || (again && isMine)) return store.get(instanceId, commandId);
        return undefined;
      }
    },

    async claimAll(instanceId, commandIds, owner, epoch, nowMs) {
      const keys = commandIds.map((id) => KEYS.command(instanceId, id));
      const rows = new Map((await getRows(place, keys)).map((row) => [row.id, row]));
      const set = claimed(owner, epoch, nowMs);
      const items: TransactItem[] = [];
      const commands: Command[] = [];
      for (const [i, id] of commandIds.entries()) {
        const row = rows.get(id);
        const attempt = (row?.attempt as number | undefined) ?? 0;
        const command = row && commandOfRow({ ...row, ...set, attempt: attempt + 1 });
        if (!command) return undefined;
        commands.push(command);
        const { names, values } = claimable(epoch);
        items.push({
          Update: {
            TableName,
            Key: keys[i],
            ...buildUpdate({ set, add: { attempt: 1 } }, { names, values: { ...values, ':attempt': attempt } }),
            // As it was read: whether it is begun for the first time must be known.
            ConditionExpression: `(${IS_CLAIMABLE}) AND attempt = :attempt`,
          },
        });
      }
      return (await transact(dynamo, items)) ? undefined : commands;
    },
  };
  return store;
}

//   queued                       → mine
//   running under an older epoch → its owner is gone: mine
//   running under mine, finished → held
const IS_CLAIMABLE = '#state = :queued OR (#state = :running AND #epoch < :epoch)';

function claimable(epoch: number) {
  return {
    names: { '#state': 'state', '#epoch': 'epoch' },
    values: { ':queued': 'queued', ':running': 'running', ':epoch': epoch },
  };
}

function claimed(owner: string, epoch: number, nowMs: number) {
  return { state: 'running', owner, epoch, claimedAtMs: nowMs } as const;
}

function isScheduled(command: Command): command is ScheduledCommand {
  return command.state === 'scheduled';
}
