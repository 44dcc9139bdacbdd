import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { ILogger } from '../../lib/baileys/index.ts';
import type { DomainEvent } from '../../lib/core/catalogue/events.ts';
import {
  type EventPlace,
  type Fence,
  FencedError,
  type KeyWrapper,
  type SessionStore,
  type SessionWrite,
  type StoredKey,
} from '../../lib/core/ports/session-store.ts';

/** A SessionStore in memory. */
export class MemorySessionStore implements SessionStore {
  readonly keys = new Map<string, Map<string, Uint8Array>>();
  /** By instance; the n-th has the number n. */
  readonly events = new Map<string, DomainEvent[]>();
  readonly #fences = new Map<string, Fence>();
  readonly #dataKeys = new Map<string, Uint8Array>();

  async takeFence(tenantId: string, instanceId: string, owner: string) {
    const fence = { tenantId, instanceId, owner, epoch: (this.#fences.get(instanceId)?.epoch ?? 0) + 1 };
    this.#fences.set(instanceId, fence);
    const lastSeq = this.events.get(instanceId)?.length ?? 0;
    return { fence, wrappedDataKey: this.#dataKeys.get(instanceId) ?? null, lastSeq };
  }

  async putDataKey(fence: Fence, wrapped: Uint8Array): Promise<void> {
    this.#check(fence);
    this.#dataKeys.set(fence.instanceId, wrapped);
  }

  async loadKeys(instanceId: string): Promise<StoredKey[]> {
    return [...(this.keys.get(instanceId) ?? [])].map(([key, value]) => ({ key, value }));
  }

  async loadSentProto(): Promise<undefined> {
    return undefined;
  }

  async commit(fence: Fence, writes: readonly SessionWrite[], place?: EventPlace): Promise<number> {
    this.#check(fence);
    const keys = this.keys.get(fence.instanceId) ?? new Map<string, Uint8Array>();
    this.keys.set(fence.instanceId, keys);
    const events = this.events.get(fence.instanceId) ?? [];
    this.events.set(fence.instanceId, events);
    if (place && place.lastSeq !== events.length) throw new Error('The numbers of events have a gap.');
    for (const write of writes) {
      if (write.kind === 'event') events.push(write.event);
      if (write.kind !== 'key') continue;
      if (write.value) keys.set(write.key, write.value);
      else keys.delete(write.key);
    }
    return events.length;
  }

  async purge(fence: Fence): Promise<void> {
    this.keys.delete(fence.instanceId);
  }

  #check(fence: Fence): void {
    if (this.#fences.get(fence.instanceId)?.epoch !== fence.epoch) throw new FencedError(fence.instanceId);
  }
}

/** A SessionStore with a log of its commits, and hands to hold and break them. */
export class WatchedStore implements SessionStore {
  readonly commits: (readonly SessionWrite[])[] = [];
  /** Commits that have begun, written or not. */
  begun = 0;
  /** Those of them that are over, well or not. */
  ended = 0;
  /** Runs when a group is written, before its writer hears of it. */
  onWritten: ((writes: readonly SessionWrite[]) => Promise<void> | void) | null = null;
  readonly #inner: SessionStore;
  #held: PromiseWithResolvers<void> | null = null;
  #failure: Error | null = null;

  constructor(inner: SessionStore) {
    this.#inner = inner;
  }

  /** Commits wait until the returned function is called. */
  hold(): () => void {
    const held = Promise.withResolvers<void>();
    this.#held = held;
    return () => {
      this.#held = null;
      held.resolve();
    };
  }

  failWith(error: Error | null): void {
    this.#failure = error;
  }

  /** Takes back everything a test did to the store. */
  reset(): void {
    this.#failure = null;
    this.onWritten = null;
    this.#held?.resolve();
    this.#held = null;
  }

  /** What each commit wrote: types of keys and kinds of rows, sorted. */
  shapes(): string[] {
    return this.commits.map((writes) =>
      writes
        .map((write) => (write.kind === 'key' ? write.key.slice(0, write.key.indexOf('|')) : write.kind))
        .sort()
        .join(' '),
    );
  }

  async commit(fence: Fence, writes: readonly SessionWrite[], place?: EventPlace): Promise<number> {
    this.begun++;
    try {
      await this.#held?.promise;
      if (this.#failure) throw this.#failure;
      const lastSeq = await this.#inner.commit(fence, writes, place);
      this.commits.push(writes);
      await this.onWritten?.(writes);
      return lastSeq;
    } finally {
      this.ended++;
    }
  }

  takeFence(tenantId: string, instanceId: string, owner: string) {
    return this.#inner.takeFence(tenantId, instanceId, owner);
  }
  putDataKey(fence: Fence, wrapped: Uint8Array) {
    return this.#inner.putDataKey(fence, wrapped);
  }
  loadKeys(instanceId: string) {
    return this.#inner.loadKeys(instanceId);
  }
  loadSentProto(instanceId: string, messageId: string) {
    return this.#inner.loadSentProto(instanceId, messageId);
  }
  purge(fence: Fence) {
    return this.#inner.purge(fence);
  }
}

/** Says nothing. */
export const silentLogger: ILogger = {
  level: 'silent',
  trace() {},
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLogger,
};

/** Wraps data keys under a key of this process. */
export function memoryWrapper(): KeyWrapper {
  const master = randomBytes(32);
  return {
    async generate(context) {
      const plain = randomBytes(32);
      const iv = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', master, iv).setAAD(Buffer.from(JSON.stringify(context)));
      return { plain, wrapped: Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]) };
    },
    async unwrap(wrapped, context) {
      const decipher = createDecipheriv('aes-256-gcm', master, wrapped.subarray(0, 12));
      decipher.setAAD(Buffer.from(JSON.stringify(context))).setAuthTag(wrapped.subarray(-16));
      return Buffer.concat([decipher.update(wrapped.subarray(12, -16)), decipher.final()]);
    },
  };
}
