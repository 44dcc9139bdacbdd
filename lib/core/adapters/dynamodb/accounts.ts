import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { notFound } from '../../errors.ts';
import type { Subscription, User } from '../../model/account.ts';
import type { AccountStore } from '../../ports/accounts.ts';
import { auditItem } from './audit.ts';
import { buildUpdate } from './expression.ts';
import { KEYS, PREFIXES } from './keys.ts';
import { getRow, type Place, queryAll, type Row } from './rows.ts';
import { isConditionFailure, type TransactItem, transact } from './transact.ts';

const IS_NEW = { ConditionExpression: 'attribute_not_exists(pk)' };
/** Read in place of the user of an unknown address, so that both take as long. */
const NOBODY = { tenantId: 'sub_0', userId: 'user_0' };

/** The subscription's count of administrators goes up or down, but never to none. Rows from before it have one. */
function countAdministrators(TableName: string, tenantId: string, delta: 1 | -1): TransactItem {
  return {
    Update: {
      TableName,
      Key: KEYS.subscription(tenantId),
      UpdateExpression: 'SET #administrators = if_not_exists(#administrators, :one) + :delta',
      ConditionExpression: delta > 0 ? 'attribute_exists(pk)' : 'attribute_exists(pk) AND #administrators > :one',
      ExpressionAttributeNames: { '#administrators': 'administrators' },
      ExpressionAttributeValues: { ':one': 1, ':delta': delta },
    },
  };
}

/** The owner's count of instances; conditional on the owner being there. */
export function countOwned(TableName: string, tenantId: string, userId: string, delta: number): TransactItem {
  return {
    Update: {
      TableName,
      Key: KEYS.user(tenantId, userId),
      ...buildUpdate({ add: { ownedInstances: delta } }),
      ConditionExpression: 'attribute_exists(pk)',
    },
  };
}

