import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { RefreshToken } from '../../model/account.ts';
import type { RefreshTokenStore } from '../../ports/accounts.ts';
import { buildUpdate } from './expression.ts';
import { KEYS, TTL } from './keys.ts';
import { getRow, type Place, type Row, ttlAt, withoutNulls } from './rows.ts';
import { transact } from './transact.ts';

export function createRefreshTokenStore(place: Place): RefreshTokenStore {
  const { dynamo, table: TableName } = place;
  const isNew = { ConditionExpression: 'attribute_not_exists(pk)' };

  return {
    async create(token) {
      await dynamo.send(new PutCommand({ TableName, Item: tokenToRow(token) }));
    },

    async rotate(old, next, nowMs) {
      if (old.expiresAtMs <= nowMs) return 'refused';
      if (old.usedAt !== null) return 'reused';
      const failed = await transact(dynamo, [
        {
          Update: {
            TableName,
            Key: KEYS.refresh(old.hash),
            ...buildUpdate({ set: { usedAt: new Date(nowMs).toISOString() } }, { names: { '#usedAt': 'usedAt' } }),
            ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(#usedAt)',
          },
        },
        { ConditionCheck: { TableName, Key: KEYS.family(old.familyId), ...isNew } },
        { Put: { TableName, Item: tokenToRow(next), ...isNew } },
      ]);
      if (!failed) return 'rotated';
      if (failed[0]) return 'reused';
      if (failed[1]) return 'refused';
      throw new Error('The successor of a refresh token exists already.');
    },

    async find(hash) {
      const row = await getRow(place, KEYS.refresh(hash));
      return row && tokenOfRow(row);
    },

    async revokeFamily(familyId, untilMs) {
      await dynamo.send(new PutCommand({ TableName, Item: { ...KEYS.family(familyId), [TTL]: ttlAt(untilMs) } }));
    },
  };
}

function tokenToRow(token: RefreshToken): Row {
  return { ...KEYS.refresh(token.hash), ...withoutNulls(token), [TTL]: ttlAt(token.expiresAtMs) };
}

function tokenOfRow(row: Row): RefreshToken {
  const { hash, familyId, tenantId, userId, usedAt, expiresAtMs } = row as unknown as RefreshToken;
  return { hash, familyId, tenantId, userId, usedAt: usedAt ?? null, expiresAtMs };
}
