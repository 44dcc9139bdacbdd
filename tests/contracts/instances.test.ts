import { expect, it } from 'vitest';
import { INITIAL_STATE } from '../../lib/core/model/instance.ts';
import { anAudit, anInstance, newTenant, randomText, useEmbedded } from '../support/embedded.ts';

const embedded = useEmbedded();

it('creates an instance and finds it by id, by name without regard to case, and on its shard', async () => {
  const adapters = embedded.adapters();
  const { instances, accounts } = adapters;
  const tenantId = await newTenant(adapters);
  const instance = anInstance(tenantId, { shard: 7 });
  expect(await instances.create(instance, anAudit(instance.tenantId))).toBe('created');
  expect(await instances.get(tenantId, instance.id)).toEqual(instance);
  expect(await instances.findByName(tenantId, instance.name.toUpperCase())).toEqual(instance);
  expect(await instances.listShard(7)).toContainEqual({ tenantId, instanceId: instance.id });
  expect(await accounts.getSubscription(tenantId)).toMatchObject({ currentInstances: 1 });
});

it('is blind to other tenants', async () => {
  const adapters = embedded.adapters();
  const instance = anInstance(await newTenant(adapters));
  await adapters.instances.create(instance, anAudit(instance.tenantId));
  const stranger = await newTenant(adapters);
  expect(await adapters.instances.get(stranger, instance.id)).toBeUndefined();
  expect(await adapters.instances.findByName(stranger, instance.name)).toBeUndefined();
  expect(await adapters.instances.list(stranger)).toEqual([]);
  expect(await adapters.instances.remove(stranger, instance.id, anAudit(stranger))).toBe(false);
  expect(await adapters.instances.get(instance.tenantId, instance.id)).toEqual(instance);
  expect(await adapters.instances.create(anInstance(stranger, { name: instance.name }), anAudit(stranger))).toBe(
    'created',
  );
});

it('lists by name', async () => {
  const adapters = embedded.adapters();
  const tenantId = await newTenant(adapters);
  for (const name of ['b', 'C', 'a'])
    await adapters.instances.create(anInstance(tenantId, { name }), anAudit(tenantId));
  expect((await adapters.instances.list(tenantId)).map(({ name }) => name)).toEqual(['a', 'b', 'C']);
});

it('takes exactly as many as there is room for, however many come at once', async () => {
  const adapters = embedded.adapters();
  const tenantId = await newTenant(adapters, 2);
  await adapters.instances.create(anInstance(tenantId), anAudit(tenantId));
  const results = await Promise.all(
    Array.from({ length: 4 }, () => adapters.instances.create(anInstance(tenantId), anAudit(tenantId))),
  );
  expect(results.toSorted()).toEqual(['created', 'limit-reached', 'limit-reached', 'limit-reached']);
  expect(await adapters.instances.list(tenantId)).toHaveLength(2);
  expect(await adapters.accounts.getSubscription(tenantId)).toMatchObject({ currentInstances: 2 });
});

it('gives a name to one of two who take it at once, and counts only that one', async () => {
  const adapters = embedded.adapters();
  const tenantId = await newTenant(adapters);
  const name = randomText();
  const results = await Promise.all(
    [name, name.toUpperCase()].map((its) =>
      adapters.instances.create(anInstance(tenantId, { name: its }), anAudit(tenantId)),
    ),
  );
  expect(results.toSorted()).toEqual(['created', 'name-taken']);
  expect(await adapters.accounts.getSubscription(tenantId)).toMatchObject({ currentInstances: 1 });
});

it('removes once: name, place and shard entry are free again', async () => {
  const adapters = embedded.adapters();
  const { instances } = adapters;
  const tenantId = await newTenant(adapters, 1);
  const instance = anInstance(tenantId, { shard: 8 });
  await instances.create(instance, anAudit(instance.tenantId));
  const results = await Promise.all([
    instances.remove(tenantId, instance.id, anAudit(tenantId)),
    instances.remove(tenantId, instance.id, anAudit(tenantId)),
  ]);
  expect(results.toSorted()).toEqual([false, true]);
  expect(await instances.get(tenantId, instance.id)).toBeUndefined();
  expect(await instances.findByName(tenantId, instance.name)).toBeUndefined();
  expect(await instances.listShard(8)).toEqual([]);
  expect(await adapters.accounts.getSubscription(tenantId)).toMatchObject({ currentInstances: 0 });
  expect(await instances.create(anInstance(tenantId, { name: instance.name }), anAudit(tenantId))).toBe('created');
});

it('reads the state that the runner has written, beside the settings, and defaults where it has not', async () => {
  const adapters = embedded.adapters();
  const tenantId = await newTenant(adapters);
  const instance = anInstance(tenantId);
  await adapters.instances.create(instance, anAudit(instance.tenantId));
  const { fence } = await adapters.sessions.takeFence(tenantId, instance.id, 'runner_1');
  const qr = { text: '2@abc', expiresAt: '2026-01-01T00:01:00.000Z' };
  await adapters.sessions.commit(fence, [{ kind: 'state', set: { status: 'WAITING_FOR_SCAN', qr } }]);
  await adapters.sessions.commit(fence, [{ kind: 'state', set: { connectionAttempts: 2, lastError: 'lost' } }]);
  const state = { ...INITIAL_STATE, status: 'WAITING_FOR_SCAN' as const, qr, connectionAttempts: 2, lastError: 'lost' };
  expect(await adapters.instances.get(tenantId, instance.id)).toEqual({ ...instance, state });
  await adapters.sessions.commit(fence, [{ kind: 'state', set: { status: 'CONNECTED', qr: null, linked: true } }]);
  expect(await adapters.instances.list(tenantId)).toEqual([
    { ...instance, state: { ...state, status: 'CONNECTED', qr: null, linked: true } },
  ]);
});

it('does not bring a removed instance back by a late state write', async () => {
  const adapters = embedded.adapters();
  const tenantId = await newTenant(adapters);
  const instance = anInstance(tenantId);
  await adapters.instances.create(instance, anAudit(instance.tenantId));
  const { fence } = await adapters.sessions.takeFence(tenantId, instance.id, 'runner_1');
  await adapters.instances.remove(tenantId, instance.id, anAudit(tenantId));
  await adapters.sessions.commit(fence, [{ kind: 'state', set: { status: 'DISCONNECTED' } }]);
  expect(await adapters.instances.get(tenantId, instance.id)).toBeUndefined();
  expect(await adapters.instances.list(tenantId)).toEqual([]);
  expect(await adapters.instances.remove(tenantId, instance.id, anAudit(tenantId))).toBe(false);
  expect(await adapters.accounts.getSubscription(tenantId)).toMatchObject({ currentInstances: 0 });
});
