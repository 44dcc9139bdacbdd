import { beforeEach, expect, it } from 'vitest';
import { targetOwner } from '../../lib/core/model/ownership.ts';
import { createLogger } from '../../runner/log.ts';
import { MEMBERSHIP_TIMING, Membership } from '../../runner/membership.ts';
import { OWNERSHIP_TIMING, Ownership, type OwnershipTiming } from '../../runner/ownership.ts';
import type { Shard } from '../../runner/shards.ts';
import { MemoryRunners, MemoryShards } from '../support/memory-fleet.ts';

const SHARDS = 12;
const NEVER_MS = 1_000_000_000;
const logger = createLogger('silent');
/** Looks and beats come by hand, and a release follows its announcement at once. */
const BY_HAND: OwnershipTiming = { ...OWNERSHIP_TIMING, lookMs: NEVER_MS, pollMs: NEVER_MS, noticeMs: 1 };

let runners: MemoryRunners;
let shards: MemoryShards;
let nowMs: number;
let members: Membership[];
/** What each shard carries. */
let loads: Map<number, { busy: number; load: number }>;

beforeEach(() => {
  runners = new MemoryRunners();
  shards = new MemoryShards();
  nowMs = 1_000;
  members = [];
  loads = new Map();
  return () => Promise.all(members.map((member) => member.leave()));
});

async function join(id: string, releasing: () => number[] = () => []): Promise<Membership> {
  const member = new Membership({
    ...{ id, host: 'here', startedAtMs: 0, store: runners, logger, timing: { ...MEMBERSHIP_TIMING, beatMs: NEVER_MS } },
    monotonic: () => nowMs,
    report: () => ({ load: 0, releasing: releasing() }),
    onFenced: () => undefined,
    onBeat: () => undefined,
  });
  await member.join();
  members.push(member);
  return member;
}

/** A runner that owns every shard, since it was the first. */
async function ann(timing: Partial<OwnershipTiming> = {}): Promise<Ownership> {
  let ownership: Ownership | undefined;
  const membership = await join('ann', () => ownership?.releasing ?? []);
  ownership = new Ownership({
    ...{ id: 'ann', shardCount: SHARDS, store: shards, membership, timing: { ...BY_HAND, ...timing }, logger },
    monotonic: () => nowMs,
    open: ({ shard }) =>
      ({ number: shard, ...loads.get(shard), start, stop: start, abandon: start }) as unknown as Shard,
  });
  await ownership.start();
  return ownership;
}
const start = async () => undefined;

/** That time goes by, in which everybody is alive. */
async function pass(ms: number): Promise<void> {
  for (let leftMs = ms; leftMs > 0; leftMs -= 2_000) {
    nowMs += Math.min(2_000, leftMs);
    for (const member of members) await member.beat();
  }
}

/** Resolves when so many shards in all have been released. */
const released = (count: number) => expect.poll(() => shards.released, { interval: 2 }).toHaveLength(count);
const targetsOf = (id: string, ids: string[]) =>
  Array.from({ length: SHARDS }, (_, shard) => shard).filter((shard) => targetOwner(shard, ids) === id);

it('leaves the shards where they are until the runners have been the same for a minute', async () => {
  const owner = await ann();
  await join('bob');
  await owner.look();
  await pass(59_999);
  await owner.look();
  expect(owner.releasing).toEqual([]);
  // Another one comes: the minute begins anew.
  await join('cem');
  await owner.look();
  await pass(59_999);
  await owner.look();
  expect(owner.releasing).toEqual([]);
  await pass(1);
  await owner.look();
  await released(1);
});

it('then moves one every ten seconds, those that carry nothing first, until each is where it belongs', async () => {
  const all = ['ann', 'bob'];
  const moving = targetsOf('bob', all);
  expect(moving.length).toBeGreaterThan(2);
  for (const [n, shard] of moving.entries()) loads.set(shard, { busy: n === 0 ? 1 : 0, load: moving.length - n });
  for (const shard of targetsOf('ann', all)) loads.set(shard, { busy: 0, load: 0 });
  const owner = await ann();
  await join('bob');
  await owner.look();
  await pass(60_000);
  for (const [n] of moving.entries()) {
    await owner.look();
    await released(n + 1);
    // Neither at once, nor a moment before the time.
    await owner.look();
    await pass(9_999);
    await owner.look();
    expect(owner.releasing).toEqual([]);
    expect(shards.released).toHaveLength(n + 1);
    await pass(1);
  }
  await owner.look();
  expect(owner.releasing).toEqual([]);
  const [busy, ...idle] = moving;
  expect(shards.released).toEqual([...idle.reverse(), busy]);
});

it('keeps a shard that was announced when who was to have it is gone meanwhile', async () => {
  const owner = await ann({ noticeMs: 20 });
  const bob = await join('bob');
  await owner.look();
  await pass(60_000);
  await owner.look();
  expect(owner.releasing).toHaveLength(1);
  await bob.leave();
  members = members.filter((member) => member !== bob);
  await owner.look();
  await expect.poll(() => owner.releasing, { interval: 2 }).toEqual([]);
  expect(shards.released).toEqual([]);
  expect(owner.shards).toHaveLength(SHARDS);
});

it('gives everything away at once when the time for draining is over, the idle shards first', async () => {
  for (let shard = 0; shard < SHARDS; shard += 1) loads.set(shard, { busy: shard % 2, load: SHARDS - shard });
  const owner = await ann({ drainMs: 0 });
  await join('bob');
  await owner.drain();
  const idle = [10, 8, 6, 4, 2, 0];
  expect(shards.released).toEqual([...idle, ...idle.map((shard) => shard + 1)]);
  expect(owner.shards).toEqual([]);
});