export function createAccountStore(place: Place): AccountStore {
  const { dynamo, table: TableName } = place;

  /** Runs items by name and answers the names of those whose conditions failed, or undefined. */
  async function run(items: [name: string, item: TransactItem][]): Promise<Set<string> | undefined> {
    const failed = await transact(
      dynamo,
      items.map(([, item]) => item),
    );
    return failed && new Set(items.filter((_, i) => failed[i]).map(([name]) => name));
  }

  const claimEmail = (user: Pick<User, 'tenantId' | 'id'>, email: string): TransactItem => ({
    Put: { TableName, Item: { ...KEYS.email(email), tenantId: user.tenantId, userId: user.id }, ...IS_NEW },
  });

  const store: AccountStore = {
    async register(subscription, user, onlyFirst, audit) {
      const Item = { ...KEYS.subscription(subscription.id), ...subscription, administrators: 1 };
      const failed = await run([
        // Set by everybody, so that "only the first" holds for accounts made before it was switched on.
        ['first', { Put: { TableName, Item: KEYS.firstAccount(), ...(onlyFirst ? IS_NEW : {}) } }],
        ['email', claimEmail(user, user.email)],
        ['subscription', { Put: { TableName, Item, ...IS_NEW } }],
        ['user', { Put: { TableName, Item: { ...KEYS.user(user.tenantId, user.id), ...user }, ...IS_NEW } }],
        ['audit', auditItem(TableName, audit)],
      ]);
      if (!failed) return 'created';
      if (failed.has('first')) return 'closed';
      if (failed.has('email')) return 'email-taken';
      throw new Error(`There is a row of ${subscription.id} already.`);
    },

    async findUserByEmail(email) {
      const claim = (await getRow(place, KEYS.email(email))) ?? NOBODY;
      return store.getUser(claim.tenantId as string, claim.userId as string);
    },

    async getUser(tenantId, userId) {
      const row = await getRow(place, KEYS.user(tenantId, userId));
      return row && userOfRow(row);
    },

    async getSubscription(tenantId) {
      const row = await getRow(place, KEYS.subscription(tenantId));
      return row && subscriptionOfRow(row);
    },

    async listUsers(tenantId) {
      const users = (await queryAll(place, PREFIXES.users(tenantId))).map(userOfRow);
      return users.sort((a, b) => a.name.localeCompare(b.name, 'en') || (a.id < b.id ? -1 : 1));
    },

    async createUser(user, audit) {
      const items: [string, TransactItem][] = [
        ['email', claimEmail(user, user.email)],
        ['user', { Put: { TableName, Item: { ...KEYS.user(user.tenantId, user.id), ...user }, ...IS_NEW } }],
        ['audit', auditItem(TableName, audit)],
      ];
      if (user.role === 'ADMINISTRATOR') {
        items.push(['administrators', countAdministrators(TableName, user.tenantId, 1)]);
      }
      const failed = await run(items);
      if (!failed) return 'created';
      if (failed.has('email')) return 'email-taken';
      throw new Error(`The user ${user.id} could not be written.`);
    },

    async updateUser(before, change, audit) {
      const { tenantId, id } = before;
      const as = {
        names: { '#role': 'role', '#email': 'email' },
        values: { ':role': before.role, ':email': before.email },
      };
      const items: [string, TransactItem][] = [
        [
          'user',
          {
            Update: {
              TableName,
              Key: KEYS.user(tenantId, id),
              ...buildUpdate({ set: change }, as),
              ConditionExpression: '#role = :role AND #email = :email',
            },
          },
        ],
        ['audit', auditItem(TableName, audit)],
      ];
      if (change.email !== undefined && KEYS.email(change.email).pk !== KEYS.email(before.email).pk) {
        items.push(['email', claimEmail(before, change.email)]);
        items.push(['old email', { Delete: { TableName, Key: KEYS.email(before.email) } }]);
      }
      if (change.role !== undefined && change.role !== before.role) {
        const delta = change.role === 'ADMINISTRATOR' ? 1 : -1;
        items.push(['administrators', countAdministrators(TableName, tenantId, delta)]);
      }
      const failed = await run(items);
      if (!failed) return 'updated';
      if (failed.has('user')) return 'changed';
      return failed.has('email') ? 'email-taken' : 'last-administrator';
    },

    async removeUser(user, handOver, audit) {
      const { tenantId, id } = user;
      const count = handOver?.instanceIds.length ?? 0;
      const items: [string, TransactItem][] = [
        [
          'user',
          {
            Delete: {
              TableName,
              Key: KEYS.user(tenantId, id),
              ConditionExpression:
                '#role = :role AND #email = :email AND (attribute_not_exists(#owned) OR #owned = :owned)',
              ExpressionAttributeNames: { '#role': 'role', '#email': 'email', '#owned': 'ownedInstances' },
              ExpressionAttributeValues: { ':role': user.role, ':email': user.email, ':owned': count },
            },
          },
        ],
        ['email', { Delete: { TableName, Key: KEYS.email(user.email) } }],
        ['audit', auditItem(TableName, audit)],
      ];
      if (user.role === 'ADMINISTRATOR') {
        items.push(['administrators', countAdministrators(TableName, tenantId, -1)]);
      }
      if (handOver && count > 0) items.push(['heir', countOwned(TableName, tenantId, handOver.to, count)]);
      for (const instanceId of handOver?.instanceIds ?? []) {
        items.push([
          'instance',
          {
            Update: {
              TableName,
              Key: KEYS.instance(tenantId, instanceId),
              ...buildUpdate(
                { set: { createdById: handOver?.to } },
                { names: { '#owner': 'createdById' }, values: { ':owner': id } },
              ),
              ConditionExpression: '#owner = :owner',
            },
          },
        ]);
      }
      const failed = await run(items);
      if (!failed) return 'removed';
      return failed.has('administrators') && failed.size === 1 ? 'last-administrator' : 'changed';
    },

    async setTokensValidFrom(tenantId, userId, tokensValidFromMs) {
      try {
        await dynamo.send(
          new UpdateCommand({
            TableName,
            Key: KEYS.user(tenantId, userId),
            ...buildUpdate({ set: { tokensValidFromMs } }),
            ConditionExpression: 'attribute_exists(pk)',
          }),
        );
      } catch (error) {
        throw isConditionFailure(error) ? notFound('user') : error;
      }
    },

    async updateSubscription(tenantId, set, audit) {
      const failed = await run([
        [
          'subscription',
          {
            Update: {
              TableName,
              Key: KEYS.subscription(tenantId),
              ...buildUpdate({ set }),
              ConditionExpression: 'attribute_exists(pk)',
            },
          },
        ],
        ['audit', auditItem(TableName, audit)],
      ]);
      return failed === undefined;
    },
  };
  return store;
}

function userOfRow(row: Row): User {
  const fields = row as unknown as User;
  const { id, tenantId, email, name, role, passwordHash, mustChangePassword, createdAt, tokensValidFromMs } = fields;
  return { id, tenantId, email, name, role, passwordHash, mustChangePassword, createdAt, tokensValidFromMs };
}

function subscriptionOfRow(row: Row): Subscription {
  const { id, name, tier, maxInstances, currentInstances, createdAt } = row as unknown as Subscription;
  const monthlyMessageQuota = (row.monthlyMessageQuota as number | undefined) ?? null;
  return { id, name, tier, maxInstances, currentInstances, monthlyMessageQuota, createdAt };
}
