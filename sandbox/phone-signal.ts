import { randomInt } from 'node:crypto';
import {
  Curve,
  DEFAULT_CONNECTION_CONFIG,
  generateSignalPubKey,
  type SignalCreds,
  type SignalDataTypeMap,
  type SignalKeyStoreWithTransaction,
  type SignalRepositoryWithLIDStore,
  signedKeyPair,
} from '../lib/baileys/index.ts';
import type { Device } from './directory.ts';
import { silentLogger } from './silent-logger.ts';
import type { StateStore } from './state.ts';

/** A pre-key bundle: what it takes to start a Signal session with a device. */
export interface PreKeyBundle {
  readonly registrationId: number;
  readonly identity: Buffer;
  readonly signedPreKey: { id: number; value: Buffer; signature: Buffer };
  readonly preKey?: { id: number; value: Buffer };
}

interface Credentials extends SignalCreds {
  nextPreKeyId: number;
  nextKeyIndex: number;
  readonly appStateKeyId: Buffer;
  readonly appStateKey: Buffer;
}

type KeyChanges = Parameters<SignalKeyStoreWithTransaction['set']>[0];

/**
 * A phone's Signal side. Its keys are made when first needed, live in memory, and are written through in the same
 * transaction as the effects of the operation that changed them: after a crash they are exactly where the rest is.
 */
