import { describe, expect, it } from 'vitest';
import {
  addTransactionCapability,
  type BinaryNode,
  Curve,
  DEFAULT_CONNECTION_CONFIG,
  generateSignalPubKey,
  initAuthCreds,
  type SignalDataSet,
  type SignalKeyStoreWithTransaction,
} from '../../lib/baileys/index.ts';
import { type DecryptFailure, NO_METRICS } from '../../runner/metrics.ts';
import { createDurableRepository } from '../../runner/session/repository.ts';
import { Vault } from '../../runner/session/vault.ts';
import { MemorySessionStore, memoryWrapper, silentLogger, WatchedStore } from './signal-memory-store.ts';

const PN = '15550100009@s.whatsapp.net';
const LID = '9900@lid';
const ADDRESS = '9900_1.0';
const US = '1100@lid';
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A client on a vault, put together the way Baileys' socket does it. */
async function makeClient() {
  const store = new WatchedStore(new MemorySessionStore());
  const failures: DecryptFailure[] = [];
  const metrics = { ...NO_METRICS, decryptFailed: (kind: DecryptFailure) => void failures.push(kind) };
  const vault = await Vault.open({
    ...{ store, wrapper: memoryWrapper(), tenantId: 't', instanceId: 'i', owner: 'o', metrics },
  });
  const keys = addTransactionCapability(
    { get: (type, ids) => vault.get(type, ids), set: (data) => vault.put(data) },
    silentLogger,
    { maxCommitRetries: 1, delayBetweenTriesMs: 1 },
  );
  const durable = createDurableRepository(vault);
  const repository = durable.makeSignalRepository({ creds: vault.creds, keys }, silentLogger, async () => []);
  vault.put({ 'lid-mapping': { '15550100009': '9900', '9900_reverse': '15550100009' } });
  return { store, vault, keys, repository, failures, ...durable };
}

/** The contact: Baileys' own repository over a plain map. */
function makeContact() {
  const creds = initAuthCreds();
  const values = new Map<string, unknown>();
  const keys = {
    get: async (type: string, ids: string[]) =>
      Object.fromEntries(ids.flatMap((id) => (values.has(type + id) ? [[id, values.get(type + id)]] : []))),
    async set(data: SignalDataSet) {
      for (const [type, entries] of Object.entries(data)) {
        for (const [id, value] of Object.entries(entries)) values.set(type + id, value ?? undefined);
      }
    },
    transaction: <T>(work: () => Promise<T>) => work(),
    isInTransaction: () => false,
  } as SignalKeyStoreWithTransaction;
  let nextPreKey = 1;
  return {
    repository: DEFAULT_CONNECTION_CONFIG.makeSignalRepository({ creds, keys }, silentLogger),
    bundle() {
      const keyId = nextPreKey++;
      const pair = Curve.generateKeyPair();
      values.set(`pre-key${keyId}`, pair);
      const publicKey = (key: Uint8Array) => generateSignalPubKey(key) as Uint8Array;
      return {
        registrationId: creds.registrationId,
        identityKey: publicKey(creds.signedIdentityKey.public),
        signedPreKey: {
          keyId: creds.signedPreKey.keyId,
          publicKey: publicKey(creds.signedPreKey.keyPair.public),
          signature: creds.signedPreKey.signature,
        },
        preKey: { keyId, publicKey: publicKey(pair.public) },
      };
    },
  };
}

async function talking() {
  const client = await makeClient();
  const contact = makeContact();
  await client.repository.injectE2ESession({ jid: LID, session: contact.bundle() });
  const first = await client.repository.encryptMessage({ jid: LID, data: Buffer.from('first') });
  await contact.repository.decryptMessage({ jid: US, ...first });
  const write = async (text: string) => {
    const sent = await contact.repository.encryptMessage({ jid: US, data: Buffer.from(text) });
    const stanza: BinaryNode = {
      tag: 'message',
      attrs: { id: text, from: LID },
      content: [{ tag: 'enc', attrs: { type: sent.type }, content: sent.ciphertext }],
    };
    client.stanzaOf.set(sent.ciphertext, stanza);
    return sent;
  };
  await client.repository.decryptMessage({ jid: LID, ...(await write('answer')) });
  await client.vault.barrier();
  client.store.commits.length = 0;
  return { ...client, contact, write };
}

