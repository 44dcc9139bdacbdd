import { expect, it } from 'vitest';
import { outboundPolicy } from '../../lib/core/adapters/http/outbound-policy.ts';
import type { Principal } from '../../lib/core/model/account.ts';
import { createInstance } from '../../lib/core/usecases/create-instance.ts';
import { anAudit, newTenant, OWNER_ID, useEmbedded } from '../support/embedded.ts';

const embedded = useEmbedded();

it('puts new instances on the least loaded shard, and a raised number of shards moves nobody', async () => {
  const adapters = await embedded.emptyAdapters();
  const tenantId = await newTenant(adapters, 40);
  const principal: Principal = {
    ...{ kind: 'user', tenantId, userId: OWNER_ID, name: 'A', role: 'ADMINISTRATOR', mustChangePassword: false },
    origin: { address: null, userAgent: null },
  };
  const create = (name: string, shardCount: number) => {
    const outbound = outboundPolicy(embedded.config);
    const policy = {
      registration: 'open' as const,
      shardCount,
      outbound,
      auditRetentionDays: 1,
      publicUrl: '',
      fleetControl: false,
    };
    const ports = { ...adapters, testNetwork: undefined, policy, clock: Date.now };
    return createInstance(ports, principal, { name });
  };
  const counts = async () => (await adapters.shards.list()).map(({ instances }) => instances);

  const early = [];
  for (let n = 0; n < 9; n += 1) early.push(await create(`early-${n}`, 3));
  expect(await counts()).toEqual([3, 3, 3]);
  const gone = early.filter(({ shard }) => shard === 1);
  for (const { id } of gone.slice(0, 2)) await adapters.instances.remove(tenantId, id, anAudit(tenantId));
  expect(await counts()).toEqual([3, 1, 3]);
  await create('next', 3);
  expect(await counts()).toEqual([3, 2, 3]);

  for (let n = 0; n < 4; n += 1) await create(`late-${n}`, 5);
  expect(await counts()).toEqual([3, 2, 3, 2, 2]);
  for (const { id, shard } of early.filter((instance) => !gone.includes(instance))) {
    expect((await adapters.instances.get(tenantId, id))?.shard).toBe(shard);
  }
  await create('last', 2);
  expect(await counts()).toEqual([3, 3, 3, 2, 2]);
});
