import { describe, expect, it } from 'vitest';
import { edgeCheck, viewerAddress } from '../../functions/edge.ts';
import { kept } from '../../functions/kept.ts';
import { EDGE_SECRET_HEADER, VIEWER_ADDRESS_HEADER } from '../../lib/core/model/edge.ts';

const HOUR_MS = 3_600_000;

describe('what a Lambda keeps', () => {
  it('is made once, and anew by the first call an hour later', async () => {
    let [made, nowMs] = [0, 0];
    const get = kept(
      () => ++made,
      () => nowMs,
    );
    expect([await get(), await get()]).toEqual([1, 1]);
    nowMs = HOUR_MS - 1;
    expect(await get()).toBe(1);
    nowMs = HOUR_MS;
    expect([await get(), await get()]).toEqual([2, 2]);
  });

  it('is made again at the next call when making it failed', async () => {
    let fails = true;
    const get = kept(
      async () => {
        if (fails) throw new Error('not yet');
        return 'made';
      },
      () => 0,
    );
    await expect(get()).rejects.toThrow('not yet');
    fails = false;
    expect(await get()).toBe('made');
  });

  it('stays when it cannot be made anew, and a minute later that is tried again', async () => {
    let [made, fails, nowMs] = [0, false, 0];
    const get = kept(
      async () => {
        made += 1;
        if (fails) throw new Error('no secrets');
        return made;
      },
      () => nowMs,
    );
    expect(await get()).toBe(1);
    [fails, nowMs] = [true, HOUR_MS];
    expect([await get(), await get()]).toEqual([1, 1]);
    expect(made).toBe(2);
    [fails, nowMs] = [false, HOUR_MS + 60_000];
    expect(await get()).toBe(3);
  });
});

describe('what came through CloudFront', () => {
  it('knows the secret, whole', () => {
    const check = edgeCheck('s'.repeat(40));
    const says = (secret?: string) => check((name) => (name === EDGE_SECRET_HEADER ? secret : undefined));
    expect(says('s'.repeat(40))).toBe(true);
    for (const wrong of [undefined, '', 's', 's'.repeat(39), 's'.repeat(41)]) expect(says(wrong)).toBe(false);
  });

  it('says an address, or nothing', () => {
    const address = (value?: string) => viewerAddress((name) => (name === VIEWER_ADDRESS_HEADER ? value : undefined));
    expect(address('203.0.113.9')).toBe('203.0.113.9');
    expect(address('2001:DB8::1')).toBe('2001:db8::1');
    for (const wrong of [undefined, '', 'localhost', '203.0.113.9, 10.0.0.1']) expect(address(wrong)).toBeNull();
  });
});
