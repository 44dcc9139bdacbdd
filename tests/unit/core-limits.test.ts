import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limitWarningsFor } from '../../lib/core/usecases/limit-warnings.ts';
import { backOffMs } from '../../lib/core/usecases/password-attempts.ts';

describe('limitWarningsFor', () => {
  it.each([
    [{ before: 3, after: 4, limit: 5 }, [80]],
    [{ before: 4, after: 5, limit: 5 }, [100]],
    [{ before: 0, after: 5, limit: 5 }, [80, 100]],
    [{ before: 15, after: 16, limit: 20 }, [80]],
    [{ before: 2, after: 3, limit: 5 }, []],
    [{ before: 4, after: 4, limit: 5 }, []],
    [{ before: 5, after: 4, limit: 5 }, []],
    [{ before: 0, after: 1, limit: 0 }, []],
  ])('%j: %j', (use, warnings) => {
    expect(limitWarningsFor(use)).toEqual(warnings);
  });

  it('warns of each share once on the way up, whatever the steps', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.array(fc.integer({ min: 1, max: 50 })), (limit, steps) => {
        let count = 0;
        const warned = steps.flatMap((step) => {
          const before = count;
          count += step;
          return limitWarningsFor({ before, after: count, limit });
        });
        expect(warned).toEqual([80, 100].filter((percent) => count * 100 >= limit * percent && count > 0));
      }),
    );
  });
});

describe('backOffMs', () => {
  it('doubles from 1 s to 15 min and stays there', () => {
    const waits = Array.from({ length: 16 }, (_, i) => backOffMs(i + 1, 3) / 1000);
    expect(waits).toEqual([0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
    expect(backOffMs(100_000, 3)).toBe(900_000);
  });
});
