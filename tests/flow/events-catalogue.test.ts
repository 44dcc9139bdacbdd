import { createCipheriv, createHash, createHmac, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { proto } from '../../lib/baileys/index.ts';
import type { Adapters } from '../../lib/core/adapters/index.ts';
import { EVENTS, type EventData, type EventName } from '../../lib/core/catalogue/events.ts';
import type { SimPhone } from '../../sandbox/index.ts';
import { freshNumber, type LinkedInstance, linkInstance, register } from '../support/client.ts';
import { adaptersOf, eventsOf, eventTold, numbersOf, settled } from '../support/event-log.ts';
import { TestGateway } from '../support/gateway.ts';
import { control } from '../support/person.ts';

const { Type } = proto.Message.ProtocolMessage;

let gateway: TestGateway;
let adapters: Adapters;
let instance: LinkedInstance;
let instanceId: string;

beforeAll(async () => {
  gateway = await TestGateway.start();
  adapters = adaptersOf(gateway.dataDir);
  instance = await linkInstance(await register(gateway.url), 'told');
  instanceId = (await instance.user.must('GET', '/api/instances/told')).body.data.id as string;
});
afterAll(async () => {
  adapters?.close();
  await gateway?.stop();
});

function sandbox() {
  const { sandbox: network } = gateway.gateway;
  if (!network) throw new Error('The gateway runs without its sandbox.');
  return network;
}

const phone = (number = freshNumber()): SimPhone => sandbox().phone(number);
const partyOf = ({ number, lid }: SimPhone) => ({ phone: number, lid: lid.split('@')[0] });

/** The first event of the type that is liked. */
const told = <N extends EventName>(type: N, likes?: (data: EventData<N>) => boolean) =>
  eventTold(adapters, instanceId, type, likes);

const about = (id: string) => (data: { messageId: string | null }) => data.messageId === `msg_${id}`;
const stored = async (id: string) => (await instance.key.must('GET', `/api/messages/msg_${id}`)).body.data;

async function group(creator: SimPhone, subject: string, participants: string[]): Promise<string> {
  const body = { phone: creator.number, subject, participants };
  return (await control(gateway.controlUrl, 'POST', '/control/groups', body)).id as string;
}

const members = (actor: SimPhone, id: string, action: string, participants: string[]) =>
  control(gateway.controlUrl, 'POST', '/control/group-members', {
    phone: actor.number,
    group: id,
    action,
    participants,
  });

describe('a message that comes in', () => {
  it('is told with what it carries', async () => {
    const ann = phone();
    const sha256 = randomBytes(32);
    const image = {
      mimetype: 'image/jpeg',
      caption: 'look',
      fileLength: 7,
      fileSha256: sha256,
      mediaKey: randomBytes(32),
    };
    const asked = await ann.send(instance.phone, 'tea?');
    const ids = [
      await ann.send(instance.phone, { imageMessage: image }),
      await ann.send(instance.phone, { audioMessage: { ptt: true, seconds: 4 } }),
      await ann.send(instance.phone, { locationMessage: { degreesLatitude: 1.5, degreesLongitude: 2 } }),
      await ann.send(instance.phone, {
        extendedTextMessage: {
          text: 'well?',
          contextInfo: { stanzaId: asked, participant: ann.lid, quotedMessage: { conversation: 'tea?' } },
        },
      }),
    ];
    const [seen, heard, found, replied] = await Promise.all(ids.map((id) => told('message.received', about(id))));
    const from = partyOf(ann);
    expect(seen?.data).toMatchObject({
      ...{ type: 'image', text: 'look', from, isGroup: false },
      media: { mimetype: 'image/jpeg', size: 7, sha256: sha256.toString('hex') },
    });
    expect(heard?.data).toMatchObject({ type: 'voice', text: null, media: { seconds: 4 } });
    expect(found?.data).toMatchObject({ type: 'location', location: { latitude: 1.5, longitude: 2, isLive: false } });
    expect(replied?.data).toMatchObject({ quoted: { messageId: `msg_${asked}`, from, text: 'tea?' } });
  });

  it('can be edited, reacted to and taken back, which its row shows, and is counted once', async () => {
    const ann = phone();
    await settled(adapters, instanceId);
    const summary = async () => (await instance.key.must('GET', '/api/stats?period=today')).body.data.summary;
    const before = (await summary()).messagesReceived;
    const id = await ann.send(instance.phone, 'helo');
    const key = { id, remoteJid: `${instance.phone}@s.whatsapp.net`, fromMe: true };
    await ann.send(instance.phone, {
      protocolMessage: { type: Type.MESSAGE_EDIT, key, editedMessage: { conversation: 'hello' } },
    });
    expect((await told('message.edited', about(id))).data).toMatchObject({ from: partyOf(ann), text: 'hello' });
    expect(await stored(id)).toMatchObject({ text: 'hello', editedAt: expect.any(String), revokedAt: null });
    const react = (text: string) => ann.send(instance.phone, { reactionMessage: { key, text } });
    await react('👍');
    await react('');
    await told('message.reaction', (data) => about(id)(data) && data.emoji === '👍' && !data.isOnSent);
    await told('message.reaction', (data) => about(id)(data) && data.emoji === null);
    await ann.send(instance.phone, { protocolMessage: { type: Type.REVOKE, key } });
    expect((await told('message.revoked', about(id))).data).toMatchObject({ author: partyOf(ann), isFromMe: false });
    expect(await stored(id)).toMatchObject({ text: 'hello', revokedAt: expect.any(String) });
    await settled(adapters, instanceId);
    expect((await summary()).messagesReceived).toBe(before + 1);
  });

  it('of somebody else is not edited or taken back', async () => {
    const [ann, eve] = [phone(), phone()];
    const id = await ann.send(instance.phone, 'mine');
    await told('message.received', about(id));
    const key = { id, remoteJid: `${instance.phone}@s.whatsapp.net`, fromMe: true };
    const edit = { type: Type.MESSAGE_EDIT, key, editedMessage: { conversation: 'hers' } };
    await eve.send(instance.phone, { protocolMessage: edit });
    await eve.send(instance.phone, { protocolMessage: { type: Type.REVOKE, key } });
    await told('message.revoked', (data) => about(id)(data) && data.from.phone === eve.number);
    expect(await stored(id)).toMatchObject({ text: 'mine', editedAt: null, revokedAt: null });
  });

  it('that we sent is reacted to as ours', async () => {
    const ann = phone();
    const sent = await instance.key.must('POST', '/api/messages/text', { to: ann.number, text: 'nice?' });
    const messageId = sent.body.data.messageId as string;
    const key = { id: messageId.slice(4), remoteJid: `${instance.phone}@s.whatsapp.net`, fromMe: false };
    await ann.send(instance.phone, { reactionMessage: { key, text: '❤' } });
    const { data } = await told('message.reaction', (reaction) => reaction.messageId === messageId);
    expect(data).toMatchObject({ emoji: '❤', isOnSent: true, from: partyOf(ann) });
  });

  it('unreadable at first is told as such, and replaced when the retry brings it', async () => {
    const ann = phone();
    const first = await ann.send(instance.phone, 'first');
    await told('message.received', about(first));
    const id = `3EB0${randomBytes(9).toString('hex').toUpperCase()}`;
    const to = `${instance.phone}@s.whatsapp.net`;
    const [device] = phone(instance.phone).status().linkedDevices;
    const unreadable = (id: string) => {
      const garbage = { tag: 'enc', attrs: { v: '2', type: 'msg' }, content: randomBytes(66) };
      const participant = { tag: 'to', attrs: { jid: device ?? '' }, content: [garbage] };
      sandbox().network.receive(ann.account.phone, {
        tag: 'message',
        attrs: { to, id, type: 'text' },
        content: [{ tag: 'participants', attrs: {}, content: [participant] }],
      });
    };
    ann.outbox.add(id, to, { conversation: 'second' });
    unreadable(id);
    expect((await told('message.undecryptable', about(id))).data).toMatchObject({ from: partyOf(ann) });
    expect((await told('message.received', about(id))).data).toMatchObject({ type: 'text', text: 'second' });
    expect(await stored(id)).toMatchObject({ type: 'text', text: 'second', direction: 'received' });
    // Of what is there, another copy that cannot be read is no news.
    unreadable(first);
    await told('message.received', about(await ann.send(instance.phone, 'third')));
    expect(await stored(first)).toMatchObject({ type: 'text', text: 'first' });
    await settled(adapters, instanceId);
    const { events } = await eventsOf(adapters, instanceId);
    const typesOf = (of: string) =>
      events.filter(({ data }) => 'messageId' in data && data.messageId === `msg_${of}`).map(({ type }) => type);
    expect(typesOf(id)).toEqual(['message.undecryptable', 'message.received']);
    expect(typesOf(first)).toEqual(['message.received']);
  });
});

describe('groups', () => {
  it('are joined, changed and left', async () => {
    const [ann, bob] = [phone(), phone()];
    const id = await group(ann, 'Team', [instance.phone]);
    const here = (data: { groupId: string }) => data.groupId === id;
    expect((await told('group.joined', here)).data).toMatchObject({ subject: 'Team', by: partyOf(ann) });
    for (const action of ['add', 'promote', 'demote', 'remove']) {
      await members(ann, id, action, [bob.number]);
      const { data } = await told('group.participants', (change) => here(change) && change.action === action);
      expect(data).toMatchObject({ participants: [partyOf(bob)], by: partyOf(ann) });
    }
    sandbox().network.receive(ann.account.phone, {
      tag: 'iq',
      attrs: { to: id, id: 'subject-1', type: 'set', xmlns: 'w:g2' },
      content: [{ tag: 'subject', attrs: {}, content: Buffer.from('The team') }],
    });
    expect((await told('group.updated', here)).data).toMatchObject({ subject: 'The team', description: null });
    const message = await ann.send(id, 'hello all');
    const { data } = await told('message.received', about(message));
    expect(data).toMatchObject({ chat: id, isGroup: true, from: partyOf(ann) });
    await members(ann, id, 'remove', [instance.phone]);
    expect((await told('group.left', here)).data).toMatchObject({ isRemoved: true });
  });
});

describe('calls and presence', () => {
  it('are told', async () => {
    const ann = phone();
    const callId = ann.call(instance.phone, { video: true });
    const ringing = await told('call.received', (call) => call.callId === callId);
    expect(ringing.data).toMatchObject({ from: partyOf(ann), isVideo: true, isGroup: false, isOffline: false });
    ann.endCall(instance.phone, callId);
    expect((await told('call.ended', (call) => call.callId === callId)).data.reason).toBe('hung_up');
    await instance.user.must('PUT', '/api/instances/told', { settings: { rejectCalls: true } });
    // The runner takes settings over a moment later: until then calls ring through.
    const { workers } = gateway.runner;
    await vi.waitUntil(() => workers.some(({ session }) => session?.settings.rejectCalls), { timeout: 45_000 });
    const unwanted = ann.call(instance.phone);
    const rejected = await told('call.rejected', (call) => call.callId === unwanted);
    expect(rejected.data).toMatchObject({ from: partyOf(ann), isVideo: false });
    ann.typing(instance.phone, 'recording');
    const { data } = await told('presence.updated', ({ from }) => from.phone === ann.number);
    expect(data).toMatchObject({ presence: 'recording', isGroup: false });
  });
});

describe('a poll', () => {
  it('has its votes read, also after a restart, and says when it cannot', async () => {
    const [ann, bob] = [phone(), phone()];
    const id = await group(ann, 'Voters', [instance.phone, bob.number]);
    const secret = randomBytes(32);
    const pollId = await ann.send(id, {
      pollCreationMessageV3: { name: 'Tea?', options: [{ optionName: 'yes' }, { optionName: 'no' }] },
      messageContextInfo: { messageSecret: secret },
    });
    const { data } = await told('message.received', about(pollId));
    expect(data).toMatchObject({ type: 'poll', text: 'Tea?', poll: { options: ['yes', 'no'], maxChoices: 0 } });
    const vote = (voter: SimPhone, of: string, names: string[]) => {
      const jids = { pollCreatorJid: ann.lid, voterJid: voter.lid };
      const pollUpdateMessage = {
        pollCreationMessageKey: { id: of, remoteJid: id, participant: ann.lid, fromMe: voter === ann },
        vote: encryptedVote(names, { pollMsgId: of, secret, ...jids }),
        senderTimestampMs: Date.now(),
      };
      return voter.send(id, { pollUpdateMessage });
    };
    await vote(bob, pollId, ['no']);
    const first = await told('poll.vote', about(pollId));
    expect(first.data).toMatchObject({ options: ['no'], optionHashes: [sha256('no')], from: partyOf(bob), chat: id });
    const unknown = `3EB0${randomBytes(9).toString('hex').toUpperCase()}`;
    await vote(bob, unknown, ['no']);
    expect((await told('poll.vote', about(unknown))).data).toMatchObject({ options: null, optionHashes: null });

    adapters.close();
    await gateway.restart();
    adapters = adaptersOf(gateway.dataDir);
    const again = sandbox().phone(bob.number);
    await vote(again, pollId, ['yes', 'no']);
    const second = await told('poll.vote', (told) => about(pollId)(told) && told.options?.length === 2);
    expect(second.data).toMatchObject({ options: ['yes', 'no'], from: partyOf(again) });
  });
});

it('everything that was told is in its schema, numbered without gaps and once', async () => {
  const lastSeq = await settled(adapters, instanceId);
  const { events } = await eventsOf(adapters, instanceId);
  const numbers = await numbersOf(gateway.dataDir, instanceId);
  expect(numbers.length).toBeGreaterThanOrEqual(lastSeq);
  expect(numbers).toEqual(numbers.map((_, n) => n + 1));
  for (const event of events) {
    const { error } = EVENTS[event.type].data.strict().safeParse(event.data);
    expect(error, event.type).toBeUndefined();
  }
  expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
  const kinds = new Set(events.map(({ type }) => type));
  for (const type of ['message.edited', 'message.undecryptable', 'group.left', 'poll.vote', 'call.ended'] as const) {
    expect(kinds).toContain(type);
  }
});

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** A vote as a phone encrypts it. */
function encryptedVote(
  names: string[],
  poll: { pollMsgId: string; pollCreatorJid: string; voterJid: string; secret: Uint8Array },
) {
  const { pollMsgId, pollCreatorJid, voterJid, secret } = poll;
  const selectedOptions = names.map((name) => Buffer.from(sha256(name), 'hex'));
  const plain = proto.Message.PollVoteMessage.encode({ selectedOptions }).finish();
  const use = Buffer.concat([Buffer.from(`${pollMsgId}${pollCreatorJid}${voterJid}Poll Vote`), Buffer.from([1])]);
  const root = createHmac('sha256', Buffer.alloc(32)).update(secret).digest();
  const encIv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', createHmac('sha256', root).update(use).digest(), encIv);
  cipher.setAAD(Buffer.from(`${pollMsgId}\u0000${voterJid}`));
  return { encPayload: Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]), encIv };
}
