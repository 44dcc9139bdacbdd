import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { notFound } from '../../errors.ts';
import type { Subscription, User } from '../../model/account.ts';
import type { AccountStore } from '../../ports/accounts.ts';
import { buildUpdate } from './expression.ts';
import { KEYS } from './keys.ts';
import { getRow, type Place, type Row } from './rows.ts';
import { isConditionFailure, transact } from './transact.ts';

export function createAccountStore(place: Place): AccountStore {
  const { dynamo, table: TableName } = place;
  const isNew = { ConditionExpression: 'attribute_not_exists(pk)' };

  async function updateUser(tenantId: string, userId: string, set: Partial<User>): Promise<void> {
    try {
      await dynamo.send(
        new UpdateCommand({
          TableName,
          Key: KEYS.user(tenantId, userId),
          ...buildUpdate({ set }),
          ConditionExpression: 'attribute_exists(pk)',
        }),
      );
    } catch (error) {
      throw isConditionFailure(error) ? notFound('user') : error;
    }
  }

  const store: AccountStore = {
    async register(subscription, user, onlyFirst) {
      const claim = { tenantId: user.tenantId, userId: user.id };
      const failed = await transact(dynamo, [
        // Set by everybody, so that "only the first" holds for accounts made before it was switched on.
        { Put: { TableName, Item: KEYS.firstAccount(), ...(onlyFirst ? isNew : {}) } },
        { Put: { TableName, Item: { ...KEYS.email(user.email), ...claim }, ...isNew } },
        { Put: { TableName, Item: { ...KEYS.subscription(subscription.id), ...subscription }, ...isNew } },
        { Put: { TableName, Item: { ...KEYS.user(user.tenantId, user.id), ...user }, ...isNew } },
      ]);
      if (!failed) return 'created';
      if (failed[0]) return 'closed';
      if (failed[1]) return 'email-taken';
      throw new Error(`There is a row of ${subscription.id} already.`);
    },

    async findUserByEmail(email) {
      const claim = await getRow(place, KEYS.email(email));
      return claim && store.getUser(claim.tenantId as string, claim.userId as string);
    },

    async getUser(tenantId, userId) {
      const row = await getRow(place, KEYS.user(tenantId, userId));
      return row && userOfRow(row);
    },

    async getSubscription(tenantId) {
      const row = await getRow(place, KEYS.subscription(tenantId));
      return row && subscriptionOfRow(row);
    },

    setPassword: (tenantId, userId, passwordHash, tokensValidFromMs) =>
      updateUser(tenantId, userId, { passwordHash, tokensValidFromMs, mustChangePassword: false }),

    setTokensValidFrom: (tenantId, userId, tokensValidFromMs) => updateUser(tenantId, userId, { tokensValidFromMs }),
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
  return { id, name, tier, maxInstances, currentInstances, createdAt };
}
