import { describe, expect, it } from 'vitest';
import { type AuthenticationCreds, Curve, type SignalDataSet } from '../../lib/baileys/index.ts';
import { FencedError, MAX_GROUP_WRITES } from '../../lib/core/ports/session-store.ts';
import { Vault, type VaultOptions } from '../../runner/session/vault.ts';
import { MemorySessionStore, memoryWrapper, WatchedStore } from './signal-memory-store.ts';

const ACCOUNT = { account: { details: Buffer.from('x') }, me: { id: '15550100001:1@s.whatsapp.net' } };

function setup() {
  const inner = new MemorySessionStore();
  const store = new WatchedStore(inner);
  const options: VaultOptions = {
    store,
    wrapper: memoryWrapper(),
    tenantId: 'ten_1',
    instanceId: 'inst_1',
    owner: 'a',
  };
  return { inner, store, options };
}

async function linked() {
  const made = setup();
  const vault = await Vault.open(made.options);
  vault.saveCreds(ACCOUNT as Partial<AuthenticationCreds>);
  await vault.barrier();
  made.store.commits.length = 0;
  return { ...made, vault };
}

const session = (n: number) => ({ _sessions: { [`k${n}`]: { n } }, version: 'v1' }) as unknown as Uint8Array;

function preKeys(count: number): SignalDataSet {
  return {
    'pre-key': Object.fromEntries(Array.from({ length: count }, (_, i) => [String(i + 1), Curve.generateKeyPair()])),
  };
}

