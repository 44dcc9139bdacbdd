import { createSecretKey, type KeyObject } from 'node:crypto';
import { type AuthenticationCreds, initAuthCreds } from '../../lib/baileys/index.ts';
import type { LidPair } from '../../lib/core/model/person.ts';
import {
  type Fence,
  FencedError,
  type KeyWrapper,
  type SessionStore,
  type SessionWrite,
} from '../../lib/core/ports/session-store.ts';
import { NO_METRICS, type RunnerMetrics } from '../metrics.ts';
import { sealBytes, unsealBytes } from './crypto.ts';
import { InboundBuffer } from './repository-inbound.ts';
import {
  bytesToForm,
  decode,
  decodeCreds,
  formToBytes,
  type VaultData,
  type VaultType,
  type VaultTypeMap,
} from './vault-codec.ts';
import { type CommitStats, GroupCommitter, type GroupOp } from './vault-commits.ts';
import { VaultGroup } from './vault-group.ts';
import { VaultMemory } from './vault-memory.ts';
import { domainOp } from './vault-ops.ts';

/** A table item ends at 400 KB: a longer value continues in `part|<n>|<key>` rows. */
const MAX_PART_CHARS = 300_000;
const CREDS_KEY = 'creds|main';

export interface VaultOptions {
  store: SessionStore;
  wrapper: KeyWrapper;
  tenantId: string;
  instanceId: string;
  owner: string;
  /** As the owner claimed the instance's shard; see `SessionStore.takeFence`. */
  shardEpoch?: number;
  /** True: this process may have been replaced without knowing, and nothing may leave it. Asked before each frame. */
  isFenced?(): boolean;
  /** Called once, with the error of the commit that failed: close the session, it must not go on. */
  onFatal?: (error: Error) => void;
  /** Absent: the session tells nothing, and refuses to record events. */
  events?: VaultEvents;
  metrics?: RunnerMetrics;
}

export interface VaultEvents {
  /** Of the instance. */
  shard: number;
  /** Called after each commit that recorded events, with the number of the last one. Must not throw. */
  onRecorded(lastSeq: number): void;
}

export interface VaultStats extends CommitStats {
  /** Keys in memory, pre-keys included. */
  keys: number;
  loadMs: number;
}

/**
 * The durable state of one WhatsApp session: credentials, Signal keys and inbound buffer, all of it in memory, every
 * change written through in fenced group commits.
 *
 * Reads are synchronous and complete: what is not in memory does not exist. A put changes memory at once and is durable
 * when `barrier()` taken after it settles; nothing that depends on it may leave the process before (the gate's job).
 * The first failed commit ends the vault: `dead` is set, every later put throws.
 */
export class Vault {
  readonly fence: Fence;
  readonly instanceId: string;
  readonly inbound: InboundBuffer;
  readonly metrics: RunnerMetrics;
  readonly isFenced: () => boolean;
  readonly #dataKey: KeyObject;
  readonly #memory = new VaultMemory();
  readonly #committer: GroupCommitter;
  readonly #deathListeners = new Set<(error: Error) => void>();
  /** Keys that lie in more than one row, with their number of rows. */
  readonly #parts = new Map<string, number>();
  #creds: AuthenticationCreds = initAuthCreds();
  #tail: Promise<unknown> = Promise.resolve();
  #loadMs = 0;
  #lastSeq: number;

  /**
   * Takes the fence (any earlier owner's commits are refused from here on), makes the data key if there is none, and
   * loads everything. Rows of a pairing that never finished are deleted.
   * @throws Error when a row cannot be unsealed, or the store fails
   */
  static async open(options: VaultOptions): Promise<Vault> {
    const startedAt = performance.now();
    const { store, wrapper, tenantId, instanceId } = options;
    const context = { tenantId, instanceId };
    const { fence, wrappedDataKey, lastSeq } = await store.takeFence(
      tenantId,
      instanceId,
      options.owner,
      options.shardEpoch,
    );
    let dataKey: Uint8Array;
    if (wrappedDataKey) dataKey = await wrapper.unwrap(wrappedDataKey, context);
    else {
      const made = await wrapper.generate(context);
      await store.putDataKey(fence, made.wrapped);
      dataKey = made.plain;
    }
    const vault = new Vault(options, fence, dataKey, lastSeq);
    vault.#fill(await store.loadKeys(instanceId));
    vault.#loadMs = performance.now() - startedAt;
    return vault;
  }

