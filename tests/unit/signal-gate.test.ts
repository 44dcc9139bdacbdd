import { describe, expect, it, vi } from 'vitest';
import { MAX_GROUP_WRITES } from '../../lib/core/ports/session-store.ts';
import { Gate, type RawSocket } from '../../runner/session/gate.ts';
import { Vault } from '../../runner/session/vault.ts';
import { MemorySessionStore, memoryWrapper, WatchedStore } from './signal-memory-store.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

class FakeSocket implements RawSocket {
  readonly written: string[] = [];
  onWrite: (() => void) | null = null;
  closed = false;
  terminated = false;
  send(data: Uint8Array | string, callback?: (error?: Error) => void): void {
    this.onWrite?.();
    this.written.push(String(data));
    callback?.();
  }
  close(): void {
    this.closed = true;
  }
  terminate(): void {
    this.terminated = true;
  }
}

async function setup(isFenced = () => false) {
  const store = new WatchedStore(new MemorySessionStore());
  const ids = { tenantId: 't', instanceId: 'i', owner: 'o' };
  const vault = await Vault.open({ store, wrapper: memoryWrapper(), ...ids, isFenced });
  const raw = new FakeSocket();
  const gate = new Gate(vault, raw);
  return { store, vault, raw, gate };
}

const put = (vault: Vault, id: string) => vault.put({ 'lid-mapping': { [id]: 'x' } });

describe('gate', () => {
  it('lets nothing out of a process that may have been replaced: neither what comes nor what waits for its commit', async () => {
    let fenced = false;
    const { raw, vault, store } = await setup(() => fenced);
    const release = store.hold();
    put(vault, '1');
    raw.send('waiting');
    for (let n = 0; n < 10; n++) await turn();
    fenced = true;
    release();
    for (let n = 0; n < 10; n++) await turn();
    expect(store.commits).toHaveLength(1);
    expect(raw.written).toEqual([]);
    expect(raw.terminated).toBe(true);
    expect(vault.dead?.name).toBe('FencedError');

    fenced = false;
    const other = await setup(() => fenced);
    other.raw.send('before');
    fenced = true;
    let refused: Error | undefined;
    other.raw.send('after', (error) => {
      refused = error;
    });
    await turn();
    expect(other.raw.written).toEqual(['before']);
    expect(refused?.name).toBe('FencedError');
    expect(other.raw.terminated).toBe(true);
  });

  it('lets a frame through at once when nothing is open', async () => {
    const { raw, gate } = await setup();
    raw.send('a');
    expect(raw.written).toEqual(['a']);
    expect(gate.stats).toEqual({ frames: 1, held: 0, maxQueued: 0 });
  });

  it('holds frames until what was put before them is committed, in order, and calls back at once', async () => {
    const { raw, vault, store } = await setup();
    const release = store.hold();
    put(vault, '1');
    let called = 0;
    raw.send('a', () => called++);
    raw.send('b', () => called++);
    for (let n = 0; n < 10; n++) await turn();
    expect(called).toBe(2);
    expect(raw.written).toEqual([]);
    release();
    await vault.barrier();
    await turn();
    expect(raw.written).toEqual(['a', 'b']);
  });

  it('waits for rows that are put after the frame in the same turn', async () => {
    const { raw, vault, store } = await setup();
    put(vault, '1');
    raw.send('receipt');
    await Promise.resolve();
    const ids = Array.from({ length: MAX_GROUP_WRITES }, (_, n) => `M${n}`);
    vault.enqueue(ids.map((id) => ({ kind: 'message', id, scope: 's', set: { text: 'x' } })));
    let rowsAtWrite: string[] = [];
    raw.onWrite = () => {
      rowsAtWrite = store.shapes();
    };
    await vault.barrier();
    await turn();
    expect(raw.written).toEqual(['receipt']);
    expect(rowsAtWrite).toEqual(['lid-mapping', ids.map(() => 'message').join(' ')]);
  });

  it('keeps senders waiting above its cap', async () => {
    const { raw, vault, store } = await setup();
    const release = store.hold();
    put(vault, '1');
    let called = 0;
    for (let n = 0; n < 300; n++) raw.send(String(n), () => called++);
    await turn();
    expect(called).toBe(256);
    expect(raw.written).toEqual([]);
    release();
    await vault.barrier();
    await turn();
    expect(called).toBe(300);
    expect(raw.written).toEqual(Array.from({ length: 300 }, (_, n) => String(n)));
  });

  it('gives the event loop back after some callbacks', async () => {
    const { raw, vault, store } = await setup();
    const release = store.hold();
    put(vault, '1');
    let sent = 0;
    let sentInFirstTurns = -1;
    const chain = (async () => {
      while (sent < 40) {
        await new Promise<void>((resolve) => raw.send(String(sent), () => resolve()));
        sent++;
      }
    })();
    setImmediate(() => {
      sentInFirstTurns = sent;
    });
    await chain;
    expect(sentInFirstTurns).toBeLessThan(20);
    release();
    await vault.barrier();
    await turn();
    await turn();
    expect(raw.written).toHaveLength(40);
  });

  it('terminates the socket when a commit fails, and nothing leaves any more', async () => {
    const { raw, vault, store } = await setup();
    store.failWith(new Error('no store'));
    put(vault, '1');
    raw.send('a');
    await expect(vault.barrier()).rejects.toThrow('no store');
    expect(raw.terminated).toBe(true);
    const late = new Promise((resolve) => {
      raw.send('b', resolve);
    });
    expect(await late).toBeInstanceOf(Error);
    expect(raw.written).toEqual([]);
  });

  it('terminates an idle socket too', async () => {
    const { raw, vault, store } = await setup();
    store.failWith(new Error('no store'));
    put(vault, '1');
    await expect(vault.barrier()).rejects.toThrow('no store');
    expect(raw.terminated).toBe(true);
  });

  it('closes only when accepted frames have left', async () => {
    const { raw, vault, store, gate } = await setup();
    const release = store.hold();
    put(vault, '1');
    raw.send('logout');
    raw.close();
    await turn();
    expect(raw.closed).toBe(false);
    release();
    await gate.drained();
    await turn();
    expect(raw.written).toEqual(['logout']);
    expect(raw.closed).toBe(true);
  });

  it('ends a socket whose other side does not answer the close', async () => {
    const { raw } = await setup();
    vi.useFakeTimers();
    try {
      raw.close();
      expect([raw.closed, raw.terminated]).toEqual([true, false]);
      await vi.advanceTimersByTimeAsync(5_000);
      expect(raw.terminated).toBe(true);
    } finally {
      vi.useRealTimers();
    }
  });
});
