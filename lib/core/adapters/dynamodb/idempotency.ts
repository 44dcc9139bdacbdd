import { randomUUID } from 'node:crypto';
import { DeleteCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Bulk } from '../../model/bulk.ts';
import type { Command } from '../../model/command.ts';
import type { IdempotencyStore } from '../../ports/idempotency.ts';
import { buildUpdate } from './expression.ts';
import { KEYS, TTL } from './keys.ts';
import { getRow, type Place, type Row, ttlAt } from './rows.ts';
import { isConditionFailure } from './transact.ts';

/** How long an Idempotency-Key is remembered. */
export const IDEMPOTENCY_TTL_MS = 86_400_000;

/** The row by which a command holds a key. */
export function commandKeyRow(command: Command, key: string, fingerprint: string, nowMs: number): Row {
  return {
    ...KEYS.idempotency(command.tenantId, key),
    instanceId: command.instanceId,
    commandId: command.id,
    fingerprint,
    [TTL]: ttlAt(nowMs + IDEMPOTENCY_TTL_MS),
  };
}

/** The row by which a bulk holds a key. */
export function bulkKeyRow({ tenantId, id }: Bulk, key: string, fingerprint: string, nowMs: number): Row {
  const row = { ...KEYS.idempotency(tenantId, key), bulkId: id, fingerprint };
  return { ...row, [TTL]: ttlAt(nowMs + IDEMPOTENCY_TTL_MS) };
}

/** Condition "nobody holds the key": there is no row, or one past its ttl that has not been deleted yet. */
export function freeKey(nowMs: number) {
  return {
    ConditionExpression: 'attribute_not_exists(pk) OR #ttl <= :nowSeconds',
    ExpressionAttributeNames: { '#ttl': TTL },
    ExpressionAttributeValues: { ':nowSeconds': Math.floor(nowMs / 1000) } as Record<string, unknown>,
  };
}

export function createIdempotencyStore(place: Place): IdempotencyStore {
  const { dynamo, table: TableName, clock } = place;
  return {
    async begin(tenantId, key, fingerprint, lockSeconds) {
      const nowMs = clock();
      const claimId = randomUUID();
      const free = freeKey(nowMs);
      try {
        await dynamo.send(
          new PutCommand({
            TableName,
            Item: {
              ...KEYS.idempotency(tenantId, key),
              fingerprint,
              claimId,
              lockedUntilMs: nowMs + lockSeconds * 1000,
              [TTL]: ttlAt(nowMs + IDEMPOTENCY_TTL_MS),
            },
            //   no row, or an expired one            → begun
            //   a claim without answer, lock is over → begun: its request died
            ConditionExpression: `${free.ConditionExpression} OR (attribute_not_exists(#status) AND #locked <= :nowMs)`,
            ExpressionAttributeNames: {
              ...free.ExpressionAttributeNames,
              '#status': 'status',
              '#locked': 'lockedUntilMs',
            },
            ExpressionAttributeValues: { ...free.ExpressionAttributeValues, ':nowMs': nowMs },
          }),
        );
        return { state: 'begun' };
      } catch (error) {
        if (!isConditionFailure(error)) throw error;
      }
      const row = await getRow(place, KEYS.idempotency(tenantId, key));
      // Abandoned or expired just now: the caller may come again.
      if (!row) return { state: 'running' };
      if (row.claimId === claimId) return { state: 'begun' };
      // The key of a command or a bulk is never an answer's: the two kinds of request cannot be the same.
      if (row.fingerprint !== fingerprint || row.commandId !== undefined || row.bulkId !== undefined) {
        return { state: 'mismatch' };
      }
      if (row.status === undefined) return { state: 'running' };
      return { state: 'done', status: row.status as number, body: row.body as string };
    },

    async complete(tenantId, key, status, body) {
      await unlessRefused(
        dynamo.send(
          new UpdateCommand({
            TableName,
            Key: KEYS.idempotency(tenantId, key),
            ...buildUpdate(
              { set: { status, body, lockedUntilMs: null } },
              { names: { '#status': 'status', '#locked': 'lockedUntilMs' } },
            ),
            // The first answer stands.
            ConditionExpression: 'attribute_exists(#locked) AND attribute_not_exists(#status)',
          }),
        ),
      );
    },

    async abandon(tenantId, key) {
      await unlessRefused(
        dynamo.send(
          new DeleteCommand({
            TableName,
            Key: KEYS.idempotency(tenantId, key),
            ConditionExpression: 'attribute_exists(#locked) AND attribute_not_exists(#status)',
            ExpressionAttributeNames: { '#status': 'status', '#locked': 'lockedUntilMs' },
          }),
        ),
      );
    },
  };
}

async function unlessRefused(write: Promise<unknown>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (!isConditionFailure(error)) throw error;
  }
}
