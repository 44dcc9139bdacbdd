import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leastLoadedShard, servedShards, targetOwner } from '../../lib/core/model/ownership.ts';

const SHARDS = Array.from({ length: 64 }, (_, shard) => shard);
const runnerIds = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 24 }), { minLength: 1, maxLength: 12 });

const targets = (ids: string[]) => SHARDS.map((shard) => targetOwner(shard, ids));

describe('the target owner of a shard', () => {
  it('is one of the runners, and the same whatever order they are known in', () => {
    expect(targetOwner(0, [])).toBeUndefined();
    fc.assert(
      fc.property(runnerIds, (ids) => {
        expect(targets(ids).every((owner) => owner !== undefined && ids.includes(owner))).toBe(true);
        expect(targets([...ids].reverse())).toEqual(targets(ids));
      }),
    );
  });

  it('changes only to the runner that comes, and only from the runner that goes', () => {
    fc.assert(
      fc.property(runnerIds, fc.string({ minLength: 25, maxLength: 30 }), (ids, newcomer) => {
        const [before, after] = [targets(ids), targets([...ids, newcomer])];
        for (const shard of SHARDS) if (after[shard] !== before[shard]) expect(after[shard]).toBe(newcomer);
        const left = targets(ids.slice(1));
        if (ids.length === 1) return;
        for (const shard of SHARDS) if (left[shard] !== before[shard]) expect(before[shard]).toBe(ids[0]);
      }),
    );
  });

  it('spreads shards over runners about evenly', () => {
    const shares = new Map<string, number>();
    for (let fleet = 0; fleet < 100; fleet += 1) {
      const ids = ['a', 'b', 'c', 'd'].map((name) => `runner_${name}${fleet}`);
      for (const owner of targets(ids) as string[]) {
        const name = owner.charAt('runner_'.length);
        shares.set(name, (shares.get(name) ?? 0) + 1);
      }
    }
    for (const share of shares.values()) expect(share / (100 * SHARDS.length)).toBeCloseTo(0.25, 1);
    expect(shares.size).toBe(4);
  });
});

describe('the shard of a new instance', () => {
  const counts = fc.array(fc.nat(30), { maxLength: 24 });

  it('is one of those with the fewest instances, and never one beyond the present number', () => {
    fc.assert(
      fc.property(counts, fc.integer({ min: 1, max: 20 }), fc.string(), (instances, shardCount, id) => {
        const rows = instances.map((count, shard) => ({ shard, instances: count }));
        const chosen = leastLoadedShard(id, shardCount, rows);
        const within = SHARDS.slice(0, shardCount).map((shard) => instances[shard] ?? 0);
        expect(chosen).toBeLessThan(shardCount);
        expect(within[chosen]).toBe(Math.min(...within));
      }),
    );
  });

  it('fills new shards first, evenly over those that are empty', () => {
    const rows = [0, 1].map((shard) => ({ shard, instances: 5 }));
    const chosen = new Set(Array.from({ length: 200 }, (_, n) => leastLoadedShard(`inst_${n}`, 4, rows)));
    expect([...chosen].sort()).toEqual([2, 3]);
  });
});

it('serves every shard that was ever used, and those that are to be used', () => {
  expect(servedShards(4, [])).toBe(4);
  expect(servedShards(4, [{ shard: 1 }])).toBe(4);
  expect(servedShards(4, [{ shard: 9 }, { shard: 2 }])).toBe(10);
});
