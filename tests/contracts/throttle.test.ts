import { expect, it } from 'vitest';
import { randomText, useEmbedded } from '../support/embedded.ts';

const embedded = useEmbedded();
const HOUR_MS = 3_600_000;
const afterTwo = (attempts: number) => (attempts <= 2 ? 0 : 1_000 * attempts);

/** A store, a key of its own, and a clock that is set by hand. */
function rig() {
  const clock = { nowMs: 1_800_000_000_000 };
  const { throttle } = embedded.adapters(() => clock.nowMs);
  return { clock, throttle, key: randomText() };
}

it('counts attempts, makes the next wait, and lets one through after the wait', async () => {
  const { clock, throttle, key } = rig();
  const seen: number[] = [];
  const attempt = () =>
    throttle.attempt(key, (attempts) => {
      seen.push(attempts);
      return afterTwo(attempts);
    });
  for (let i = 0; i < 3; i += 1) expect(await attempt()).toEqual({ allowed: true, trusted: false });
  expect(await attempt()).toEqual({ allowed: false, retryAfterMs: 3_000 });
  clock.nowMs += 2_999;
  expect(await attempt()).toEqual({ allowed: false, retryAfterMs: 1 });
  clock.nowMs += 1;
  expect(await attempt()).toMatchObject({ allowed: true });
  expect(await attempt()).toEqual({ allowed: false, retryAfterMs: 4_000 });
  expect(Math.max(...seen)).toBe(4);
});

it('forgets the attempts after an hour, and at once after a success', async () => {
  const { clock, throttle, key } = rig();
  for (let i = 0; i < 3; i += 1) await throttle.attempt(key, afterTwo);
  clock.nowMs += HOUR_MS + 3_001;
  for (let i = 0; i < 3; i += 1) expect(await throttle.attempt(key, afterTwo)).toMatchObject({ allowed: true });
  expect(await throttle.attempt(key, afterTwo)).toMatchObject({ allowed: false });
  await throttle.succeed(key, false);
  for (let i = 0; i < 3; i += 1) {
    expect(await throttle.attempt(key, afterTwo)).toEqual({ allowed: true, trusted: false });
  }
});

it('remembers for thirty days that an attempt ended well, through later failures', async () => {
  const { clock, throttle, key } = rig();
  await throttle.succeed(key, true);
  const trusts: boolean[] = [];
  for (let i = 0; i < 3; i += 1) {
    await throttle.attempt(key, (_attempts, trusted) => {
      trusts.push(trusted);
      return 0;
    });
  }
  expect(trusts.at(-1)).toBe(true);
  clock.nowMs += 29 * 24 * HOUR_MS;
  expect(await throttle.attempt(key, () => 0)).toEqual({ allowed: true, trusted: true });
  clock.nowMs += 2 * 24 * HOUR_MS;
  expect(await throttle.attempt(key, () => 0)).toEqual({ allowed: true, trusted: false });
});

it('lets no more through when many try at once', async () => {
  const { throttle, key } = rig();
  const results = await Promise.all(Array.from({ length: 20 }, () => throttle.attempt(key, afterTwo)));
  expect(results.filter(({ allowed }) => allowed)).toHaveLength(3);
  expect(await throttle.attempt(randomText(), afterTwo)).toMatchObject({ allowed: true });
});
