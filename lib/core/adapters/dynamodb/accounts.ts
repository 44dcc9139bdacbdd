import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { notFound } from '../../errors.ts';
import type { Subscription, User } from '../../model/account.ts';
import type { AccountStore } from '../../ports/accounts.ts';
import { auditItem } from './audit.ts';
import { buildUpdate } from './expression.ts';
import { KEYS, PREFIXES } from './keys.ts';
import { getRow, type Place, queryAll, type Row, withoutNulls } from './rows.ts';
import { isConditionFailure, type TransactItem, transact } from './transact.ts';

const IS_NEW = { ConditionExpression: 'attribute_not_exists(pk)' };
type Named = [name: string, item: TransactItem];

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
  async function run(items: Named[]): Promise<Set<string> | undefined> {
    const failed = await transact(
      dynamo,
      items.map(([, item]) => item),
    );
    return failed && new Set(items.filter((_, i) => failed[i]).map(([name]) => name));
  }

  /** Of an e-mail address or a user name: one key space, since a user name has no `@`. */
  const claimLogin = (user: Pick<User, 'tenantId' | 'id'>, login: string): TransactItem => ({
    Put: { TableName, Item: { ...KEYS.email(login), tenantId: user.tenantId, userId: user.id }, ...IS_NEW },
  });

  const freeLogin = (login: string): TransactItem => ({ Delete: { TableName, Key: KEYS.email(login) } });
  const putUser = (user: User): TransactItem => ({
    Put: { TableName, Item: { ...KEYS.user(user.tenantId, user.id), ...withoutNulls(user) }, ...IS_NEW },
  });

  const store: AccountStore = {
    async register(subscription, user, onlyFirst, audit) {
      const Item = { ...KEYS.subscription(subscription.id), ...subscription, administrators: 1 };
      const failed = await run([
        // Set by everybody, so that "only the first" holds for accounts made before it was switched on.
        ['first', { Put: { TableName, Item: KEYS.firstAccount(), ...(onlyFirst ? IS_NEW : {}) } }],
        ['email', claimLogin(user, user.email)],
        ...(user.username === null ? [] : [['username', claimLogin(user, user.username)] as Named]),
        ['subscription', { Put: { TableName, Item, ...IS_NEW } }],
        ['user', putUser(user)],
        ['audit', auditItem(TableName, audit)],
      ]);
      if (!failed) return 'created';
      if (failed.has('first')) return 'closed';
      if (failed.has('email')) return 'email-taken';
      if (failed.has('username')) return 'username-taken';
      throw new Error(`There is a row of ${subscription.id} already.`);
    },

    async findUserByLogin(login) {
      const claim = (await getRow(place, KEYS.email(login))) ?? NOBODY;
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
      const items: Named[] = [
        ['email', claimLogin(user, user.email)],
        ['user', putUser(user)],
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
      const { names, values, condition } = isStill(before);
      const items: Named[] = [
        [
          'user',
          {
            Update: {
              TableName,
              Key: KEYS.user(tenantId, id),
              ...buildUpdate({ set: change }, { names, values }),
              ConditionExpression: condition,
            },
          },
        ],
        ['audit', auditItem(TableName, audit)],
      ];
      if (change.email !== undefined && KEYS.email(change.email).pk !== KEYS.email(before.email).pk) {
        items.push(['email', claimLogin(before, change.email)]);
        items.push(['old email', freeLogin(before.email)]);
      }
      if (change.username !== undefined && change.username !== before.username) {
        if (change.username !== null) items.push(['username', claimLogin(before, change.username)]);
        if (before.username !== null) items.push(['old username', freeLogin(before.username)]);
      }
      if (change.role !== undefined && change.role !== before.role) {
        const delta = change.role === 'ADMINISTRATOR' ? 1 : -1;
        items.push(['administrators', countAdministrators(TableName, tenantId, delta)]);
      }
      const failed = await run(items);
      if (!failed) return 'updated';
      if (failed.has('user')) return 'changed';
      if (failed.has('email')) return 'email-taken';
      return failed.has('username') ? 'username-taken' : 'last-administrator';
    },

    async removeUser(user, handOver, audit) {
      const { tenantId, id } = user;
      const count = handOver?.instanceIds.length ?? 0;
      const { names, values, condition } = isStill(user);
      const items: Named[] = [
        [
          'user',
          {
            Delete: {
              TableName,
              Key: KEYS.user(tenantId, id),
              ConditionExpression: `${condition} AND (attribute_not_exists(#owned) OR #owned = :owned)`,
              ExpressionAttributeNames: { ...names, '#owned': 'ownedInstances' },
              ExpressionAttributeValues: { ...values, ':owned': count },
            },
          },
        ],
        ['email', freeLogin(user.email)],
        ...(user.username === null ? [] : [['username', freeLogin(user.username)] as Named]),
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

/** What a user was signed in or chosen by, and what they may do, is what the caller read. */
function isStill({ role, email, username }: User) {
  return {
    names: { '#role': 'role', '#email': 'email', '#username': 'username' },
    values: { ':role': role, ':email': email, ...(username !== null && { ':username': username }) },
    condition: `#role = :role AND #email = :email AND ${
      username === null ? 'attribute_not_exists(#username)' : '#username = :username'
    }`,
  };
}

function userOfRow(row: Row): User {
  const fields = row as unknown as User;
  const { id, tenantId, email, name, role, passwordHash, mustChangePassword, createdAt, tokensValidFromMs } = fields;
  const username = fields.username ?? null;
  return { id, tenantId, email, username, name, role, passwordHash, mustChangePassword, createdAt, tokensValidFromMs };
}

function subscriptionOfRow(row: Row): Subscription {
  const { id, name, tier, maxInstances, currentInstances, createdAt } = row as unknown as Subscription;
  const monthlyMessageQuota = (row.monthlyMessageQuota as number | undefined) ?? null;
  return { id, name, tier, maxInstances, currentInstances, monthlyMessageQuota, createdAt };
}
