import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { keyPrefix } from '../../lib/core/usecases/api-key-access.ts';
import { instanceName, instanceSettings } from '../../lib/core/usecases/create-instance.ts';
import { parseInput } from '../../lib/core/usecases/parse-input.ts';
import { waitFor } from '../../lib/core/usecases/wait.ts';

describe('waiting for a row', () => {
  it('reads once and at once when there is no time', async () => {
    let reads = 0;
    const read = async () => {
      reads += 1;
      return undefined;
    };
    expect(await waitFor(read, 0)).toBeUndefined();
    expect(reads).toBe(1);
  });

  it('ends with the first answer, null and false included', async () => {
    const answers = [undefined, undefined, false, true];
    expect(await waitFor(async () => answers.shift(), 5_000)).toBe(false);
    expect(answers).toEqual([true]);
    expect(await waitFor(async () => null, 5_000)).toBeNull();
  });

  it('backs off: a wait of 400 ms costs a handful of reads, the last one at its end', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const readAtMs: number[] = [];
    const startMs = performance.now();
    const read = async () => {
      readAtMs.push(performance.now() - startMs);
      return undefined;
    };
    await waitFor(read, 400, async (ms) => void vi.advanceTimersByTime(ms));
    expect(readAtMs).toEqual([0, 15, 40, 90, 190, 340, 400]);
  });

  it('ends with what the read throws', async () => {
    await expect(waitFor(() => Promise.reject(new Error('gone')), 5_000)).rejects.toThrow('gone');
  });
});

describe('names', () => {
  it.each([
    ['customer-service', 'cs'],
    ['Sales.Team_EU-west-1-x', 'stew'],
    ['shop', 's'],
    ['9lives', '9'],
    ['---', 'wa'],
  ])('of an instance, %j, give keys the prefix %j', (name, prefix) => {
    expect(keyPrefix(name)).toBe(prefix);
  });

  it.each(['a', 'A-b_c.9', '0', 'x'.repeat(64)])('take %j', (name) => {
    expect(instanceName.safeParse(name).success).toBe(true);
  });

  it.each(['', '-a', '.a', '_a', 'a b', 'a/b', 'é', 'x'.repeat(65), 'a\n', '..', 'a#b', 'a|b'])('refuse %j', (name) => {
    expect(instanceName.safeParse(name).success).toBe(false);
  });

  it('refuse settings that are not known or out of range', () => {
    expect(instanceSettings.safeParse({ autoReconnect: true, messageDelay: 1000 }).success).toBe(true);
    for (const wrong of [{ messageDelay: -1 }, { messageDelay: 60_001 }, { messageDelay: '1' }, { admin: true }]) {
      expect(instanceSettings.safeParse(wrong).success).toBe(false);
    }
  });
});

describe('input that does not fit', () => {
  it('is named by path, never by value', () => {
    const schema = z.strictObject({ password: z.string().min(8), list: z.array(z.number()) });
    const parse = () => parseInput(schema, { password: 'hunter2', list: [1, 'two'], extra: 1 });
    expect(parse).toThrow(expect.objectContaining({ code: 'VALIDATION_ERROR' }));
    try {
      parse();
    } catch (error) {
      const text = JSON.stringify(error) + String(error);
      expect(text).toContain('list.1');
      expect(text).toContain('extra');
      expect(text).not.toContain('hunter2');
      expect(text).not.toContain('two');
    }
  });
});
