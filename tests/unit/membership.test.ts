import { beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from '../../runner/log.ts';
import { MEMBERSHIP_TIMING, Membership } from '../../runner/membership.ts';
import { MemoryRunners } from '../support/memory-fleet.ts';

/** The time of one runner; beats are given by hand. */
const BY_HAND = { ...MEMBERSHIP_TIMING, beatMs: 1_000_000 };
let store: MemoryRunners;
let nowMs: number;
let fenced: string[];
let members: Membership[];

async function join(id: string): Promise<Membership> {
  const member = new Membership({
    ...{ id, host: 'here', startedAtMs: 0, store, timing: BY_HAND, logger: createLogger('silent') },
    monotonic: () => nowMs,
    report: () => ({ load: 0, releasing: [] }),
    onFenced: () => void fenced.push(id),
    onBeat: () => undefined,
  });
  await member.join();
  members.push(member);
  return member;
}

beforeEach(() => {
  store = new MemoryRunners();
  nowMs = 1_000;
  fenced = [];
  members = [];
  return () => Promise.all(members.map((member) => member.leave()));
});

describe('a runner whose beats do not arrive', () => {
  it('fences itself 7 s after the beginning of the last one that did, and once', async () => {
    const a = await join('a');
    nowMs += 6_999;
    expect(a.isFenced()).toBe(false);
    nowMs += 1;
    expect(a.isFenced()).toBe(true);
    expect(a.isFenced()).toBe(true);
    expect(a.eligible()).toEqual([]);
    await Promise.resolve();
    expect(fenced).toEqual(['a']);
  });

  it('counts from before the request: an answer that comes late proves nothing about the time since', async () => {
    const a = await join('a');
    const late = Promise.withResolvers<void>();
    store.late = late.promise;
    const beat = a.beat();
    nowMs += 5_000;
    late.resolve();
    await beat;
    nowMs += 1_999;
    expect(a.isFenced()).toBe(false);
    nowMs += 1;
    expect(a.isFenced()).toBe(true);
  });

  it('joins anew with the first beat after it, but not by the answer to one from before a freeze', async () => {
    const a = await join('a');
    const late = Promise.withResolvers<void>();
    store.late = late.promise;
    const before = a.beat();
    nowMs += 40_000;
    late.resolve();
    await before;
    expect(a.isFenced()).toBe(true);
    store.late = undefined;
    await a.beat();
    expect(a.isFenced()).toBe(false);
    expect(a.eligible()).toEqual(['a']);
    expect(fenced).toEqual(['a']);
  });
});

describe('a runner whose counter stands still', () => {
  it('is dead after 10 s by the observer’s clock, not before, and alive with the next beat', async () => {
    const [a, b] = [await join('a'), await join('b')];
    await b.observe();
    nowMs += 5_000;
    await b.beat();
    nowMs += 4_999;
    await b.observe();
    expect(b.eligible()).toEqual(['a', 'b']);
    nowMs += 1;
    await b.beat();
    await b.observe();
    expect(b.eligible()).toEqual(['b']);
    expect(b.beatOf('a')).toBeUndefined();
    await a.beat();
    await b.observe();
    expect(b.eligible()).toEqual(['a', 'b']);
    expect(b.beatOf('a')).toMatchObject({ counter: 2 });
  });

  it('is not dead while the observer cannot read, and gets the whole time after the observer was away itself', async () => {
    const [, b] = [await join('a'), await join('b')];
    await b.observe();
    store.isCut = true;
    nowMs += 30_000;
    expect(b.isFenced()).toBe(true);
    await expect(b.observe()).rejects.toThrow('cut off');
    store.isCut = false;
    await b.beat();
    await b.observe();
    expect(b.eligible()).toEqual(['a', 'b']);
    nowMs += 6_000;
    await b.beat();
    nowMs += 4_000;
    await b.observe();
    expect(b.eligible()).toEqual(['b']);
  });

  it('is given up before it could be alive: it has fenced itself by then, whatever the order of reads', async () => {
    const [a, b] = [await join('a'), await join('b')];
    for (let step = 0; step < 12; step += 1) {
      await b.beat();
      await b.observe();
      if (!b.eligible().includes('a')) expect(a.isFenced()).toBe(true);
      nowMs += 1_000;
    }
    expect(b.eligible()).toEqual(['b']);
  });

  it('loses its row after a minute, unless it comes back in between', async () => {
    const [, b] = [await join('a'), await join('b')];
    for (let second = 0; second <= 62; second += 2) {
      await b.beat();
      await b.observe();
      nowMs += 2_000;
    }
    expect([...store.rows.keys()]).toEqual(['b']);
    await b.observe();
    expect(b.eligible()).toEqual(['b']);
  });
});

it('gives nothing to a runner that drains or has left', async () => {
  const [a, b] = [await join('a'), await join('b')];
  await a.drain();
  await b.observe();
  expect(b.eligible()).toEqual(['b']);
  expect(b.beatOf('a')).toMatchObject({ draining: true });
  expect(a.eligible()).toEqual([]);
  await a.leave();
  await b.observe();
  expect(b.beatOf('a')).toBeUndefined();
  await a.beat();
  expect([...store.rows.keys()]).toEqual(['b']);
});