export class PhoneSignal {
  readonly #state: StateStore;
  readonly #number: string;
  readonly #lidUser: string;
  #credentials: Credentials | undefined;
  #keys: Map<string, unknown> | undefined;
  #dirty = new Map<string, unknown>();
  #repository: SignalRepositoryWithLIDStore | undefined;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(state: StateStore, number: string, lidUser: string) {
    this.#state = state;
    this.#number = number;
    this.#lidUser = lidUser;
  }

  get credentials(): Credentials {
    this.#credentials ??= this.#state.get<Credentials>('phone', this.#number) ?? this.#createCredentials();
    return this.#credentials;
  }

  /** libsignal's operations over this phone's keys; use it only inside `unit`. */
  get repository(): SignalRepositoryWithLIDStore {
    this.#repository ??= this.#createRepository();
    return this.#repository;
  }

  /** The number of the next device this phone vouches for. */
  nextKeyIndex(): number {
    const index = this.credentials.nextKeyIndex++;
    this.#saveCredentials();
    return index;
  }

  /** Makes one more one-time pre-key and publishes its public half: a phone never runs out. */
  publishPreKey(): { id: number; value: Buffer } {
    const id = this.credentials.nextPreKeyId++;
    const pair = Curve.generateKeyPair();
    // Written at once, not with the unit that may be running: whoever asked gets the public half right away.
    this.#loadedKeys().set(`pre-key/${id}`, pair);
    this.#state.put(this.#scope, `pre-key/${id}`, pair);
    this.#saveCredentials();
    return { id, value: Buffer.from(pair.public) };
  }

  /** This phone's own bundle, with a fresh one-time pre-key. */
  bundle(): PreKeyBundle {
    const { signedPreKey, signedIdentityKey, registrationId } = this.credentials;
    return {
      registrationId,
      identity: Buffer.from(signedIdentityKey.public),
      signedPreKey: {
        id: signedPreKey.keyId,
        value: Buffer.from(signedPreKey.keyPair.public),
        signature: Buffer.from(signedPreKey.signature),
      },
      preKey: this.publishPreKey(),
    };
  }

  /**
   * Runs one Signal operation: first the asynchronous cryptography, alone on this phone's keys, then its effects in
   * one transaction together with the key changes.
   * @param work does the cryptography and returns the synchronous effects
   */
  unit<T>(work: () => Promise<() => T>): Promise<T> {
    const run = this.#tail.then(async () => {
      try {
        const effects = await work();
        return this.#state.transaction(() => {
          this.#flush();
          return effects();
        });
      } catch (error) {
        this.#state.transaction(() => this.#flush());
        throw error;
      }
    });
    this.#tail = run.catch(() => undefined);
    return run;
  }

  /** Waits until the operations begun so far are over. */
  async settled(): Promise<void> {
    await this.#tail;
  }

  /** Whether an open session with a device exists. */
  async hasSession(device: Device): Promise<boolean> {
    return (await this.repository.validateSession(device.jid('lid'))).exists;
  }

  /** Starts a new session with a device, replacing the one in use. */
  async startSession(device: Device, bundle: PreKeyBundle): Promise<void> {
    const { registrationId, identity, signedPreKey, preKey } = bundle;
    await this.repository.injectE2ESession({
      jid: device.jid('lid'),
      session: {
        registrationId,
        identityKey: generateSignalPubKey(identity),
        signedPreKey: {
          keyId: signedPreKey.id,
          publicKey: generateSignalPubKey(signedPreKey.value),
          signature: signedPreKey.signature,
        },
        ...(preKey ? { preKey: { keyId: preKey.id, publicKey: generateSignalPubKey(preKey.value) } } : {}),
      },
    });
  }

  /** The device JIDs that hold this phone's current sender key of a group. */
  sharedSenderKeyWith(groupId: string): Set<string> {
    return (this.#loadedKeys().get(`sharing/${groupId}`) as Set<string> | undefined) ?? new Set();
  }

  /** Remembers who holds the sender key; an empty set also drops the key, so that the next message makes a new one. */
  setSenderKeySharing(groupId: string, holders: Set<string>): void {
    this.#setRaw(`sharing/${groupId}`, holders);
    if (holders.size > 0) return;
    // `_1` marks a LID in libsignal's addresses; a phone is device 0.
    this.#setRaw(`sender-key/${groupId}::${this.#lidUser}_1::0`, undefined);
  }

  /** Forgets every session and sender key, as a phone does that was reinstalled with its identity kept. */
  async forgetSessions(): Promise<void> {
    await this.unit(async () => {
      for (const key of [...this.#loadedKeys().keys()]) {
        if (key.startsWith('session/') || key.startsWith('sender-key/')) this.#setRaw(key, undefined);
      }
      return () => undefined;
    });
  }

  get #scope(): string {
    return `signal:${this.#number}`;
  }

  #loadedKeys(): Map<string, unknown> {
    this.#keys ??= new Map(this.#state.entries<unknown>(this.#scope));
    return this.#keys;
  }

  #setKey(type: string, id: string, value: unknown): void {
    this.#setRaw(`${type}/${id}`, value ?? undefined);
  }

  #setRaw(key: string, value: unknown): void {
    const keys = this.#loadedKeys();
    if (value === undefined) keys.delete(key);
    else keys.set(key, value);
    this.#dirty.set(key, value);
  }

  #flush(): void {
    for (const [key, value] of this.#dirty) {
      if (value === undefined) this.#state.delete(this.#scope, key);
      else this.#state.put(this.#scope, key, value);
    }
    this.#dirty.clear();
  }

  #saveCredentials(): void {
    this.#state.put('phone', this.#number, this.#credentials);
  }

  #createCredentials(): Credentials {
    const signedIdentityKey = Curve.generateKeyPair();
    const credentials: Credentials = {
      signedIdentityKey,
      signedPreKey: signedKeyPair(signedIdentityKey, 1),
      registrationId: randomInt(1, 16_381),
      nextPreKeyId: 1,
      nextKeyIndex: 1,
      appStateKeyId: Buffer.from(Curve.generateKeyPair().public).subarray(0, 6),
      appStateKey: Buffer.from(Curve.generateKeyPair().private),
    };
    this.#state.put('phone', this.#number, credentials);
    return credentials;
  }

  #createRepository(): SignalRepositoryWithLIDStore {
    const store: SignalKeyStoreWithTransaction = {
      get: <T extends keyof SignalDataTypeMap>(type: T, ids: string[]) => {
        const found: { [id: string]: SignalDataTypeMap[T] } = {};
        for (const id of ids) {
          const value = this.#loadedKeys().get(`${type}/${id}`);
          if (value !== undefined) found[id] = value as SignalDataTypeMap[T];
        }
        return found;
      },
      set: (changes) => this.#applyChanges(changes),
      isInTransaction: () => true,
      // `unit` already excludes other operations; Baileys' own transactions would cost an AsyncLocalStorage a phone.
      transaction: (work) => work(),
    };
    const resolveNoLids = async () => undefined;
    return DEFAULT_CONNECTION_CONFIG.makeSignalRepository(
      { creds: this.credentials, keys: store },
      silentLogger,
      resolveNoLids,
    );
  }

  #applyChanges(changes: KeyChanges): void {
    for (const [type, values] of Object.entries(changes)) {
      for (const [id, value] of Object.entries(values as Record<string, unknown>)) {
        this.#setKey(type, id, type === 'sender-key' ? withoutSpentKeys(value) : value);
      }
    }
  }
}

/** The used-up message keys of a phone's own sender key, which libsignal keeps for ever, are of no use to anyone. */
function withoutSpentKeys(record: unknown): unknown {
  if (!(record instanceof Uint8Array)) return record;
  const states = JSON.parse(Buffer.from(record).toString()) as Array<{
    senderSigningKey?: { private?: unknown };
    senderMessageKeys?: unknown[];
  }>;
  if (!states.some((state) => hasPrivateKey(state) && state.senderMessageKeys?.length)) return record;
  for (const state of states) if (hasPrivateKey(state)) state.senderMessageKeys = [];
  return Buffer.from(JSON.stringify(states));
}

function hasPrivateKey(state: { senderSigningKey?: { private?: unknown } }): boolean {
  const key = state.senderSigningKey?.private as { length?: number; data?: unknown[] } | undefined;
  return Boolean(key && (key.length ?? key.data?.length ?? 0) > 0);
}
