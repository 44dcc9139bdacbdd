/**
 * Four faults of libsignal 6.0.0, mended before anything loads it, and what its keys cost. Importing this file applies
 * them, once per process.
 *
 * `SWITCHBOARD_TEST_WITHOUT_CURE` (comma-separated: `console`, `queue`, `trial`, `chains`) leaves some out, so that a
 * test can show the fault. Nothing but tests sets it.
 */
import { AsyncResource } from 'node:async_hooks';
import { createCipheriv, createDecipheriv, createHmac, createSecretKey, hkdfSync } from 'node:crypto';
import { createRequire } from 'node:module';
import { type ConsoleGuardStats, guardConsole } from './console-guard.ts';

interface Address {
  toString(): string;
}
type Job<T> = () => Promise<T>;
type QueueJob = <T>(bucket: unknown, job: Job<T>) => Promise<T>;

interface SessionEntry {
  serialize(): unknown;
  constructor: { deserialize(data: unknown): object };
  [field: string]: unknown;
}
interface Chain {
  /** Its key is gone once the other side has begun another one. */
  chainKey: { key?: unknown };
}
interface SessionRecord {
  sessions: { [baseKey: string]: { _chains: { [ephemeralKey: string]: Chain } } };
}
/** A cipher, which is made for one message, with why the last session that was tried did not fit. */
interface Tried {
  trialError?: unknown;
}
interface CipherPrototype {
  queueJob(this: { storage: object; addr: Address }, job: Job<unknown>): Promise<unknown>;
  doDecryptWhisperMessage(this: Tried, message: Uint8Array, session: SessionEntry | undefined): Promise<unknown>;
  decryptWithSessions(this: Tried, data: Uint8Array, sessions: SessionEntry[]): Promise<unknown>;
  storeRecord(record: SessionRecord): Promise<void>;
}
interface SignalCrypto {
  encrypt(key: Buffer, data: Buffer, iv: Buffer): Buffer;
  decrypt(key: Buffer, data: Buffer, iv: Buffer): Buffer;
  calculateMAC(key: Buffer, data: Buffer): Buffer;
  deriveSecrets(input: Buffer, salt: Buffer, info: Buffer, chunks?: number): Buffer[];
}
interface BuilderPrototype {
  initOutgoing(this: { storage: object; addr: Address }, device: unknown): Promise<void>;
}

const APPLIED = Symbol.for('switchboard.baileys.cures');
const registry = globalThis as { [APPLIED]?: ConsoleGuardStats };
const require = createRequire(import.meta.url);

registry[APPLIED] ??= applyCures(new Set((process.env.SWITCHBOARD_TEST_WITHOUT_CURE ?? '').split(',')));

export type { ConsoleGuardStats } from './console-guard.ts';

/** What the console guard has swallowed so far, by kind. */
export function consoleGuardStats(): Readonly<ConsoleGuardStats> {
  return { ...registry[APPLIED]! };
}

function applyCures(without: ReadonlySet<string>): ConsoleGuardStats {
  const stats: ConsoleGuardStats = { sessions: 0, failures: 0, notices: 0 };
  if (!without.has('console')) guardConsole(stats);
  if (!without.has('queue')) scopeQueue();
  if (!without.has('trial')) restoreAfterTrial();
  if (!without.has('chains')) forgetOldChains();
  useKeyObjects();
  return stats;
}

/**
 * libsignal's job queue is one per process and contact address: a tenant whose job hangs stops every other tenant that
 * writes to the same contact, and jobs run in the async context of whoever started the queue. Here it is one per
 * storage (a socket has one) and address, each job in its caller's context.
 */
function scopeQueue(): void {
  const path = require.resolve('libsignal/src/queue_job.js');
  const stock = require(path) as QueueJob;
  const tails = new WeakMap<object, Map<string, Promise<unknown>>>();
  // Both callers reach the queue before their first await, so the storage is theirs for sure.
  let storage: object | null = null;

  const scoped: QueueJob = (bucket, job) =>
    storage ? enqueue(tails, storage, String(bucket), job) : stock(bucket, job);
  require.cache[path]!.exports = scoped;

  const cipher = (require('libsignal/src/session_cipher.js') as { prototype: CipherPrototype }).prototype;
  cipher.queueJob = function (job) {
    return enqueue(tails, this.storage, this.addr.toString(), job);
  };
  const builder = (require('libsignal/src/session_builder.js') as { prototype: BuilderPrototype }).prototype;
  const initOutgoing = builder.initOutgoing;
  builder.initOutgoing = function (device) {
    storage = this.storage;
    try {
      return initOutgoing.call(this, device);
    } finally {
      storage = null;
    }
  };
}

