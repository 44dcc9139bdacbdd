import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GroupMetadata } from '../../lib/baileys/index.ts';
import type { SimPhone } from '../../sandbox/index.ts';
import { Bench, type Client, shown } from './support.ts';

let bench: Bench;
let alice: { client: Client; phone: SimPhone };
let bob: { client: Client; phone: SimPhone };
let carol: SimPhone;

beforeAll(async () => {
  bench = await Bench.start();
  [alice, bob] = await Promise.all([bench.linked(), bench.linked()]);
  carol = bench.phone();
});
afterAll(() => bench.close());

async function group(subject: string): Promise<string> {
  const { id } = await alice.client.sock.groupCreate(subject, [bob.phone.jid, carol.jid]);
  await bob.client.event<GroupMetadata[]>('groups.upsert', (groups) => groups.some((each) => each.id === id));
  return id;
}

test('creating a group tells its members, and metadata has both addresses of each', async () => {
  const id = await group('Friends');
  const metadata = await bob.client.sock.groupMetadata(id);
  expect(metadata).toMatchObject({ id, subject: 'Friends', size: 3, addressingMode: 'lid', ownerPn: alice.phone.jid });
  expect(metadata.participants).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ id: alice.phone.lid, phoneNumber: alice.phone.jid, admin: 'superadmin' }),
      expect.objectContaining({ id: carol.lid, phoneNumber: carol.jid }),
    ]),
  );
  expect(Object.keys(await bob.client.sock.groupFetchAllParticipating())).toContain(id);
});

test('sender keys work from clients and from phones, again and again', async () => {
  const id = await group('Talk');
  for (const round of [1, 2, 3]) {
    await alice.client.send(id, { text: `alice ${round}` });
    await Promise.all([bob.client.text(`alice ${round}`), shown(carol, `alice ${round}`)]);
    await carol.send(id, `carol ${round}`);
    const received = await alice.client.text(`carol ${round}`);
    expect(received.key).toMatchObject({ remoteJid: id, participant: carol.lid, participantAlt: carol.jid });
    await bob.client.text(`carol ${round}`);
    await bob.client.send(id, { text: `bob ${round}` });
    await Promise.all([alice.client.text(`bob ${round}`), shown(carol, `bob ${round}`)]);
  }
  expect(carol.status().decryptErrors).toEqual([]);
  expect((await carol.messages()).find((message) => message.text === 'bob 1')).toMatchObject({
    chat: id,
    from: id,
    author: bob.phone.jid,
  });
});

test('members receipt group messages one by one', async () => {
  const id = await group('Receipts');
  const { key } = await alice.client.send(id, { text: 'who reads this?' });
  await alice.client.until('a read receipt of carol', () =>
    alice.client.receipts.some(
      (each) => each.key.id === key.id && each.receipt.readTimestamp && each.receipt.userJid === carol.lid,
    ),
  );
});

test('a client that lost a sender key asks for it', async () => {
  const id = await group('Lost key');
  await alice.client.send(id, { text: 'with key' });
  await bob.client.text('with key');
  bob.client.keys.forget('sender-key');
  await alice.client.send(id, { text: 'without key' });
  await bob.client.text('without key');
  await carol.send(id, 'carol with key');
  await bob.client.text('carol with key');
  bob.client.keys.forget('sender-key');
  await carol.send(id, 'carol without key');
  await bob.client.text('carol without key');
  expect(carol.status().retryRequests).toBeGreaterThan(0);
});

test('a phone that lost a sender key asks for it', async () => {
  const id = await group('Phone lost key');
  await alice.client.send(id, { text: 'phone has it' });
  await shown(carol, 'phone has it');
  carol.fakeDecryptFailures(1);
  await alice.client.send(id, { text: 'phone has it not' });
  await shown(carol, 'phone has it not');
});

test('subject, description, settings and members can be changed', async () => {
  const { sock } = alice.client;
  const id = await group('Before');
  await sock.groupUpdateSubject(id, 'After');
  await sock.groupUpdateDescription(id, 'What it is about');
  await sock.groupSettingUpdate(id, 'announcement');
  await sock.groupToggleEphemeral(id, 86_400);
  await sock.groupParticipantsUpdate(id, [bob.phone.jid], 'promote');
  expect(await sock.groupMetadata(id)).toMatchObject({
    subject: 'After',
    desc: 'What it is about',
    announce: true,
    ephemeralDuration: 86_400,
    participants: expect.arrayContaining([expect.objectContaining({ id: bob.phone.lid, admin: 'admin' })]),
  });
  const removed = await sock.groupParticipantsUpdate(id, [carol.jid], 'remove');
  expect(removed).toMatchObject([{ status: '200', jid: carol.jid }]);
  expect((await sock.groupMetadata(id)).size).toBe(2);
  await expect(carol.send(id, 'am I out?')).rejects.toMatchObject({ status: 409 });
  const missing = await sock.groupParticipantsUpdate(id, ['491700009004@s.whatsapp.net'], 'add');
  expect(missing).toMatchObject([{ status: '404' }]);
});

test('who was removed cannot read on: the contact takes a new sender key', async () => {
  const id = await group('Rotation');
  await carol.send(id, 'all of you');
  await bob.client.text('all of you');
  await alice.client.sock.groupParticipantsUpdate(id, [bob.phone.jid], 'remove');
  const before = await carol.signal.unit(async () => {
    const held = await carol.signal.repository.hasSenderKey({ group: id, meId: carol.lid });
    const holders = carol.signal.sharedSenderKeyWith(id);
    return () => ({ held, holders: new Set(holders) });
  });
  expect(before.held).toBe(true);
  await carol.send(id, 'not you, bob');
  await alice.client.text('not you, bob');
  expect([...carol.signal.sharedSenderKeyWith(id)].some((holder) => holder.startsWith(bob.phone.account.lid))).toBe(
    false,
  );
  expect([...before.holders].some((holder) => holder.startsWith(bob.phone.account.lid))).toBe(true);
});

test('an invite code lets others in, and leaving lets them out', async () => {
  const { client: dora, phone: doraPhone } = await bench.linked();
  const id = await group('Open');
  const code = (await alice.client.sock.groupInviteCode(id)) ?? '';
  expect((await dora.sock.groupGetInviteInfo(code)).subject).toBe('Open');
  expect(await dora.sock.groupAcceptInvite(code)).toBe(id);
  await dora.send(id, { text: 'dora is in' });
  await alice.client.text('dora is in');
  await dora.sock.groupLeave(id);
  expect((await alice.client.sock.groupMetadata(id)).participants.map((each) => each.id)).not.toContain(doraPhone.lid);
  await expect(dora.sock.groupMetadata(id)).rejects.toThrow();
  const renewed = await alice.client.sock.groupRevokeInvite(id);
  expect(renewed).not.toBe(code);
  await expect(dora.sock.groupAcceptInvite(code)).rejects.toThrow();
});
