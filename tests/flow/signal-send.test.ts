import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { WAMessage } from '../../lib/baileys/index.ts';
import { withMediaHost } from '../../runner/session/silence.ts';
import { Client, quiet, type Rig, startRig, until, wouldHaveLeft } from './signal-rig.ts';

const CONTACT = '15550200002';
const JID = `${CONTACT}@s.whatsapp.net`;

describe('a sent message', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig();
  });
  afterEach(() => rig.store.reset());
  afterAll(() => rig.stop());

  const shown = (id: string) => rig.sandbox.phone(CONTACT).inbox.find(id) !== undefined;

  async function client(phone: string, warm = true): Promise<Client> {
    const made = await new Client(rig).pair(phone);
    if (warm) {
      await made.send(JID, 'warm-up', `WARM${phone}`);
      await until(() => shown(`WARM${phone}`), 'the first message');
    }
    await quiet(rig.store);
    return made;
  }

  it('leaves only when the state behind it is stored', async () => {
    const me = await client('15550200001');
    const taken: string[] = [];
    rig.sandbox.network.on('message', (_, stanza) => taken.push(stanza.attrs.id ?? ''));
    const release = rig.store.hold();
    await me.send(JID, 'held', 'HELD');
    await wouldHaveLeft();
    expect(rig.store.begun).toBe(rig.store.commits.length + 1);
    expect(taken).toEqual([]);
    release();
    await until(() => shown('HELD'), 'the held message');
    expect(taken).toEqual(['HELD']);
    expect(rig.store.shapes().at(-1)).toBe('session session');
    await me.end();
  });

  it('costs one transaction', async () => {
    const me = await client('15550200003');
    rig.store.commits.length = 0;
    rig.requests.length = 0;
    for (let n = 0; n < 5; n++) {
      await me.send(JID, `message ${n}`, `ONE${n}`);
      await until(() => shown(`ONE${n}`), 'the message');
      await me.vault.barrier();
    }
    await quiet(rig.store, 100);
    expect(rig.store.shapes()).toEqual(Array(5).fill('session session'));
    expect(rig.requests).toEqual(Array(5).fill('TransactWriteItemsCommand'));
    await me.end();
  });

  it('is sent again from what the application has kept: the socket keeps no message, neither sent nor received', async () => {
    const me = await client('15550200008');
    const contact = rig.sandbox.phone('15550200009');
    contact.fakeDecryptFailures(1);
    me.sent.set('AGAIN', { conversation: 'as it was kept' });
    await me.sock.sendMessage(contact.jid, { text: 'as it was sent' }, { messageId: 'AGAIN' });
    await until(() => contact.inbox.find('AGAIN') !== undefined, 'the message that was sent again');
    expect(contact.inbox.find('AGAIN')?.text).toBe('as it was kept');
    const id = await contact.send('15550200008', 'and back');
    await until(() => me.texts().includes('and back'), 'the answer');
    const { key } = me.received.find((message) => message.key.id === id) as WAMessage;
    expect(me.sock.messageRetryManager?.getRecentMessage(key.remoteJid as string, id)).toBeUndefined();
    await me.end();
  });

  it('shares its transaction with others under way', async () => {
    const me = await client('15550200004');
    rig.store.commits.length = 0;
    await Promise.all(Array.from({ length: 40 }, (_, n) => me.send(JID, `burst ${n}`, `BURST${n}`)));
    await until(() => Array.from({ length: 40 }, (_, n) => `BURST${n}`).every(shown), 'the burst');
    expect(rig.store.commits.length).toBeLessThan(20);
    expect(rig.sandbox.phone(CONTACT).status().decryptErrors).toEqual([]);
    await me.end();
  });

  it('never leaves when its commit fails: the socket is terminated, later sends are refused', async () => {
    const me = await client('15550200005');
    const closed = once(me, 'close');
    rig.store.failWith(new Error('the store is gone'));
    await me.send(JID, 'lost', 'LOST').catch(() => {});
    expect((await closed)[0]).toBe(428);
    rig.store.failWith(null);
    expect(me.fatal?.message).toBe('the store is gone');
    await expect(me.send(JID, 'later', 'LATER')).rejects.toThrow();
    await wouldHaveLeft();
    expect(shown('LOST')).toBe(false);
    const again = new Client({ ...me.options });
    await again.reopen();
    await again.send(JID, 'again', 'LOST');
    await until(() => shown('LOST'), 'the message sent again');
    expect(rig.sandbox.phone(CONTACT).status().decryptErrors).toEqual([]);
    await again.end();
  });

  it('never leaves a runner that was fenced, and the next owner goes on without an error', async () => {
    const old = await client('15550200006');
    const next = new Client({ ...old.options, owner: 'runner-b' });
    await next.load();
    const closed = once(old, 'close');
    await old.send(JID, 'stale', 'STALE').catch(() => {});
    await closed;
    expect(old.vault.dead?.name).toBe('FencedError');
    await wouldHaveLeft();
    expect(shown('STALE')).toBe(false);
    next.connect();
    await once(next, 'open');
    await next.send(JID, 'fresh', 'FRESH');
    await until(() => shown('FRESH'), 'the new owner’s message');
    expect(rig.sandbox.phone(CONTACT).status().decryptErrors).toEqual([]);
    await next.end();
  });

  it('does not wait for ever behind a refused upgrade', async () => {
    const me = await client('15550200008', false);
    await me.crash();
    rig.sandbox.network.faults.set({ rejectUpgrade: 1, rejectUpgradeStatus: 503 });
    me.connect();
    await once(me, 'close');
    me.connect();
    await once(me, 'open');
    await me.end();
  });

  it('leaves before a logout closes the socket', async () => {
    const me = await client('15550200007', false);
    const unlinked = once(rig.sandbox.network, 'unlinked');
    const release = rig.store.hold();
    me.vault.put({ 'lid-mapping': { '1': '2' } });
    const loggedOut = me.sock.logout();
    release();
    await Promise.all([unlinked, loggedOut]);
    await until(() => me.closeCode !== undefined, 'the close');
    expect(me.closeCode).toBe(401);
    me.vault.resetCreds();
    await me.vault.close();
    expect(await rig.store.loadKeys(me.options.instanceId!)).toEqual([]);
  });
});

