import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash } from 'node:crypto';
import {
  type BinaryNode,
  DEFAULT_CONNECTION_CONFIG,
  encodeBinaryNode,
  type ILogger,
  isPnUser,
  type LIDMapping,
  type SignalAuthState,
  type SignalDataSet,
  type SignalDataTypeMap,
  type SignalKeyStoreWithTransaction,
  type SocketConfig,
} from '../../lib/baileys/index.ts';
import { decryptFailureOf } from '../metrics.ts';
import { probe } from '../probe.ts';
import { messageOf } from './repository-inbound.ts';
import { isUnanswered } from './silence.ts';
import type { Vault } from './vault.ts';
import type { VaultData } from './vault-codec.ts';
import type { VaultGroup } from './vault-group.ts';

type Repository = ReturnType<SocketConfig['makeSignalRepository']>;
type LidLookup = (jids: string[]) => Promise<LIDMapping[] | undefined>;

/**
 * Types that bypass Baileys' transaction, whose snapshot would let an older session overwrite a newer one. The others
 * (sender-key-memory, app-state) keep it: they may be stored only after the send succeeded.
 */
const DIRECT: ReadonlySet<string> = new Set<keyof SignalDataTypeMap>([
  'session',
  'pre-key',
  'sender-key',
  'identity-key',
  'lid-mapping',
  'device-list',
  'tctoken',
]);

/** A contact without LID is not asked for again within this time. */
const NO_LID_MS = 60_000;

export interface RepositoryStats {
  /** Ciphertexts answered from the buffer instead of decrypted again. */
  bufferHits: number;
  decrypted: number;
  encrypted: number;
  failedDecrypts: number;
}

export interface DurableRepository {
  makeSignalRepository: SocketConfig['makeSignalRepository'];
  /** Which stanza a ciphertext came in, so that it can be stored with it. */
  stanzaOf: WeakMap<Uint8Array, BinaryNode>;
  stats: RepositoryStats;
}

/**
 * Baileys' own Signal repository over the vault. Each call runs alone (one lock per vault: sessions are stored under
 * LID and PN alike, so no narrower lock excludes all), reads and writes memory only, and what it wrote becomes one
 * atomic unit, or is taken back when it throws.
 */
export function createDurableRepository(vault: Vault): DurableRepository {
  const stats: RepositoryStats = { bufferHits: 0, decrypted: 0, encrypted: 0, failedDecrypts: 0 };
  const stanzaOf = new WeakMap<Uint8Array, BinaryNode>();
  return {
    stats,
    stanzaOf,
    makeSignalRepository: (auth, logger, lookUp) => {
      redirectKeys(auth.keys as SignalKeyStoreWithTransaction, vault);
      return makeRepository(vault, auth, logger, lookUp, stanzaOf, stats);
    },
  };
}

/**
 * Replaces get and set of the object that every layer of the socket uses from here on.
 * Conditional on rc14: the socket hands its own key store to `makeSignalRepository`.
 */
function redirectKeys(keys: SignalKeyStoreWithTransaction, vault: Vault): void {
  const stock = { get: keys.get, set: keys.set };
  keys.get = async (type, ids) => (DIRECT.has(type) ? vault.get(type, ids) : stock.get(type, ids));
  keys.set = async (data) => {
    const direct: SignalDataSet = {};
    const rest: SignalDataSet = {};
    for (const [type, values] of Object.entries(data))
      Object.assign(DIRECT.has(type) ? direct : rest, { [type]: values });
    if (direct.session) await vault.exclusive(() => vault.put(withLidAddresses(direct, vault)));
    else if (Object.keys(direct).length > 0) vault.put(direct);
    if (Object.keys(rest).length > 0) await stock.set(rest);
  };
}

/** Baileys deletes a broken session under the phone-number address; where the LID is known it lies under the other. */
function withLidAddresses(data: SignalDataSet, vault: Vault): SignalDataSet {
  const session = { ...data.session };
  for (const [address, value] of Object.entries(data.session ?? {})) {
    const [, user, device] = /^(\d+)\.(\d+)$/.exec(address) ?? [];
    const lid = user && vault.get('lid-mapping', [user])[user];
    if (lid) session[`${lid}_1.${device}`] = value;
  }
  return { ...data, session };
}