  private constructor(options: VaultOptions, fence: Fence, dataKey: Uint8Array, lastSeq: number) {
    this.fence = fence;
    this.instanceId = options.instanceId;
    this.metrics = options.metrics ?? NO_METRICS;
    this.isFenced = options.isFenced ?? (() => false);
    this.#dataKey = createSecretKey(dataKey);
    this.#lastSeq = lastSeq;
    this.#committer = new GroupCommitter(
      (writes) => this.#commit(options, writes),
      (error) => {
        if (error instanceof FencedError) this.metrics.fenceRefused();
        this.#end(error);
        options.onFatal?.(error);
      },
    );
    this.inbound = new InboundBuffer(this);
  }

  /** The live credentials: the socket and Baileys' repository change this very object. */
  get creds(): AuthenticationCreds {
    return this.#creds;
  }

  /** A phone has linked this session. */
  get hasAccount(): boolean {
    return Boolean(this.#creds.account);
  }

  /**
   * Merges the update and writes the credentials through, if they changed. Before a phone has linked them they stay in
   * memory: half-paired credentials lead to a refused login, and die with the process.
   */
  saveCreds(update: Partial<AuthenticationCreds>): void {
    Object.assign(this.#creds, update);
    if (this.hasAccount) this.put({ creds: { main: this.#creds } });
  }

  /** After a logout: every row is deleted, and `creds` are new ones that nobody has linked. */
  resetCreds(): void {
    this.#creds = initAuthCreds();
    this.inbound.clear();
    this.#deleteEverything();
  }

  /** The values that exist, as fresh copies. */
  get<T extends VaultType>(type: T, ids: readonly string[]): { [id: string]: VaultTypeMap[T] } {
    const found: { [id: string]: VaultTypeMap[T] } = {};
    for (const id of ids) {
      const form = this.#memory.get(`${type}|${id}`);
      if (form !== undefined) found[id] = decode(type, form);
    }
    return found;
  }

  /** The ids of a type. */
  ids(type: VaultType): string[] {
    return [...this.#memory.ids(type)];
  }

  /** Changes memory and joins the next commit, as one atomic unit. null deletes. @throws Error when dead or closed */
  put(data: VaultData): void {
    const learnt = this.#newPairs(data['lid-mapping']);
    const group = this.beginGroup();
    group.put(data);
    group.commit();
    for (const pair of learnt) this.onPair(pair);
  }

  /** Called with each pair of names that becomes known, before it is committed. */
  onPair: (pair: LidPair) => void = () => undefined;

  /** The other name of a person: of a phone number the LID, of `<lid>_reverse` the number. */
  otherName(id: string): string | undefined {
    const found = this.get('lid-mapping', [id])[id];
    return typeof found === 'string' ? found : undefined;
  }

  #newPairs(mappings: VaultData['lid-mapping'] = {}): LidPair[] {
    return Object.entries(mappings).flatMap(([phone, lid]) => {
      if (typeof lid !== 'string' || phone.endsWith('_reverse')) return [];
      return this.otherName(phone) === lid ? [] : [{ phone, lid }];
    });
  }

  /** Several puts that become one atomic unit, or are taken back together. */
  beginGroup(): VaultGroup {
    if (this.#committer.dead) throw this.#committer.dead;
    return new VaultGroup(this.#memory, (key, form) => this.#ops(key, form), this.#committer);
  }

  /** Domain rows: they join the next commit, in order with the key writes. @throws Error when dead or closed */
  enqueue(writes: readonly SessionWrite[]): void {
    this.#committer.enqueue(writes.map(domainOp), { canWait: true });
  }

  /** Keys are about to be put: for some milliseconds domain rows wait for their commit. */
  expectMore(does: boolean): void {
    this.#committer.expectMore(does);
  }

  /** Runs one after the other whatever reads, changes and writes Signal state, over all sockets of the vault. */
  exclusive<T>(work: () => Promise<T> | T): Promise<T> {
    const run = this.#tail.then(work);
    // Without the result: a ciphertext would be kept until the next one.
    const settled = () => undefined;
    this.#tail = run.then(settled, settled);
    return run;
  }

  /** null when clean; else settles when everything put so far is committed, rejects when that fails. */
  barrier(): Promise<void> | null {
    this.#committer.hurry();
    return this.#committer.settled(this.#committer.sequence);
  }

  /** A mark for `settled`: everything put so far. */
  get sequence(): number {
    return this.#committer.sequence;
  }

  /** Like `barrier()`, for everything put before `sequence` was read. */
  settled(sequence: number): Promise<void> | null {
    return this.#committer.settled(sequence);
  }

  /** AES-256-GCM under the instance's data key, bound to the instance and to `aad` (the table key of the row). */
  seal(aad: string, plain: Uint8Array): Uint8Array {
    return sealBytes(this.#dataKey, `${this.instanceId}|${aad}`, plain);
  }

  /** @throws Error when sealed for another instance, another row, or changed */
  unseal(aad: string, sealed: Uint8Array): Uint8Array {
    return unsealBytes(this.#dataKey, `${this.instanceId}|${aad}`, sealed);
  }

  /** The error of the commit that failed (or of `close`): nothing is accepted any more. */
  get dead(): Error | null {
    return this.#committer.dead;
  }

  /** Calls back when a commit fails or the vault is abandoned; not on `close`. Returns how to take the listener away. */
  onDeath(listener: (error: Error) => void): () => void {
    this.#deathListeners.add(listener);
    return () => this.#deathListeners.delete(listener);
  }

  /** Commits what was put, then refuses everything. Does not throw when the vault was dead already. */
  async close(): Promise<void> {
    this.inbound.stop();
    if (this.#committer.dead) return;
    try {
      await this.barrier();
    } finally {
      this.#committer.stop(new Error(`The vault of ${this.instanceId} is closed.`));
      this.#deathListeners.clear();
    }
  }

  /** Dies at once: what is not committed yet is forgotten. Tells the death listeners, not `onFatal`. */
  abandon(error: Error): void {
    if (this.#committer.dead) return;
    this.#committer.stop(error);
    this.#end(error);
  }

  #end(error: Error): void {
    this.inbound.stop();
    for (const listener of this.#deathListeners) listener(error);
  }

  get stats(): VaultStats {
    return { ...this.#committer.stats, keys: this.#memory.size, loadMs: this.#loadMs };
  }

  /** Commits come one after the other, so numbers given out here have no gaps and rise with what they tell. */
  async #commit({ store, events }: VaultOptions, writes: readonly SessionWrite[]): Promise<void> {
    const place = events && { shard: events.shard, lastSeq: this.#lastSeq };
    const startedMs = performance.now();
    const lastSeq = await store.commit(this.fence, writes, place);
    this.metrics.committed(performance.now() - startedMs);
    if (!events || lastSeq === this.#lastSeq) return;
    this.#lastSeq = lastSeq;
    events.onRecorded(lastSeq);
  }

  #fill(rows: readonly { key: string; value: Uint8Array }[]): void {
    const continued = new Map<string, string[]>();
    for (const row of rows) {
      const part = /^part\|(\d+)\|(.*)$/s.exec(row.key);
      const key = part?.[2] ?? row.key;
      const form = bytesToForm(typeOf(key), this.unseal(row.key, row.value));
      if (!part) this.#memory.set(key, form);
      else {
        const parts = continued.get(key) ?? [];
        parts[Number(part[1])] = form;
        continued.set(key, parts);
      }
    }
    for (const [key, parts] of continued) {
      this.#memory.set(key, (this.#memory.get(key) ?? '') + parts.slice(1).join(''));
      this.#parts.set(key, parts.length);
    }
    const stored = this.#memory.get(CREDS_KEY);
    const creds = stored ? decodeCreds(stored) : null;
    if (creds?.account) {
      this.#creds = creds;
      this.inbound.load();
    } else this.#deleteEverything();
  }

  #deleteEverything(): void {
    // The credentials first: without them what is left is deleted at the next load.
    const keys = [...this.#memory.keys()].sort((a, b) => Number(b === CREDS_KEY) - Number(a === CREDS_KEY));
    const ops: GroupOp[] = [];
    for (const key of keys) {
      ops.push(...this.#ops(key, undefined));
      this.#memory.set(key, undefined);
    }
    this.#committer.enqueue(ops);
  }

  /** The row changes that bring `key` to `form`. */
  #ops(key: string, form: string | undefined): GroupOp[] {
    const before = this.#parts.get(key) ?? 1;
    const after = form === undefined ? 0 : Math.max(1, Math.ceil(form.length / MAX_PART_CHARS));
    if (after > 1) this.#parts.set(key, after);
    else if (before > 1) this.#parts.delete(key);
    const ops: GroupOp[] = [];
    for (let part = 0; part < Math.max(before, after); part++) {
      const row = part === 0 ? key : `part|${part}|${key}`;
      const slice = after <= 1 ? form : form!.slice(part * MAX_PART_CHARS, (part + 1) * MAX_PART_CHARS);
      ops.push(this.#rowOp(typeOf(key), row, part < after ? slice : undefined));
    }
    return ops;
  }

  #rowOp(type: string, row: string, form: string | undefined): GroupOp {
    return {
      row: `key|${row}`,
      replaces: true,
      bytes: (form?.length ?? 0) + 100,
      render: () => ({
        kind: 'key',
        key: row,
        value: form === undefined ? null : this.seal(row, formToBytes(type, form)),
      }),
    };
  }
}

function typeOf(key: string): VaultType {
  return key.slice(0, key.indexOf('|')) as VaultType;
}
