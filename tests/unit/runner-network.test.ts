import { describe, expect, it } from 'vitest';
import { createGuardedClient } from '../../lib/core/adapters/http/guarded-client.ts';
import { slots } from '../../lib/core/model/slots.ts';
import { createLogger } from '../../runner/log.ts';
import { networkChooser } from '../../runner/network.ts';

const logger = createLogger('silent');
const outbound = createGuardedClient({ allowHttp: false, allowLoopback: false, ports: [], platformPorts: [] });
const options = { versionLookup: false, outbound, logger, clock: () => 0 };

describe('where an instance connects to', () => {
  it('live ones go to WhatsApp over TLS, whether or not there is a sandbox', async () => {
    for (const sandboxUrl of [undefined, 'http://127.0.0.1:3100']) {
      const network = await networkChooser({ ...options, sandboxUrl })('live', null);
      expect(network.url).toBe('wss://web.whatsapp.com/ws/chat');
    }
  });

  it('test ones go to the sandbox, and nowhere when there is none', async () => {
    const network = await networkChooser({ ...options, sandboxUrl: 'http://127.0.0.1:3100/' })('test', null);
    expect(network).toEqual({ url: 'ws://127.0.0.1:3100/ws/chat', version: undefined });
    await expect(networkChooser({ ...options, sandboxUrl: undefined })('test', null)).rejects.toThrow(/no sandbox/);
  });
});

describe('slots', () => {
  it('lets only so many in, and the next when one leaves, in order', async () => {
    const take = slots(2);
    const order: number[] = [];
    const releases = [await take(), await take()];
    const waiting = [1, 2].map(async (n) => {
      const release = await take();
      order.push(n);
      return release;
    });
    await Promise.resolve();
    expect(order).toEqual([]);
    releases[0]?.();
    releases[0]?.();
    const release = await waiting[0];
    expect(order).toEqual([1]);
    release?.();
    await waiting[1];
    expect(order).toEqual([1, 2]);
  });

  it('gives a slot on that somebody holds for too long, once', async () => {
    const take = slots(1, 20);
    const slow = await take();
    const second = await take();
    slow();
    let taken = false;
    const third = take().then((release) => {
      taken = true;
      return release;
    });
    await Promise.resolve();
    expect(taken).toBe(false);
    second();
    (await third)();
  });
});
