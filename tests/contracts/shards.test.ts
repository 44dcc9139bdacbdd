import { describe, expect, it } from 'vitest';
import { newId } from '../../lib/core/model/ids.ts';
import { FencedError } from '../../lib/core/ports/session-store.ts';
import { anAudit, anInstance, newTenant, useEmbedded } from '../support/embedded.ts';

const embedded = useEmbedded();

describe('the owners of shards', () => {
  it('gives a free shard to one of many who claim it at once', async () => {
    const { shards } = embedded.adapters();
    expect(await shards.get(10)).toBeUndefined();
    const owners = ['a', 'b', 'c', 'd', 'e'];
    const claims = await Promise.all(owners.map((owner) => shards.claim(10, owner, 0)));
    const won = claims.filter((claim) => claim !== undefined);
    expect(won).toEqual([{ shard: 10, owner: owners[claims.findIndex((claim) => claim)], epoch: 1 }]);
    expect(await shards.get(10)).toEqual({ ...won[0], instances: 0 });
  });

  it('changes hands only from the epoch that the claimer has seen', async () => {
    const { shards } = embedded.adapters();
    await shards.claim(11, 'a', 0);
    expect(await shards.claim(11, 'b', 0)).toBeUndefined();
    expect(await shards.claim(11, 'b', 2)).toBeUndefined();
    expect(await shards.claim(11, 'b', 1)).toEqual({ shard: 11, owner: 'b', epoch: 2 });
    expect(await shards.claim(11, 'a', 1)).toBeUndefined();
    expect(await shards.get(11)).toMatchObject({ owner: 'b', epoch: 2 });
    expect(await shards.get(12)).toBeUndefined();
  });

  it('is released by its owner alone, once, and keeps its epoch for the next claim', async () => {
    const { shards } = embedded.adapters();
    const first = await shards.claim(13, 'a', 0);
    const owned = await shards.claim(13, 'b', 1);
    expect(await shards.release(first as NonNullable<typeof first>)).toBe(false);
    expect(await shards.release(owned as NonNullable<typeof owned>)).toBe(true);
    expect(await shards.get(13)).toEqual({ shard: 13, owner: null, epoch: 2, instances: 0 });
    expect(await shards.release(owned as NonNullable<typeof owned>)).toBe(false);
    expect(await shards.claim(13, 'c', 2)).toEqual({ shard: 13, owner: 'c', epoch: 3 });
  });

  it('counts who lives on a shard, and remembers each that was ever used', async () => {
    const adapters = await embedded.emptyAdapters();
    const tenantId = await newTenant(adapters);
    const instances = [4, 4, 17].map((shard) => anInstance(tenantId, { shard }));
    for (const instance of instances) await adapters.instances.create(instance, anAudit(tenantId));
    await adapters.shards.claim(2, 'a', 0);
    await adapters.instances.remove(tenantId, instances[2]?.id as string, anAudit(tenantId));
    expect(await adapters.shards.list()).toEqual([
      { shard: 2, owner: 'a', epoch: 1, instances: 0 },
      { shard: 4, owner: null, epoch: 0, instances: 2 },
      { shard: 17, owner: null, epoch: 0, instances: 0 },
    ]);
    await adapters.shards.claim(4, 'b', 0);
    expect(await adapters.shards.get(4)).toEqual({ shard: 4, owner: 'b', epoch: 1, instances: 2 });
  });
});

describe('the beats of runners', () => {
  const beat = { counter: 1, draining: false, releasing: [], load: 3, startedAtMs: 5, host: 'here:1' };

  it('are read as they were written, whatever the writer’s clock says', async () => {
    const early = await embedded.emptyAdapters();
    await early.runners.beat({ ...beat, id: 'runner_1' });
    await early.runners.beat({ ...beat, id: 'runner_2', draining: true, releasing: [1, 5] });
    await early.runners.beat({ ...beat, id: 'runner_1', counter: 2 });
    expect(await early.runners.list()).toEqual([
      { ...beat, id: 'runner_1', counter: 2 },
      { ...beat, id: 'runner_2', draining: true, releasing: [1, 5] },
    ]);
    const id = newId('runner');
    const longAgo = embedded.adapters(() => 1_000_000_000_000);
    await longAgo.runners.beat({ ...beat, id });
    const ids = (await embedded.adapters().runners.list()).map((runner) => runner.id);
    expect(ids).toContain(id);
  });

  it('go only with the counter that was seen, or when their own runner says so', async () => {
    const { runners } = await embedded.emptyAdapters();
    await runners.beat({ ...beat, id: 'runner_1', counter: 8 });
    await runners.forget('runner_1', 7);
    expect(await runners.list()).toHaveLength(1);
    await runners.forget('runner_1', 8);
    expect(await runners.list()).toEqual([]);
    await runners.forget('runner_1', 8);
    await runners.beat({ ...beat, id: 'runner_1' });
    await runners.forget('runner_1');
    expect(await runners.list()).toEqual([]);
  });
});

it('gives an instance’s fence to no owner of an earlier epoch of its shard', async () => {
  const { sessions } = embedded.adapters();
  const [tenantId, instanceId] = [newId('sub'), newId('inst')];
  const { fence: before } = await sessions.takeFence(tenantId, instanceId, 'old', 4);
  const { fence: again } = await sessions.takeFence(tenantId, instanceId, 'old', 4);
  const { fence: now } = await sessions.takeFence(tenantId, instanceId, 'new', 5);
  expect([before.epoch, again.epoch, now.epoch]).toEqual([1, 2, 3]);
  for (const stale of [4, 1, undefined]) {
    await expect(sessions.takeFence(tenantId, instanceId, 'old', stale)).rejects.toThrow(FencedError);
  }
  await sessions.commit(now, [{ kind: 'key', key: 'creds|main', value: Buffer.from('x') }]);
  const { fence: later } = await sessions.takeFence(tenantId, instanceId, 'old', 9);
  expect(later.epoch).toBe(4);
});
