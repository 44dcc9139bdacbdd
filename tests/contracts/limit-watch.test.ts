import { expect, it } from 'vitest';
import type { RecordedAccountEvent } from '../../lib/core/ports/events.ts';
import { createLimitWatch } from '../../lib/core/usecases/watch-limits.ts';
import { anAudit, aSubscription, aUser, useEmbedded } from '../support/embedded.ts';

const embedded = useEmbedded();
const log = { debug() {}, info() {}, warn() {}, error() {} };
const CONNECTING = [{ type: 'instance.connecting' }] as const;
const SENT = [{ type: 'message.sent' }] as const;

async function anAccount(fields: Parameters<typeof aSubscription>[0]) {
  const world = { nowMs: Date.UTC(2026, 10, 24, 9) };
  const adapters = embedded.adapters(() => world.nowMs);
  const subscription = aSubscription(fields);
  await adapters.accounts.register(subscription, aUser(subscription.id), false, anAudit(subscription.id));
  const watchOfProcess = () => createLimitWatch({ ...adapters, log, clock: () => world.nowMs });
  const warnings = async () =>
    ((await adapters.events.list(subscription.id, 0, 100)).events as RecordedAccountEvent[]).map(({ data }) => data);
  return { world, adapters, tenantId: subscription.id, watchOfProcess, warnings };
}

it('warns of instances at 80 % and at 100 %, once a month, whatever process looks', async () => {
  const { world, tenantId, watchOfProcess, warnings } = await anAccount({ maxInstances: 5, currentInstances: 5 });
  const watch = watchOfProcess();
  await watch(tenantId, SENT);
  expect(await warnings()).toEqual([]);
  await watch(tenantId, CONNECTING);
  await watch(tenantId, CONNECTING);
  await watchOfProcess()(tenantId, CONNECTING);
  const both = [80, 100].map((percent) => ({ resource: 'instances', used: 5, limit: 5, percent }));
  expect(await warnings()).toEqual(both);
  world.nowMs = Date.UTC(2026, 11, 2);
  await watch(tenantId, CONNECTING);
  expect(await warnings()).toEqual([...both, ...both]);
});

it('warns of nothing below the mark, and of messages only where there is a quota', async () => {
  const { adapters, tenantId, watchOfProcess, warnings } = await anAccount({ maxInstances: 5, currentInstances: 3 });
  await watchOfProcess()(tenantId, [...CONNECTING, ...SENT]);
  expect(await warnings()).toEqual([]);
  const quota = await anAccount({ monthlyMessageQuota: 10 });
  const { events, sessions } = adapters;
  const { fence } = await sessions.takeFence(quota.tenantId, `inst_${quota.tenantId}`, 'runner_1');
  await sessions.commit(fence, [], { shard: 0, lastSeq: 0 });
  const settle = (cursor: number, sent: number) =>
    events.settle({
      ...{ tenantId: quota.tenantId, streamId: fence.instanceId, cursor },
      events: [
        {
          event: { id: `evt_${cursor}`, seq: cursor + 1, tenantId: quota.tenantId } as never,
          ...{ repeat: false, once: false, shard: 0, isAnnounced: true },
        },
      ],
      counts: [{ hourMs: quota.world.nowMs, counts: { sent } }],
    });
  const watch = quota.watchOfProcess();
  await settle(0, 7);
  await watch(quota.tenantId, SENT);
  expect(await quota.warnings()).toEqual([]);
  await settle(1, 1);
  await watch(quota.tenantId, SENT);
  expect(await quota.warnings()).toEqual([{ resource: 'messages', used: 8, limit: 10, percent: 80 }]);
  await settle(2, 5);
  await watch(quota.tenantId, SENT);
  expect((await quota.warnings())[1]).toEqual({ resource: 'messages', used: 13, limit: 10, percent: 100 });
});
