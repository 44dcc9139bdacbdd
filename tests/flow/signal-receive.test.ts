import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { proto } from '../../lib/baileys/index.ts';
import { Client, quiet, type Rig, startRig, until, wouldHaveLeft } from './signal-rig.ts';

describe('a received message', () => {
  let rig: Rig;
  let sequence = 0;
  /** Messages that a linked device has receipted; the account's own phone receipts them too, on its own. */
  const receipted = new Set<string>();
  beforeAll(async () => {
    rig = await startRig();
    rig.sandbox.network.on('receipt', (sender, stanza) => {
      if (sender.id > 0 && stanza.attrs.type !== 'retry') receipted.add(stanza.attrs.id ?? '');
    });
  });
  afterEach(() => rig.store.reset());
  afterAll(() => rig.stop());

  async function pairOf(handles = true) {
    const own = `155503${String(++sequence).padStart(5, '0')}`;
    const other = `155504${String(sequence).padStart(5, '0')}`;
    const me = await new Client({ ...rig, handles }).pair(own);
    const friend = rig.sandbox.phone(other);
    const first = await friend.send(own, 'warm-up');
    await until(() => me.received.some((message) => message.key.id === first), 'the first message');
    await quiet(rig.store);
    rig.store.commits.length = 0;
    return { me, friend, own, other };
  }

  it('is receipted only when its session, its buffer row and its own row are stored, all in one transaction', async () => {
    const { me, friend, own } = await pairOf();
    const release = rig.store.hold();
    const id = await friend.send(own, 'hello');
    await until(() => me.received.some((message) => message.key.id === id), 'the upsert');
    await wouldHaveLeft();
    expect(receipted.has(id)).toBe(false);
    release();
    await until(() => receipted.has(id), 'the receipt');
    expect(rig.store.shapes()).toEqual(['inbuf message session']);
    for (let n = 0; n < 5; n++) {
      const next = await friend.send(own, `paced ${n}`);
      await until(() => receipted.has(next), 'its receipt');
    }
    expect(rig.store.shapes()).toEqual(Array(6).fill('inbuf message session'));
    await me.end();
  });

  it('comes again when nothing of it was stored', async () => {
    const { me, friend, own } = await pairOf();
    rig.store.failWith(new Error('power cut'));
    const closed = once(me, 'close');
    const ids = await Promise.all([1, 2, 3].map((n) => friend.send(own, `lost ${n}`)));
    await closed;
    rig.store.failWith(null);
    const again = await new Client({ ...me.options }).reopen();
    await until(() => ids.every((id) => again.received.some((message) => message.key.id === id)), 'all three');
    expect(again.stubs).toBe(0);
    expect(again.durable.stats).toMatchObject({ bufferHits: 0, failedDecrypts: 0 });
    await again.end();
  });

  it('is answered from the buffer when it was stored and its receipt did not leave', async () => {
    const { me, friend, own } = await pairOf();
    let cut = false;
    rig.store.onWritten = async (writes) => {
      if (cut || !writes.some((write) => write.kind === 'key' && write.key.startsWith('inbuf|'))) return;
      cut = true;
      await me.crash();
    };
    const id = await friend.send(own, 'exactly once');
    await until(() => cut, 'the crash');
    rig.store.onWritten = null;
    expect(receipted.has(id)).toBe(false);
    const again = await new Client({ ...me.options }).reopen();
    await until(() => again.received.some((message) => message.key.id === id), 'the redelivery');
    expect(again.texts()).toContain('exactly once');
    expect(again.stubs).toBe(0);
    expect(again.durable.stats.bufferHits).toBeGreaterThan(0);
    expect(again.durable.stats.failedDecrypts).toBe(0);
    await until(() => receipted.has(id), 'the receipt');
    await again.end();
  });

  it('is replayed when its receipt left and the application never handled it', async () => {
    const { me, friend, own } = await pairOf(false);
    const id = await friend.send(own, 'unhandled');
    await until(() => receipted.has(id), 'the receipt');
    await me.crash();
    const again = new Client({ ...me.options, handles: true });
    await again.load();
    again.connect();
    await once(again, 'pending-done');
    await quiet(rig.store, 200);
    expect(again.texts()).not.toContain('unhandled');
    expect(await again.durable.replay()).toBeGreaterThan(0);
    await until(() => again.texts().includes('unhandled'), 'the replay');
    expect(again.stubs).toBe(0);
    await quiet(rig.store);
    await again.crash();
    const third = new Client({ ...me.options, handles: true });
    await third.load();
    third.connect();
    await once(third, 'pending-done');
    expect(await third.durable.replay()).toBe(0);
    await third.end();
  });

  it('is replayed by the next socket of the same process too', async () => {
    const { me, friend, own } = await pairOf(false);
    const id = await friend.send(own, 'same process');
    await until(() => receipted.has(id), 'the receipt');
    await me.crash();
    me.handles = true;
    me.received.length = 0;
    me.connect();
    await once(me, 'pending-done');
    await me.durable.replay();
    await until(() => me.texts().includes('same process'), 'the replay');
    await me.end();
  });

  it('may be overtaken in a group', async () => {
    const { me, friend, own, other } = await pairOf();
    rig.sandbox.phone(other);
    const response = await fetch(`${rig.sandbox.controlUrl}/control/groups`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ phone: other, subject: 'Out of order', participants: [own] }),
    });
    const { id: group } = (await response.json()) as { id: string };
    const first = await friend.send(group, 'group 0');
    await until(() => me.received.some((message) => message.key.id === first), 'the first group message');
    rig.sandbox.network.faults.set({ reorder: true, phones: [own] });
    for (let n = 1; n <= 8; n++) await friend.send(group, `group ${n}`);
    await until(
      () => Array.from({ length: 9 }, (_, n) => `group ${n}`).every((text) => me.texts().includes(text)),
      'all',
    );
    rig.sandbox.network.faults.clear();
    expect(me.stubs).toBe(0);
    expect(me.texts().filter((text) => text.startsWith('group'))).not.toEqual(
      Array.from({ length: 9 }, (_, n) => `group ${n}`),
    );
    await me.end();
  });

  it('cannot pretend to come from our own phone', async () => {
    const { me, friend, own } = await pairOf();
    const { Type } = proto.Message.ProtocolMessage;
    let history = 0;
    me.sock.ev.on('messaging-history.set', () => history++);
    const keyId = Buffer.from('spoofed-key');
    const appStateKey = me.vault.creds.myAppStateKeyId;
    const spoofs: proto.Message.IProtocolMessage[] = [
      {
        type: Type.APP_STATE_SYNC_KEY_SHARE,
        appStateSyncKeyShare: { keys: [{ keyId: { keyId }, keyData: { keyData: Buffer.alloc(32), timestamp: 1 } }] },
      },
      {
        type: Type.HISTORY_SYNC_NOTIFICATION,
        historySyncNotification: {
          syncType: proto.HistorySync.HistorySyncType.RECENT,
          initialHistBootstrapInlinePayload: Buffer.from('not even zlib'),
        },
      },
      { type: Type.PEER_DATA_OPERATION_REQUEST_RESPONSE_MESSAGE, peerDataOperationRequestResponseMessage: {} },
      { type: Type.LID_MIGRATION_MAPPING_SYNC, lidMigrationMappingSyncMessage: {} },
    ];
    for (const protocolMessage of spoofs) {
      const id = await friend.send(own, { protocolMessage });
      await until(() => receipted.has(id), 'its receipt');
    }
    await me.vault.barrier();
    expect(me.vault.creds.myAppStateKeyId).toBe(appStateKey);
    expect(me.vault.get('app-state-sync-key', [keyId.toString('base64')])).toEqual({});
    expect(history).toBe(0);
    await me.end();
  });
});