function makeRepository(
  vault: Vault,
  auth: SignalAuthState,
  logger: ILogger,
  lookUp: LidLookup | undefined,
  stanzaOf: WeakMap<Uint8Array, BinaryNode>,
  stats: RepositoryStats,
): Repository {
  let open: VaultGroup | null = null;
  const locked = new AsyncLocalStorage<true>();
  const put = (data: VaultData): void => {
    const { 'lid-mapping': lidMapping, ...rest } = data;
    // Baileys caches a mapping once stored: it must not be taken back with the group.
    if (lidMapping) vault.put({ 'lid-mapping': lidMapping });
    if (open) open.put(rest);
    else vault.put(rest);
  };
  const facade = {
    get: async (type: keyof SignalDataTypeMap, ids: string[]) => vault.get(type, ids),
    set: async (data: SignalDataSet) => put(data),
    transaction: <T>(work: () => Promise<T>) => work(),
    isInTransaction: () => false,
  } as SignalKeyStoreWithTransaction;
  const inner = DEFAULT_CONNECTION_CONFIG.makeSignalRepository(
    { creds: auth.creds, keys: facade },
    logger,
    rememberMisses(lookUp, () => locked.getStore() === true),
  );
  // One person's LID is wanted where there is a way without it, also for what has come in: silence stops nothing there.
  // Who sends asks for several, and must not go on as if they had none.
  const lidOf = inner.lidMapping.getLIDForPN.bind(inner.lidMapping);
  inner.lidMapping.getLIDForPN = (jid) =>
    lidOf(jid).catch((error: unknown) => {
      if (isUnanswered(error)) return null;
      throw error;
    });

  const atomic = <T>(work: () => Promise<T>): Promise<T> =>
    vault.exclusive(async () => {
      const group = vault.beginGroup();
      open = group;
      let result: T;
      try {
        result = await locked.run(true, work);
      } catch (error) {
        group.rollback();
        throw error;
      } finally {
        open = null;
      }
      group.commit();
      return result;
    });
  const encrypted = async <T>(work: () => Promise<T>): Promise<T> => {
    stats.encrypted++;
    const result = await atomic(work);
    probe.at('encrypted');
    return result;
  };

  /** Asks the network before the lock is taken: within it the answer is known. */
  const resolveLid = async (jid: string | undefined): Promise<string> => {
    const lid = jid && isPnUser(jid) ? await inner.lidMapping.getLIDForPN(jid).catch(() => null) : null;
    return lid ?? jid ?? '';
  };

  const once = (sender: string, ciphertext: Uint8Array, decrypt: () => Promise<Uint8Array>): Promise<Uint8Array> => {
    const hash = nameOf(sender, ciphertext);
    return atomic(async () => {
      const known = vault.inbound.plaintext(hash);
      if (known) {
        stats.bufferHits++;
        return known;
      }
      const plaintext = await decrypt();
      probe.at('decrypting');
      const stanza = stanzaOf.get(ciphertext);
      if (stanza) vault.inbound.record(hash, messageOf(stanza), plaintext, encodeBinaryNode(stanza), put);
      stats.decrypted++;
      return plaintext;
    }).then(
      (plaintext) => {
        probe.at('decrypted');
        return plaintext;
      },
      (error) => {
        // What a session that has ended does not decrypt comes again, to its next owner.
        if (!vault.dead) {
          stats.failedDecrypts++;
          vault.metrics.decryptFailed(decryptFailureOf(error));
        }
        throw error;
      },
    );
  };

  return {
    ...inner,
    async encryptMessage(options) {
      await resolveLid(options.jid);
      return encrypted(() => inner.encryptMessage(options));
    },
    encryptGroupMessage: (options) => encrypted(() => inner.encryptGroupMessage(options)),
    async decryptMessage(options) {
      const address = inner.jidToSignalProtocolAddress(await resolveLid(options.jid));
      return once(`${options.type}|${address}`, options.ciphertext, () => inner.decryptMessage(options));
    },
    async decryptGroupMessage(options) {
      const author = inner.jidToSignalProtocolAddress(options.authorJid);
      return once(`group|${options.group}|${author}`, options.msg, () => inner.decryptGroupMessage(options));
    },
    processSenderKeyDistributionMessage: (options) => atomic(() => inner.processSenderKeyDistributionMessage(options)),
    getSenderKeyDistributionMessage: (options) => atomic(() => inner.getSenderKeyDistributionMessage(options)),
    async injectE2ESession(options) {
      await resolveLid(options.jid);
      return atomic(() => inner.injectE2ESession(options));
    },
    deleteSession: (jids) => atomic(() => inner.deleteSession(jids)),
    migrateSession: (fromJid, toJid) => atomic(() => inner.migrateSession(fromJid, toJid)),
  };
}

/** @param isLocked within the lock nobody is asked: everybody of the session would wait for the answer */
function rememberMisses(lookUp: LidLookup | undefined, isLocked: () => boolean): LidLookup | undefined {
  if (!lookUp) return undefined;
  const missedAtMs = new Map<string, number>();
  return async (jids) => {
    if (isLocked()) return [];
    const nowMs = Date.now();
    for (const [jid, atMs] of missedAtMs) if (nowMs - atMs > NO_LID_MS) missedAtMs.delete(jid);
    const asked = jids.filter((jid) => !missedAtMs.has(jid));
    if (asked.length === 0) return [];
    const found = (await lookUp(asked)) ?? [];
    const answeredAtMs = Date.now();
    const known = new Set(found.map(({ pn }) => pn));
    for (const jid of asked) if (!known.has(jid)) missedAtMs.set(jid, answeredAtMs);
    return found;
  };
}

/**
 * Name of a ciphertext in the buffer. The sender is part of it: whoever sends another's ciphertext again must not have
 * it answered under his own name.
 */
function nameOf(sender: string, ciphertext: Uint8Array): string {
  return createHash('sha256').update(sender).update('\0').update(ciphertext).digest('base64url').slice(0, 32);
}
