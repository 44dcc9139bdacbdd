import { DeleteCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { ApiKey } from '../../model/account.ts';
import { secretEndsAtMs } from '../../model/key-rotation.ts';
import type { ApiKeyStore, DueRotation } from '../../ports/accounts.ts';
import { auditItem } from './audit.ts';
import { buildUpdate } from './expression.ts';
import { KEYS, PREFIXES, ROTATIONS_UNTIL, TTL } from './keys.ts';
import { getRow, type Place, queryAll, type Row, ttlAt, withoutNulls } from './rows.ts';
import { isConditionFailure, MAX_TRANSACT_ITEMS, type TransactItem, transact } from './transact.ts';

const USE_NOTED_EVERY_MS = 60_000;
const MAX_REMEMBERED_USES = 10_000;

export function createApiKeyStore(place: Place): ApiKeyStore {
  const { dynamo, table: TableName, clock } = place;
  const isNew = { ConditionExpression: 'attribute_not_exists(pk)' };
  const isThere = { ConditionExpression: 'attribute_exists(pk)' };
  /** When this process last wrote that a key is in use, oldest first. */
  const noted = new Map<string, number>();

  /** A key is a row in the list of its instance or account, and one per secret, equal but for their keys. */
  const listKey = ({ tenantId, instanceId, id }: ApiKey) => KEYS.apiKey(tenantId, instanceId, id);

  /** The change of a key in its list; a rotation changes the hash, so writes that overlap with one are refused. */
  const listUpdate = (key: ApiKey, set: object) => ({
    Update: {
      TableName,
      Key: listKey(key),
      ...buildUpdate({ set }, { names: { '#hash': 'hash' }, values: { ':hash': key.hash } }),
      ConditionExpression: '#hash = :hash',
    },
  });

  /** The note that a key is due moves along with its rotation. */
  const rescheduled = (key: ApiKey, before: ApiKey['rotation'], after: ApiKey['rotation']): TransactItem[] => {
    if (before?.dueAt === after?.dueAt) return [];
    const { tenantId, instanceId, id: keyId } = key;
    const at = ({ dueAt }: { dueAt: string }) => KEYS.rotation(Date.parse(dueAt), keyId);
    const put = (dueAt: string): TransactItem => ({
      Put: { TableName, Item: { ...at({ dueAt }), ...withoutNulls({ tenantId, instanceId, keyId, dueAt }) } },
    });
    return [...(before ? [{ Delete: { TableName, Key: at(before) } }] : []), ...(after ? [put(after.dueAt)] : [])];
  };

  async function list(tenantId: string, instanceId: string | null): Promise<ApiKey[]> {
    return (await queryAll(place, PREFIXES.apiKeys(tenantId, instanceId))).map(apiKeyOfRow);
  }

  return {
    async create(key, audit) {
      const failed = await transact(dynamo, [
        ...[listKey(key), KEYS.keyHash(key.hash)].map((Key) => ({
          Put: { TableName, Item: { ...Key, ...withoutNulls(key) }, ...isNew },
        })),
        ...rescheduled(key, null, key.rotation),
        auditItem(TableName, audit),
      ]);
      if (failed) throw new Error(`The API key ${key.id} exists already.`);
    },

    async findByHash(hash) {
      const row = await getRow(place, KEYS.keyHash(hash));
      const key = row && apiKeyOfRow(row);
      if (key === undefined) return undefined;
      if (key.hash === hash) return secretEndsAtMs(key) > clock() ? key : undefined;
      return key.previous?.hash === hash && isActive(key.previous, clock()) ? key : undefined;
    },

    async get(tenantId, instanceId, keyId) {
      const row = await getRow(place, KEYS.apiKey(tenantId, instanceId, keyId));
      return row && apiKeyOfRow(row);
    },

    async list(tenantId, instanceId) {
      const keys = await list(tenantId, instanceId);
      return keys.sort((a, b) => (a.createdAt < b.createdAt ? 1 : a.createdAt > b.createdAt ? -1 : 0));
    },

    async update(key, changes, audit) {
      const active = key.previous && isActive(key.previous, clock()) ? [key.hash, key.previous.hash] : [key.hash];
      const failed = await transact(dynamo, [
        listUpdate(key, changes),
        ...active.map((hash) => ({
          Update: { TableName, Key: KEYS.keyHash(hash), ...buildUpdate({ set: changes }), ...isThere },
        })),
        ...(changes.rotation === undefined ? [] : rescheduled(key, key.rotation, changes.rotation)),
        auditItem(TableName, audit),
      ]);
      return failed === undefined;
    },

    async rotate(key, { hash, hint, rotation }, overlapUntil, audit) {
      const previous = overlapUntil === null ? null : { hash: key.hash, hint: key.hint, until: overlapUntil };
      const set = { hash, hint, previous, rotation };
      const old = { TableName, Key: KEYS.keyHash(key.hash) };
      const failed = await transact(dynamo, [
        listUpdate(key, set),
        {
          Put: {
            TableName,
            Item: { ...KEYS.keyHash(hash), ...withoutNulls({ ...key, ...set, lastUsedAt: null }) },
            ...isNew,
          },
        },
        overlapUntil === null
          ? { Delete: old }
          : {
              Update: {
                ...old,
                ...buildUpdate({ set: { ...set, [TTL]: ttlAt(Date.parse(overlapUntil)) } }),
                ...isThere,
              },
            },
        ...(key.previous ? [{ Delete: { TableName, Key: KEYS.keyHash(key.previous.hash) } }] : []),
        ...rescheduled(key, key.rotation, rotation),
        auditItem(TableName, audit),
      ]);
      return failed === undefined;
    },

    async listDue(nowMs, limit) {
      const { pk, until } = ROTATIONS_UNTIL(nowMs);
      const { Items = [] } = await dynamo.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: 'pk = :pk AND sk < :until',
          ExpressionAttributeValues: { ':pk': pk, ':until': until },
          ConsistentRead: true,
          Limit: limit,
        }),
      );
      return Items.map((row) => {
        const { tenantId, instanceId = null, keyId, dueAt } = row as unknown as DueRotation;
        return { tenantId, instanceId, keyId, dueAt };
      });
    },

    async clearDue({ keyId, dueAt }) {
      await dynamo.send(new DeleteCommand({ TableName, Key: KEYS.rotation(Date.parse(dueAt), keyId) }));
    },

    async noteUse(tenantId, instanceId, keyId) {
      const nowMs = clock();
      if (nowMs - (noted.get(keyId) ?? Number.NEGATIVE_INFINITY) < USE_NOTED_EVERY_MS) return;
      noted.delete(keyId);
      noted.set(keyId, nowMs);
      if (noted.size > MAX_REMEMBERED_USES) noted.delete(noted.keys().next().value as string);
      try {
        await dynamo.send(
          new UpdateCommand({
            TableName,
            Key: KEYS.apiKey(tenantId, instanceId, keyId),
            ...buildUpdate(
              { set: { lastUsedAt: new Date(nowMs).toISOString() } },
              {
                names: { '#used': 'lastUsedAt' },
                values: { ':before': new Date(nowMs - USE_NOTED_EVERY_MS).toISOString() },
              },
            ),
            // Another process may have said it within the minute.
            ConditionExpression: 'attribute_exists(pk) AND (attribute_not_exists(#used) OR #used <= :before)',
          }),
        );
      } catch (error) {
        if (!isConditionFailure(error)) throw error;
      }
    },

    async removeAll(tenantId, instanceId) {
      const doomed = (await list(tenantId, instanceId)).flatMap((key) => [
        listKey(key),
        KEYS.keyHash(key.hash),
        ...(key.previous ? [KEYS.keyHash(key.previous.hash)] : []),
      ]);
      for (let i = 0; i < doomed.length; i += MAX_TRANSACT_ITEMS) {
        const items = doomed.slice(i, i + MAX_TRANSACT_ITEMS).map((Key) => ({ Delete: { TableName, Key } }));
        await transact(dynamo, items);
      }
    },
  };
}

function isActive(previous: NonNullable<ApiKey['previous']>, nowMs: number): boolean {
  return Date.parse(previous.until) > nowMs;
}

function apiKeyOfRow(row: Row): ApiKey {
  const key = row as unknown as ApiKey;
  const { id, tenantId, name, hash, hint, permissions, rateLimit, createdAt, createdById } = key;
  return {
    ...{ id, tenantId, name, hash, hint, permissions, rateLimit, createdAt, createdById },
    instanceId: key.instanceId ?? null,
    environment: key.environment ?? null,
    previous: key.previous ?? null,
    rotation: key.rotation ?? null,
    ipAllowList: key.ipAllowList ?? [],
    expiresAt: key.expiresAt ?? null,
    revokedAt: key.revokedAt ?? null,
    lastUsedAt: key.lastUsedAt ?? null,
  };
}
