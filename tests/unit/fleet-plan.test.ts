import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { desiredRunners } from '../../lib/core/model/fleet.ts';

const PLAN = { minRunners: 2, maxRunners: 10, sessionsPerRunner: 100 };

describe('how many runners there are to be', () => {
  it.each([
    [0, 2, 2, 'the least there may be'],
    [100, 2, 2, 'one carries them, one more for when it dies'],
    [101, 2, 3, 'a session too many for one'],
    [900, 2, 10, 'as many as it takes, at once'],
    [5_000, 10, 10, 'the most there may be'],
    [100, 3, 3, 'not fewer while those that stay would be full'],
    [80, 3, 2, 'fewer when there is room'],
    [0, 9, 8, 'fewer one at a time'],
    [0, 0, 2, 'from nothing'],
    [0, 20, 10, 'never more than may be'],
  ])('%i sessions on %i runners: %i (%s)', (sessions, now, desired) => {
    expect(desiredRunners(sessions, now, PLAN)).toBe(desired);
  });

  it('comes to rest, whatever it starts from, and carries everything', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_500 }), fc.integer({ min: 0, max: 20 }), (sessions, start) => {
        let now = start;
        for (let round = 0; round < 25; round += 1) now = desiredRunners(sessions, now, PLAN);
        expect(desiredRunners(sessions, now, PLAN)).toBe(now);
        expect(now).toBeGreaterThanOrEqual(Math.min(PLAN.maxRunners, Math.ceil(sessions / PLAN.sessionsPerRunner)));
      }),
    );
  });
});