function enqueue<T>(
  tails: WeakMap<object, Map<string, Promise<unknown>>>,
  storage: object,
  bucket: string,
  job: Job<T>,
): Promise<T> {
  const own = tails.get(storage) ?? new Map<string, Promise<unknown>>();
  tails.set(storage, own);
  const run = (own.get(bucket) ?? Promise.resolve()).then(AsyncResource.bind(job));
  const tail = run
    .catch(() => {})
    .then(() => {
      if (own.get(bucket) === tail) own.delete(bucket);
    });
  own.set(bucket, tail);
  return run;
}

/**
 * To find the session of a message libsignal tries one after the other, and steps the ratchet of a wrong one before the
 * MAC tells. When a later one fits, the damaged one is stored with it, and its next message is lost.
 */
function restoreAfterTrial(): void {
  const cipher = (require('libsignal/src/session_cipher.js') as { prototype: CipherPrototype }).prototype;
  const decrypt = cipher.doDecryptWhisperMessage;
  cipher.doDecryptWhisperMessage = async function (message, session) {
    const before = session?.serialize();
    try {
      return await decrypt.call(this, message, session);
    } catch (error) {
      if (session) {
        const restored = session.constructor.deserialize(before);
        for (const field of Object.keys(session)) if (!(field in restored)) delete session[field];
        Object.assign(session, restored);
      }
      this.trialError = error;
      throw error;
    }
  };
  const decryptWithSessions = cipher.decryptWithSessions;
  // What is thrown in the end says only that no session fits; why (a bad MAC, a counter) is printed to the console.
  cipher.decryptWithSessions = async function (data, sessions) {
    try {
      return await decryptWithSessions.call(this, data, sessions);
    } catch (error) {
      if (error instanceof Error) error.cause ??= this.trialError;
      throw error;
    }
  };
}

/** Beside the open one. Signal's own library keeps five in all. */
const MAX_CLOSED_CHAINS = 5;

/**
 * Each answer of a contact begins a chain of keys, and libsignal never takes one away: a session grows with every turn of
 * the talk, and all of it is read and written again with each message. What is late by more turns than these is asked
 * for again, as with a phone.
 */
function forgetOldChains(): void {
  const cipher = (require('libsignal/src/session_cipher.js') as { prototype: CipherPrototype }).prototype;
  const store = cipher.storeRecord;
  cipher.storeRecord = function (record) {
    for (const { _chains: chains } of Object.values(record.sessions)) {
      const closed = Object.keys(chains).filter((key) => chains[key]?.chainKey.key === undefined);
      for (const key of closed.slice(0, -MAX_CLOSED_CHAINS)) delete chains[key];
    }
    return store.call(this, record);
  };
}

const SECRET_BYTES = 32;

/**
 * Node finds out whether bytes are a key object by throwing and catching, twice for each use, and an exception costs its
 * stack. What is a key object already is not asked.
 */
function useKeyObjects(): void {
  const crypto = require('libsignal/src/crypto.js') as SignalCrypto;
  crypto.calculateMAC = (key, data) => createHmac('sha256', createSecretKey(key)).update(data).digest();
  crypto.encrypt = (key, data, iv) => {
    const cipher = createCipheriv('aes-256-cbc', createSecretKey(key), iv);
    return Buffer.concat([cipher.update(data), cipher.final()]);
  };
  crypto.decrypt = (key, data, iv) => {
    const decipher = createDecipheriv('aes-256-cbc', createSecretKey(key), iv);
    return Buffer.concat([decipher.update(data), decipher.final()]);
  };
  crypto.deriveSecrets = (input, salt, info, chunks = 3) => {
    const secrets = Buffer.from(hkdfSync('sha256', createSecretKey(input), salt, info, chunks * SECRET_BYTES));
    return Array.from({ length: chunks }, (_, i) => secrets.subarray(i * SECRET_BYTES, (i + 1) * SECRET_BYTES));
  };
}
