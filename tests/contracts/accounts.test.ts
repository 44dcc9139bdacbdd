import { expect, it } from 'vitest';
import { anAudit, aSubscription, aUser, newTenant, randomText, useEmbedded } from '../support/embedded.ts';

const embedded = useEmbedded();

it('registers a subscription with its user, and finds both again exactly', async () => {
  const { accounts } = embedded.adapters();
  const subscription = aSubscription({ tier: 'PRO', maxInstances: 20 });
  const user = aUser(subscription.id);
  expect(await accounts.register(subscription, user, false, anAudit(subscription.id))).toBe('created');
  expect(await accounts.getSubscription(subscription.id)).toEqual(subscription);
  expect(await accounts.getUser(subscription.id, user.id)).toEqual(user);
  expect(await accounts.findUserByLogin(user.email.toUpperCase())).toEqual(user);
});

it('knows nothing of others', async () => {
  const { accounts } = embedded.adapters();
  const subscription = aSubscription();
  const user = aUser(subscription.id);
  await accounts.register(subscription, user, false, anAudit(subscription.id));
  expect(await accounts.getUser(await newTenant({ accounts }), user.id)).toBeUndefined();
  expect(await accounts.findUserByLogin(`x${user.email}`)).toBeUndefined();
  expect(await accounts.getSubscription('sub_none')).toBeUndefined();
});

it('gives an e-mail address to one of many who register with it at once, and leaves nothing of the others', async () => {
  const { accounts } = embedded.adapters();
  const email = `${randomText()}@example.org`;
  const rivals = Array.from({ length: 6 }, (_, i) => {
    const subscription = aSubscription();
    return { subscription, user: aUser(subscription.id, { email: i % 2 ? email : email.toUpperCase() }) };
  });
  const results = await Promise.all(
    rivals.map(({ subscription, user }) => accounts.register(subscription, user, false, anAudit(subscription.id))),
  );
  expect(results.filter((result) => result === 'created')).toHaveLength(1);
  expect(results.filter((result) => result === 'email-taken')).toHaveLength(5);
  const winner = rivals[results.indexOf('created')];
  expect(await accounts.findUserByLogin(email)).toEqual(winner?.user);
  for (const { subscription } of rivals.filter((rival) => rival !== winner)) {
    expect(await accounts.getSubscription(subscription.id)).toBeUndefined();
  }
});

it('finds a user by their user name, which one person has at a time', async () => {
  const { accounts } = embedded.adapters();
  const username = `u-${randomText()}`;
  const [first, second] = [aSubscription(), aSubscription()];
  const holder = aUser(first.id, { username });
  const rival = aUser(second.id, { username });
  const audit = (tenantId: string) => anAudit(tenantId);
  expect(await accounts.register(first, holder, false, audit(first.id))).toBe('created');
  expect(await accounts.register(second, rival, false, audit(second.id))).toBe('username-taken');
  const other = { ...rival, username: null };
  expect(await accounts.register(second, other, false, audit(second.id))).toBe('created');
  expect(await accounts.findUserByLogin(username.toUpperCase())).toEqual(holder);
  expect(await accounts.updateUser(other, { username }, audit(second.id))).toBe('username-taken');

  expect(await accounts.updateUser(holder, { username: null }, audit(first.id))).toBe('updated');
  // What was read before somebody changed it is not written over.
  expect(await accounts.updateUser(holder, { username: 'stale' }, audit(first.id))).toBe('changed');
  expect(await accounts.updateUser(other, { username }, audit(second.id))).toBe('updated');
  expect((await accounts.findUserByLogin(username))?.id).toBe(other.id);
  const helper = aUser(second.id);
  await accounts.createUser(helper, audit(second.id));
  expect(await accounts.removeUser({ ...other, username }, { instanceIds: [], to: helper.id }, audit(second.id))).toBe(
    'removed',
  );
  expect(await accounts.findUserByLogin(username)).toBeUndefined();
});

it('lets only the first register where only the first may', async () => {
  const { accounts } = await embedded.emptyAdapters();
  const rivals = Array.from({ length: 4 }, () => aSubscription());
  const results = await Promise.all(rivals.map((own) => accounts.register(own, aUser(own.id), true, anAudit(own.id))));
  expect(results.toSorted()).toEqual(['closed', 'closed', 'closed', 'created']);
});

it('counts accounts from before "only the first" was switched on', async () => {
  const { accounts } = await embedded.emptyAdapters();
  await newTenant({ accounts });
  const late = aSubscription();
  expect(await accounts.register(late, aUser(late.id), true, anAudit(late.id))).toBe('closed');
});

it('sets a password, the moment from which tokens count, and nothing else', async () => {
  const { accounts } = embedded.adapters();
  const subscription = aSubscription();
  const user = aUser(subscription.id, { mustChangePassword: true });
  await accounts.register(subscription, user, false, anAudit(subscription.id));
  const change = { passwordHash: 'new-hash', tokensValidFromMs: 1234, mustChangePassword: false };
  expect(await accounts.updateUser(user, change, anAudit(user.tenantId))).toBe('updated');
  const changed = { ...user, ...change };
  expect(await accounts.getUser(user.tenantId, user.id)).toEqual(changed);
  await accounts.setTokensValidFrom(user.tenantId, user.id, 5678);
  expect(await accounts.getUser(user.tenantId, user.id)).toEqual({ ...changed, tokensValidFromMs: 5678 });
});

it('never makes a user out of a password', async () => {
  const { accounts } = embedded.adapters();
  const tenantId = await newTenant({ accounts });
  const nobody = aUser(tenantId, { id: 'user_none' });
  expect(await accounts.updateUser(nobody, { passwordHash: 'hash' }, anAudit(tenantId))).toBe('changed');
  await expect(accounts.setTokensValidFrom(tenantId, nobody.id, 1)).rejects.toMatchObject({
    code: 'RESOURCE_NOT_FOUND',
  });
  expect(await accounts.getUser(tenantId, 'user_none')).toBeUndefined();
});
