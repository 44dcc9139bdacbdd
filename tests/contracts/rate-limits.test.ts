import { expect, it } from 'vitest';
import { newId } from '../../lib/core/model/ids.ts';
import type { RateLimitStore } from '../../lib/core/ports/index.ts';
import { useEmbedded } from '../support/embedded.ts';

const HOUR_MS = 3_600_000;
const embedded = useEmbedded();
const START_MS = Date.parse('2026-01-01T00:00:00Z');

function stores(count: number): { clock: { nowMs: number }; limits: RateLimitStore[] } {
  const clock = { nowMs: START_MS };
  return { clock, limits: Array.from({ length: count }, () => embedded.adapters(() => clock.nowMs).rateLimits) };
}

it.each([
  [10, 40],
  [1, 20],
  [7, 30],
])('of a limit of %i lets exactly as many of %i at once pass, over several processes', async (limit, requests) => {
  const { limits } = stores(3);
  const subject = newId('key');
  const answers = await Promise.all(
    Array.from({ length: requests }, (_, i) => (limits[i % 3] as RateLimitStore).take(subject, limit)),
  );
  expect(answers.filter(({ allowed }) => allowed)).toHaveLength(limit);
  for (const { allowed, used, remaining } of answers) {
    expect(used + remaining).toBe(limit);
    if (!allowed) expect(remaining).toBe(0);
  }
});

it('says what is used and when it comes back, and gives it back one by one', async () => {
  const { clock, limits } = stores(1);
  const [store] = limits as [RateLimitStore];
  const subject = newId('key');
  expect(await store.look(subject, 4)).toEqual({ limit: 4, used: 0, remaining: 4, nextMs: 0, resetAtMs: START_MS });
  for (let used = 1; used <= 4; used += 1) {
    const answer = await store.take(subject, 4);
    expect(answer).toEqual({
      ...{ allowed: true, limit: 4, used, remaining: 4 - used },
      ...{ nextMs: HOUR_MS / 4, resetAtMs: START_MS + (used * HOUR_MS) / 4 },
    });
  }
  const full = { limit: 4, used: 4, remaining: 0, nextMs: HOUR_MS / 4, resetAtMs: START_MS + HOUR_MS };
  expect(await store.take(subject, 4)).toEqual({ ...full, allowed: false });
  expect(await store.look(subject, 4)).toEqual(full);

  clock.nowMs += HOUR_MS / 4 - 1;
  expect(await store.take(subject, 4)).toMatchObject({ allowed: false, nextMs: 1 });
  clock.nowMs += 1;
  expect(await store.take(subject, 4)).toMatchObject({ allowed: true, remaining: 0 });
  expect(await store.take(subject, 4)).toMatchObject({ allowed: false, nextMs: HOUR_MS / 4 });
  clock.nowMs += HOUR_MS;
  expect(await store.take(subject, 4)).toMatchObject({ allowed: true, used: 1 });
});

it('takes over what another process has used, and keeps subjects and limits apart', async () => {
  const { limits } = stores(2);
  const [one, two] = limits as [RateLimitStore, RateLimitStore];
  const subject = newId('key');
  await one.take(subject, 3);
  await one.take(subject, 3);
  expect(await two.take(subject, 3)).toMatchObject({ allowed: true, remaining: 0 });
  expect(await one.take(subject, 3)).toMatchObject({ allowed: false });
  expect(await two.take(subject, 30)).toMatchObject({ allowed: true, remaining: 29 });
  expect(await two.take(newId('key'), 3)).toMatchObject({ allowed: true, remaining: 2 });
});

it('begins anew where a clock was wrong by days', async () => {
  const { clock, limits } = stores(2);
  const [one, two] = limits as [RateLimitStore, RateLimitStore];
  const subject = newId('key');
  clock.nowMs += 48 * HOUR_MS;
  for (let i = 0; i < 2; i += 1) await one.take(subject, 2);
  expect(await one.take(subject, 2)).toMatchObject({ allowed: false });
  clock.nowMs = START_MS;
  for (const store of [two, one]) expect(await store.take(subject, 2)).toMatchObject({ allowed: true });
  expect(await two.take(subject, 2)).toMatchObject({ allowed: false });
});