describe('vault', () => {
  it('gives back after a reload what was put, in the form Baileys expects', async () => {
    const { vault, options } = await linked();
    const pair = Curve.generateKeyPair();
    vault.put({
      session: { '1_1.0': session(1) },
      'pre-key': { 7: pair },
      'identity-key': { '1_1.0': Buffer.from([5, 255, 0, 128]) },
      'lid-mapping': { '1555': '77' },
      'device-list': { '1555': ['0', '3'] },
      tctoken: { x: { token: Buffer.from('tok'), timestamp: '1' } },
      'app-state-sync-key': { k: { keyData: Buffer.from([1, 2]), timestamp: 5 } },
      'app-state-sync-version': {
        regular: { version: 1, hash: Buffer.alloc(4), indexValueMap: { a: { valueMac: Buffer.from([9]) } } },
      },
    });
    await vault.close();
    const again = await Vault.open(options);
    expect(again.fence.epoch).toBe(2);
    expect(again.hasAccount).toBe(true);
    expect(again.get('session', ['1_1.0', 'none'])).toEqual({ '1_1.0': session(1) });
    expect(again.get('pre-key', ['7'])['7']).toEqual({
      public: Buffer.from(pair.public),
      private: Buffer.from(pair.private),
    });
    expect(again.get('identity-key', ['1_1.0'])['1_1.0']).toEqual(Buffer.from([5, 255, 0, 128]));
    expect(again.get('lid-mapping', ['1555'])).toEqual({ '1555': '77' });
    expect(again.get('device-list', ['1555'])).toEqual({ '1555': ['0', '3'] });
    expect(again.get('tctoken', ['x']).x?.token).toEqual(Buffer.from('tok'));
    expect(Buffer.from(again.get('app-state-sync-key', ['k']).k!.keyData!)).toEqual(Buffer.from([1, 2]));
    expect(again.get('app-state-sync-version', ['regular']).regular?.indexValueMap.a?.valueMac).toEqual(
      Buffer.from([9]),
    );
    expect(again.creds.signedIdentityKey).toEqual(vault.creds.signedIdentityKey);
  });

  it('stores nothing readable', async () => {
    const { vault, inner } = await linked();
    vault.put({ session: { '1_1.0': { marker: 'plainly-visible' } as unknown as Uint8Array } });
    await vault.barrier();
    const rows = [...inner.keys.get('inst_1')!.values()].map((value) => Buffer.from(value).toString('latin1'));
    expect(rows.join('\n')).not.toMatch(/plainly-visible|signedIdentityKey|noiseKey/);
  });

  it('refuses a row that was moved to another key, or changed', async () => {
    const { vault, inner, options } = await linked();
    vault.put({ session: { a: session(1), b: session(2) } });
    await vault.close();
    const rows = inner.keys.get('inst_1')!;
    rows.set('session|a', rows.get('session|b')!);
    await expect(Vault.open(options)).rejects.toThrow();
  });

  it('puts what one turn of the event loop writes into one commit, keys and domain rows alike', async () => {
    const { vault, store } = await linked();
    vault.put({ session: { a: session(1) } });
    vault.put({ session: { a: session(2), b: session(3) } });
    vault.enqueue([{ kind: 'state', set: {} }]);
    await vault.barrier();
    expect(store.shapes()).toEqual(['session session state']);
    expect(vault.barrier()).toBeNull();
  });

  it('has one commit under way at a time; what is put meanwhile is the next', async () => {
    const { vault, store } = await linked();
    const release = store.hold();
    vault.put({ session: { a: session(1) } });
    const first = vault.barrier()!;
    await new Promise(setImmediate);
    for (let n = 0; n < 10; n++) vault.put({ session: { [`s${n}`]: session(n) } });
    const second = vault.barrier()!;
    let firstDone = false;
    void first.then(() => {
      firstDone = true;
    });
    await new Promise(setImmediate);
    expect(store.begun - 1).toBe(1);
    expect(firstDone).toBe(false);
    release();
    await second;
    expect(firstDone).toBe(true);
    expect(store.commits.map((writes) => writes.length)).toEqual([1, 10]);
  });

  it('lets rows wait for keys that are on their way, and for whoever wants them stored', async () => {
    const { vault, store } = await linked();
    const state = (n: number) => vault.enqueue([{ kind: 'message', id: `m${n}`, scope: 'out', set: { text: 'x' } }]);
    const turns = async () => {
      for (let n = 0; n < 5; n++) await new Promise(setImmediate);
    };
    vault.expectMore(true);
    state(1);
    state(2);
    await turns();
    expect(store.begun).toBe(1);
    vault.put({ session: { a: session(1) } });
    await vault.settled(vault.sequence);
    state(3);
    await vault.barrier();
    state(4);
    vault.expectMore(false);
    await vault.settled(vault.sequence);
    state(5);
    await vault.settled(vault.sequence);
    expect(store.shapes()).toEqual(['message message session', 'message', 'message', 'message']);
  });

  it('does not let rows wait for ever, nor behind a commit that is under way', async () => {
    const { vault, store } = await linked();
    vault.expectMore(true);
    vault.enqueue([{ kind: 'state', set: {} }]);
    await vault.settled(vault.sequence);
    const release = store.hold();
    vault.put({ session: { a: session(1) } });
    await new Promise(setImmediate);
    vault.enqueue([{ kind: 'state', set: {} }]);
    vault.put({ session: { b: session(1) } });
    vault.enqueue([{ kind: 'state', set: {} }]);
    release();
    await vault.settled(vault.sequence);
    expect(store.shapes()).toEqual(['state', 'session', 'session state state']);
  });

  it('cuts a put that is too large, and never takes a unit apart that fits', async () => {
    const { vault, store } = await linked();
    vault.put(preKeys(812));
    await vault.barrier();
    expect(store.commits.every((writes) => writes.length <= MAX_GROUP_WRITES)).toBe(true);
    expect(store.commits.flat()).toHaveLength(812);
    store.commits.length = 0;
    const unit = (name: string) =>
      Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`${name}${i}`, session(i)]));
    vault.put({ session: unit('a') });
    vault.put({ session: unit('b') });
    await vault.barrier();
    expect(store.commits.map((writes) => writes.length)).toEqual([30, 30]);
  });

  it('takes a group back whole', async () => {
    const { vault, store } = await linked();
    const pair = Curve.generateKeyPair();
    vault.put({ session: { a: session(1) }, 'pre-key': { 3: pair } });
    await vault.barrier();
    store.commits.length = 0;
    const group = vault.beginGroup();
    group.put({ session: { a: session(2), b: session(3) }, 'pre-key': { 3: null } });
    group.put({ session: { a: session(4) } });
    expect(vault.get('pre-key', ['3'])).toEqual({});
    group.rollback();
    expect(vault.get('session', ['a', 'b'])).toEqual({ a: session(1) });
    expect(Object.keys(vault.get('pre-key', ['3']))).toEqual(['3']);
    expect(vault.barrier()).toBeNull();
    expect(store.commits).toEqual([]);
  });

  it('writes nothing for an equal value, and hands out copies', async () => {
    const { vault } = await linked();
    vault.put({ 'device-list': { u: ['0'] } });
    await vault.barrier();
    vault.get('device-list', ['u']).u!.push('9');
    expect(vault.get('device-list', ['u']).u).toEqual(['0']);
    vault.put({ 'device-list': { u: ['0'] }, session: { gone: null } });
    expect(vault.barrier()).toBeNull();
  });

  it('is dead after the first failed commit: waiters reject, nothing is accepted', async () => {
    const { store, options } = setup();
    let fatal: Error | undefined;
    const vault = await Vault.open({ ...options, onFatal: (error) => (fatal = error) });
    const failure = new Error('throttled for good');
    store.failWith(failure);
    vault.put({ session: { a: session(1) } });
    await expect(vault.barrier()).rejects.toBe(failure);
    expect(fatal).toBe(failure);
    expect(vault.dead).toBe(failure);
    expect(() => vault.put({ session: { a: session(2) } })).toThrow(failure);
    expect(() => vault.enqueue([{ kind: 'state', set: {} }])).toThrow(failure);
    await expect(vault.barrier()).rejects.toBe(failure);
    store.failWith(null);
    await vault.close();
    expect(store.commits).toEqual([]);
  });

  it('is fenced by a later owner', async () => {
    const { vault, options } = await linked();
    await Vault.open({ ...options, owner: 'b' });
    vault.put({ session: { a: session(1) } });
    await expect(vault.barrier()).rejects.toBeInstanceOf(FencedError);
  });

  it('keeps unlinked credentials in memory, and starts anew after a reset', async () => {
    const { store, options } = setup();
    const vault = await Vault.open(options);
    vault.saveCreds({ me: { id: '15550100001@s.whatsapp.net' }, pairingCode: 'ABCD1234' });
    expect(vault.barrier()).toBeNull();
    vault.saveCreds(ACCOUNT as Partial<AuthenticationCreds>);
    vault.put(preKeys(60));
    await vault.barrier();
    const before = vault.creds.signedIdentityKey;
    vault.resetCreds();
    expect(vault.hasAccount).toBe(false);
    expect(vault.creds.signedIdentityKey).not.toEqual(before);
    await vault.close();
    expect(await store.loadKeys('inst_1')).toEqual([]);
  });

  it('cuts a value that no table item takes, and puts it together again', async () => {
    const { vault, inner, options } = await linked();
    const long = Buffer.alloc(700_000, 'x');
    const short = Buffer.from('short');
    vault.put({ inbuf: { h: long } });
    await vault.barrier();
    expect([...inner.keys.get('inst_1')!.keys()].filter((key) => key.endsWith('inbuf|h'))).toHaveLength(3);
    vault.put({ inbuf: { h: Buffer.concat([long, short]) } });
    expect(vault.get('inbuf', ['h']).h!.length).toBe(700_005);
    vault.put({ inbuf: { h: short } });
    await vault.close();
    expect([...inner.keys.get('inst_1')!.keys()].filter((key) => key.endsWith('inbuf|h'))).toEqual(['inbuf|h']);
    expect(options.owner).toBe('a');
  });

  it('drops the skipped keys of our own sender key and keeps the others readable', async () => {
    const { vault } = await linked();
    const state = (secret: number[]) => ({
      senderKeyId: 1,
      senderChainKey: { iteration: 3, seed: { type: 'Buffer', data: [1, 2] } },
      senderSigningKey: { public: { type: 'Buffer', data: [5] }, private: { type: 'Buffer', data: secret } },
      senderMessageKeys: [{ iteration: 1, seed: { type: 'Buffer', data: [7, 8] } }],
    });
    const record = (secret: number[]) => Buffer.from(JSON.stringify([state(secret)]));
    vault.put({ 'sender-key': { own: record([1]), other: record([]) } });
    const { own, other } = vault.get('sender-key', ['own', 'other']);
    expect(JSON.parse(Buffer.from(own!).toString())[0].senderMessageKeys).toEqual([]);
    expect(JSON.parse(Buffer.from(other!).toString())[0].senderMessageKeys[0].seed).toEqual({
      type: 'Buffer',
      data: Buffer.from([7, 8]).toString('base64'),
    });
  });

  it('seals for one row of one instance', async () => {
    const { vault } = await linked();
    const sealed = vault.seal('sent|1', Buffer.from('body'));
    expect(Buffer.from(vault.unseal('sent|1', sealed)).toString()).toBe('body');
    expect(() => vault.unseal('sent|2', sealed)).toThrow();
    sealed[sealed.length - 1]! ^= 1;
    expect(() => vault.unseal('sent|1', sealed)).toThrow();
  });
});
