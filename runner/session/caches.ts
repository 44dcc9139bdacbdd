import type { CacheStore, GroupMetadata, PossiblyExtendedCacheStore } from '../../lib/baileys/index.ts';
import type { GroupSummary } from './actions/group-views.ts';

const HOUR_MS = 3_600_000;

/** Caches of one instance that outlive its sockets. */
export interface SessionCaches {
  /**
   * Devices of contacts. Each miss makes Baileys fetch new bundles, which burns a one-time pre-key and starts a new
   * session; Baileys itself corrects the entries on `devices` notifications.
   */
  userDevices: PossiblyExtendedCacheStore;
  /** Retries per message: a counter that starts again at each reconnect lets two clients ask each other for ever. */
  msgRetryCounter: CacheStore;
  /** Groups, so that a group send asks nothing. Cleared by the group's own notifications. */
  groupMetadata: TtlCache<GroupMetadata>;
  /** The list of all groups, as `all`. Cleared by any group's notification. */
  groupList: TtlCache<GroupSummary[]>;
  /** Offers of calls under way. */
  callOffer: CacheStore;
  /** Messages whose content was asked for again from the phone. */
  placeholderResend: CacheStore;
  /** Uploaded media, by content hash. */
  media: CacheStore;
}

export function createSessionCaches(): SessionCaches {
  return {
    userDevices: baileysCache(HOUR_MS, 20_000),
    msgRetryCounter: baileysCache(HOUR_MS, 5_000),
    groupMetadata: new TtlCache<GroupMetadata>(HOUR_MS, 500),
    groupList: new TtlCache<GroupSummary[]>(5 * 60_000, 1),
    callOffer: baileysCache(5 * 60_000, 500),
    placeholderResend: baileysCache(HOUR_MS, 1_000),
    media: baileysCache(HOUR_MS, 500),
  };
}

/** Baileys' interface lets each call choose the type of its value, which no store can promise. */
function baileysCache(ttlMs: number, maxEntries: number): PossiblyExtendedCacheStore {
  return new TtlCache<unknown>(ttlMs, maxEntries) as unknown as PossiblyExtendedCacheStore;
}

/** A bounded map whose entries expire. Makes no timers: a process has thousands of these. */
export class TtlCache<Value> {
  readonly #entries = new Map<string, { value: Value; expiresAtMs: number }>();
  readonly #ttlMs: number;
  readonly #maxEntries: number;

  constructor(ttlMs: number, maxEntries: number) {
    this.#ttlMs = ttlMs;
    this.#maxEntries = maxEntries;
  }

  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    if (entry.expiresAtMs > Date.now()) return entry.value;
    this.#entries.delete(key);
    return undefined;
  }

  set(key: string, value: Value): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, expiresAtMs: Date.now() + this.#ttlMs });
    if (this.#entries.size <= this.#maxEntries) return;
    const oldest = this.#entries.keys().next();
    if (!oldest.done) this.#entries.delete(oldest.value);
  }

  del(key: string): void {
    this.#entries.delete(key);
  }

  mget(keys: string[]): Record<string, Value | undefined> {
    return Object.fromEntries(keys.map((key) => [key, this.get(key)]));
  }

  mset(entries: { key: string; value: Value }[]): void {
    for (const { key, value } of entries) this.set(key, value);
  }

  mdel(keys: string[]): void {
    for (const key of keys) this.del(key);
  }

  flushAll(): void {
    this.#entries.clear();
  }
}