const sessionOf = (vault: Vault) => JSON.stringify(vault.get('session', [ADDRESS]));

describe('the durable repository', () => {
  it('lets nothing interleave on one session, however it is addressed', async () => {
    const { repository, contact, write } = await talking();
    const incoming = [];
    for (let n = 0; n < 60; n++) incoming.push(await write(`in ${n}`));
    const outgoing: { type: 'pkmsg' | 'msg'; ciphertext: Uint8Array }[] = [];
    const decrypted: string[] = [];
    await Promise.all(
      incoming.flatMap((sent, n) => [
        repository
          .encryptMessage({ jid: n % 2 ? PN : LID, data: Buffer.from(`out ${n}`) })
          .then((message) => outgoing.push(message)),
        repository
          .decryptMessage({ jid: n % 3 ? LID : PN, ...sent })
          .then((plain) => decrypted.push(Buffer.from(plain).toString())),
      ]),
    );
    expect(decrypted).toHaveLength(60);
    const arrived = new Set<string>();
    for (const message of outgoing) {
      arrived.add(Buffer.from(await contact.repository.decryptMessage({ jid: US, ...message })).toString());
    }
    expect(arrived.size).toBe(60);
  });

  it('takes back all a failed call wrote, and only that', async () => {
    const { repository, vault, store, write } = await talking();
    const before = sessionOf(vault);
    const sent = await write('damaged');
    const ciphertext = Buffer.from(sent.ciphertext);
    ciphertext[ciphertext.length - 1]! ^= 1;
    const failing = repository.decryptMessage({ jid: LID, type: sent.type, ciphertext });
    await expect(failing).rejects.toThrow();
    expect(sessionOf(vault)).toBe(before);
    expect(vault.barrier()).toBeNull();
    expect(store.commits).toEqual([]);
    const [kept] = await Promise.all([
      repository.encryptMessage({ jid: LID, data: Buffer.from('kept') }),
      repository.decryptMessage({ jid: LID, type: sent.type, ciphertext }).catch(() => {}),
    ]);
    expect(kept.ciphertext.length).toBeGreaterThan(0);
    expect(sessionOf(vault)).not.toBe(before);
    await vault.barrier();
    expect(store.shapes()).toEqual(['session']);
  });

  it('counts why nothing could be decrypted: a bad MAC, a counter that was used, no session', async () => {
    const { repository, failures, write } = await talking();
    const sent = await write('once');
    const damaged = Buffer.from(sent.ciphertext);
    damaged[damaged.length - 1]! ^= 1;
    const decrypt = (jid: string, ciphertext: Uint8Array) =>
      repository.decryptMessage({ jid, type: sent.type, ciphertext }).catch(() => undefined);
    await decrypt(LID, damaged);
    expect(failures).toEqual(['bad_mac']);
    await repository.decryptMessage({ jid: LID, ...sent });
    // Not the ciphertext that the buffer knows, but the same place in the ratchet.
    await decrypt(LID, damaged);
    expect(failures).toEqual(['bad_mac', 'counter']);
    await decrypt('7700@lid', sent.ciphertext);
    expect(failures).toEqual(['bad_mac', 'counter', 'no_session']);
  });

  it('counts nothing that a session which has ended leaves to its next owner', async () => {
    const { vault, repository, failures, write } = await talking();
    const sent = await write('late');
    vault.abandon(new Error('fenced'));
    await expect(repository.decryptMessage({ jid: LID, ...sent })).rejects.toThrow('fenced');
    expect(failures).toEqual([]);
  });

  it('takes back a changed identity with the decryption that failed', async () => {
    const { repository, vault } = await talking();
    const stranger = makeContact();
    const other = makeContact();
    await stranger.repository.injectE2ESession({ jid: US, session: other.bundle() });
    const forged = await stranger.repository.encryptMessage({ jid: US, data: Buffer.from('not for us') });
    vault.put({ 'identity-key': { [ADDRESS]: Buffer.alloc(33, 5) } });
    const before = sessionOf(vault);
    await expect(repository.decryptMessage({ jid: LID, ...forged })).rejects.toThrow();
    expect(sessionOf(vault)).toBe(before);
    expect(vault.get('identity-key', [ADDRESS])[ADDRESS]).toEqual(Buffer.alloc(33, 5));
  });

  it('stores the plaintext with its session and answers a redelivery, by number or LID', async () => {
    const { repository, vault, store, stats, write } = await talking();
    const sent = await write('once');
    const first = await repository.decryptMessage({ jid: LID, ...sent });
    await vault.barrier();
    expect(store.shapes()).toEqual(['inbuf session']);
    const again = await repository.decryptMessage({ jid: PN, ...sent, ciphertext: Buffer.from(sent.ciphertext) });
    expect(again).toEqual(first);
    expect(stats.bufferHits).toBe(1);
    expect(vault.barrier()).toBeNull();
  });

  it("does not answer somebody else who sends another's ciphertext", async () => {
    const { repository, stats, write } = await talking();
    const sent = await write('mine');
    await repository.decryptMessage({ jid: LID, ...sent });
    await expect(repository.decryptMessage({ jid: '6600@lid', ...sent })).rejects.toThrow();
    expect(stats.bufferHits).toBe(0);
  });

  it('deletes the session where it lies when Baileys names it by number', async () => {
    const { keys, vault } = await talking();
    expect(Object.keys(vault.get('session', [ADDRESS]))).toEqual([ADDRESS]);
    await keys.set({ session: { '15550100009.0': null } });
    expect(vault.get('session', [ADDRESS])).toEqual({});
  });

  it('replays what nobody has handled, for a week', async () => {
    const { repository, vault, write } = await talking();
    await repository.decryptMessage({ jid: LID, ...(await write('done')) });
    await repository.decryptMessage({ jid: LID, ...(await write('open')) });
    vault.inbound.handled({ id: 'answer' });
    vault.inbound.handled({ id: 'done' });
    const generation = vault.inbound.nextGeneration();
    expect(vault.inbound.unhandled(generation)).toHaveLength(1);
    vault.inbound.caughtUp(generation);
    vault.inbound.sweep(Date.now() + 6 * DAY_MS);
    expect(vault.ids('inbuf')).toHaveLength(1);
    vault.inbound.sweep(Date.now() + 8 * DAY_MS);
    expect(vault.ids('inbuf')).toEqual([]);
  });

  it('keeps the plaintext of handled messages until a connection has lasted, after all it had missed', async () => {
    const { repository, vault, write } = await talking();
    await repository.decryptMessage({ jid: LID, ...(await write('done')) });
    const [first, nowMs] = [vault.inbound.nextGeneration(), Date.now()];
    for (const id of ['answer', 'done']) vault.inbound.handled({ id }, nowMs);
    const keptAfter = (passedMs: number) => {
      vault.inbound.sweep(nowMs + passedMs);
      return vault.ids('inbuf').length;
    };
    expect(keptAfter(HOUR_MS)).toBe(2);
    vault.inbound.caughtUp(first, nowMs + HOUR_MS);
    vault.inbound.lost(first);
    expect(keptAfter(2 * HOUR_MS)).toBe(2);
    const second = vault.inbound.nextGeneration();
    vault.inbound.caughtUp(first, nowMs);
    expect(keptAfter(2 * HOUR_MS)).toBe(2);
    vault.inbound.caughtUp(second, nowMs + 2 * HOUR_MS);
    vault.inbound.lost(first);
    expect(keptAfter(2 * HOUR_MS + 59_000)).toBe(2);
    expect(keptAfter(2 * HOUR_MS + 60_000)).toBe(0);
  });
});