describe('what WhatsApp does not answer', () => {
  let rig: Rig;
  let me: Client;
  beforeAll(async () => {
    rig = await startRig();
    me = await new Client({ ...rig, answerTimeoutMs: 300 }).pair('15550200011');
    await quiet(rig.store);
  });
  afterEach(() => rig.sandbox.network.faults.clear());
  afterAll(async () => {
    await me?.end();
    await rig?.stop();
  });

  const unanswered = (xmlns: string) => {
    rig.sandbox.network.faults.dropsAnswer = (_number, { attrs }) => attrs.xmlns === xmlns;
  };

  it('is not the LID of a person: who sends learns that nobody knows, and asks again', async () => {
    const stranger = rig.sandbox.phone('15550200012');
    const { lidMapping } = me.sock.signalRepository;
    unanswered('usync');
    await expect(lidMapping.getLIDsForPNs([stranger.jid])).rejects.toThrow(/did not answer/);
    // What has come in is not held up by it.
    expect(await lidMapping.getLIDForPN(stranger.jid)).toBe(null);
    rig.sandbox.network.faults.clear();
    expect(await lidMapping.getLIDForPN(stranger.jid)).toBe(stranger.lid);
  });

  it('is never waited for while the session is locked', async () => {
    const stranger = rig.sandbox.phone('15550200013');
    let asked = 0;
    rig.sandbox.network.faults.dropsAnswer = (_number, { attrs }) => {
      asked += Number(attrs.xmlns === 'usync');
      return attrs.xmlns === 'usync';
    };
    const data = Buffer.from('nobody can read it');
    await expect(me.sock.signalRepository.encryptMessage({ jid: stranger.jid, data })).rejects.toThrow(/session/i);
    expect(asked).toBe(1);
  });

  it('ends the connection where Baileys would keep that there is no media host', async () => {
    unanswered('w:m');
    const closed = once(me, 'close');
    await expect(withMediaHost(me.sock, me.sock.refreshMediaConn(false))).rejects.toThrow(/did not answer/);
    expect(await closed).toEqual([408]);
    rig.sandbox.network.faults.clear();
    const open = once(me, 'open');
    me.connect();
    await open;
    expect(await withMediaHost(me.sock, me.sock.refreshMediaConn(false))).toMatchObject({ auth: 'sandbox' });
  });
});
