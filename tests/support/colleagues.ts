import { expect } from 'vitest';
import type { Account, ApiRig } from './api-rig.ts';

const TEMPORARY = 'temporaryPass123';

export interface Colleague {
  token: string;
  userId: string;
}

/** A USER of the account's subscription with a temporary password. */
export async function colleague(rig: ApiRig, account: Pick<Account, 'token'>): Promise<Colleague> {
  const email = `colleague-${Math.random().toString(36).slice(2)}@example.com`;
  const fields = { email, name: 'Colleague', role: 'USER', password: TEMPORARY };
  const created = await rig.call('POST', '/api/users', fields, { as: account.token });
  expect(created.status).toBe(201);
  const { body } = await rig.call('POST', '/api/auth/login', { email, password: TEMPORARY });
  return { token: body.data.token, userId: body.data.user.id };
}

/** A USER of the account's subscription, with a password of their own. */
export async function member(rig: ApiRig, account: Pick<Account, 'token'>): Promise<Colleague> {
  const { token, userId } = await colleague(rig, account);
  const change = { currentPassword: TEMPORARY, newPassword: 'aPasswordOfMyOwn1' };
  const { body } = await rig.call('POST', '/api/auth/change-password', change, { as: token });
  return { token: body.data.token, userId };
}
