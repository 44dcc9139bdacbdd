import type { ApiKey } from '../../model/account.ts';
import type { ApiKeyStore } from '../../ports/accounts.ts';
import { buildUpdate } from './expression.ts';
import { KEYS, PREFIXES } from './keys.ts';
import { getRow, type Place, queryAll, type Row, withoutNulls } from './rows.ts';
import { MAX_TRANSACT_ITEMS, transact } from './transact.ts';

export function createApiKeyStore(place: Place): ApiKeyStore {
  const { dynamo, table: TableName } = place;

  /** A key is two rows, equal but for their keys: one found by its hash, one listed under its instance. */
  const rowKeys = ({ tenantId, instanceId, id, hash }: ApiKey) => [
    KEYS.apiKey(tenantId, instanceId, id),
    KEYS.keyHash(hash),
  ];

  async function list(tenantId: string, instanceId: string): Promise<ApiKey[]> {
    return (await queryAll(place, PREFIXES.apiKeys(tenantId, instanceId))).map(apiKeyOfRow);
  }

  return {
    async create(key) {
      const failed = await transact(
        dynamo,
        rowKeys(key).map((Key) => ({
          Put: { TableName, Item: { ...Key, ...withoutNulls(key) }, ConditionExpression: 'attribute_not_exists(pk)' },
        })),
      );
      if (failed) throw new Error(`The API key ${key.id} exists already.`);
    },

    async findByHash(hash) {
      const row = await getRow(place, KEYS.keyHash(hash));
      return row && apiKeyOfRow(row);
    },

    async list(tenantId, instanceId) {
      const keys = await list(tenantId, instanceId);
      return keys.sort((a, b) => (a.createdAt < b.createdAt ? 1 : a.createdAt > b.createdAt ? -1 : 0));
    },

    async revoke(tenantId, instanceId, keyId, revokedAt) {
      const row = await getRow(place, KEYS.apiKey(tenantId, instanceId, keyId));
      if (!row) return false;
      const failed = await transact(
        dynamo,
        rowKeys(apiKeyOfRow(row)).map((Key) => ({
          Update: {
            TableName,
            Key,
            ...buildUpdate({ once: { revokedAt } }),
            ConditionExpression: 'attribute_exists(pk)',
          },
        })),
      );
      return failed === undefined;
    },

    async removeAll(tenantId, instanceId) {
      const doomed = (await list(tenantId, instanceId)).flatMap(rowKeys);
      for (let i = 0; i < doomed.length; i += MAX_TRANSACT_ITEMS) {
        const items = doomed.slice(i, i + MAX_TRANSACT_ITEMS).map((Key) => ({ Delete: { TableName, Key } }));
        await transact(dynamo, items);
      }
    },
  };
}

function apiKeyOfRow(row: Row): ApiKey {
  const key = row as unknown as ApiKey;
  const { id, tenantId, instanceId, name, hash, hint, permissions, rateLimit, createdAt, createdById } = key;
  return {
    ...{ id, tenantId, instanceId, name, hash, hint, permissions, rateLimit, createdAt, createdById },
    expiresAt: key.expiresAt ?? null,
    revokedAt: key.revokedAt ?? null,
  };
}
