import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { proto, type WAMessage } from '../../lib/baileys/index.ts';
import { EVENTS, type EventData } from '../../lib/core/catalogue/events.ts';
import { PLAIN_CONTENT } from '../../lib/core/catalogue/message-events.ts';
import { OUT_SCOPE, receivedScope } from '../../lib/core/model/message.ts';
import { countsOf } from '../../lib/core/usecases/settle-events.ts';
import { messageChanges } from '../../runner/events/changes.ts';
import { contentOf } from '../../runner/events/content.ts';
import { groupChanges } from '../../runner/events/groups.ts';
import { messageWrites } from '../../runner/events/messages.ts';
import {
  callEvents,
  chatEvents,
  labelAssociationEvents,
  labelEvents,
  presenceEvents,
} from '../../runner/events/notices.ts';
import type { NameBook } from '../../runner/events/parties.ts';
import { pollToKeep } from '../../runner/events/polls.ts';
import { type EventWrite, messageEvents } from '../../runner/events/tell.ts';
import { PresenceMemory } from '../../runner/events/told-memory.ts';

const ANN = { phone: '15550100001', lid: '100200300' };
const BOB = { phone: '15550100002', lid: null };
const ME = { phone: '15550100009', lid: '900' };
const BOOK: NameBook = {
  phoneOfLid: (lid) => [ANN, ME].find((one) => one.lid === lid)?.phone,
  lidOfPhone: (phone) => [ANN, ME].find((one) => one.phone === phone)?.lid,
};
const ANN_JID = '15550100001@s.whatsapp.net';
const GROUP = '1203@g.us';
const AT_MS = 1_699_999_999_000;
const TELLING = { instanceId: 'inst_1', nowMs: 1_700_000_000_000 };
const SHA = createHash('sha256').update('file').digest();

/** As it comes off the wire: 64-bit numbers are Long, what is absent has protobuf's defaults. */
function wired(content: proto.IMessage | undefined): proto.IMessage | undefined {
  return content && proto.Message.decode(proto.Message.encode(proto.Message.fromObject(content)).finish());
}

function incoming(content: proto.IMessage | undefined, more: Partial<WAMessage> = {}): WAMessage {
  return {
    messageTimestamp: AT_MS / 1000,
    pushName: 'Ann',
    message: wired(content),
    ...more,
    key: { id: 'ABCD', remoteJid: ANN_JID, fromMe: false, ...more.key },
  } as WAMessage;
}

/** What is told; every event must be in its schema, without a field too many, and fit a row. */
function checked(events: readonly EventWrite[]) {
  for (const { event } of events) {
    expect(EVENTS[event.type].data.strict().safeParse(event.data).error).toBeUndefined();
    expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThan(300_000);
  }
  return events.map(({ event }) => ({ type: event.type, ...(event.data as object) }));
}

function arrival(message: WAMessage) {
  const [event] = checked(
    messageEvents(TELLING, messageWrites(message, BOOK, TELLING.nowMs), contentOf(message, BOOK)),
  );
  return event as { type: string } & EventData<'message.received'>;
}

const NO_FILE = { mimetype: null, size: null, fileName: null, seconds: null, sha256: null, width: null, height: null };
const image = { mimetype: 'image/jpeg', fileLength: 1234, caption: 'pic', fileSha256: SHA, mediaKey: SHA, width: 4 };
const vcard = 'BEGIN:VCARD\nFN:Bob\nTEL;type=CELL;waid=15550100002:+1 555 010 0002\nEND:VCARD';
const spot = { degreesLatitude: -6.2, degreesLongitude: 106.8 };
const poll = { name: 'Tea?', options: [{ optionName: 'yes' }, { optionName: 'no' }], selectableOptionsCount: 1 };

describe('a message of every type', () => {
  it.each([
    ['text', { conversation: 'hi' }, 'hi', {}],
    ['text', { extendedTextMessage: { text: 'long' } }, 'long', {}],
    [
      'image',
      { imageMessage: image },
      'pic',
      { media: { ...NO_FILE, mimetype: 'image/jpeg', size: 1234, sha256: SHA.toString('hex'), width: 4 } },
    ],
    ['video', { videoMessage: { caption: 'v', seconds: 9 } }, 'v', { media: { ...NO_FILE, seconds: 9 } }],
    ['video', { ptvMessage: { seconds: 3 } }, null, { media: { ...NO_FILE, seconds: 3 } }],
    ['audio', { audioMessage: { seconds: 2 } }, null, { media: { ...NO_FILE, seconds: 2 } }],
    ['voice', { audioMessage: { ptt: true, seconds: 2 } }, null, { media: { ...NO_FILE, seconds: 2 } }],
    [
      'sticker',
      { stickerMessage: { mimetype: 'image/webp' } },
      null,
      { media: { ...NO_FILE, mimetype: 'image/webp' } },
    ],
    [
      'document',
      { documentWithCaptionMessage: { message: { documentMessage: { caption: 'the plan', fileName: 'plan.pdf' } } } },
      'the plan',
      { media: { ...NO_FILE, fileName: 'plan.pdf' } },
    ],
    [
      'location',
      { locationMessage: { ...spot, name: 'Monas' } },
      null,
      { location: { latitude: -6.2, longitude: 106.8, name: 'Monas', address: null, isLive: false } },
    ],
    [
      'location',
      { liveLocationMessage: { ...spot, caption: 'coming' } },
      'coming',
      { location: { latitude: -6.2, longitude: 106.8, name: null, address: null, isLive: true } },
    ],
    [
      'contact',
      { contactMessage: { displayName: 'Bob', vcard } },
      null,
      { contacts: [{ name: 'Bob', phones: ['15550100002'], vcard }] },
    ],
    [
      'contact',
      { contactsArrayMessage: { contacts: [{ displayName: 'Bob' }, { displayName: 'Cy' }] } },
      null,
      { contacts: ['Bob', 'Cy'].map((name) => ({ name, phones: [], vcard: null })) },
    ],
    [
      'poll',
      { pollCreationMessageV3: poll },
      'Tea?',
      { poll: { question: 'Tea?', options: ['yes', 'no'], maxChoices: 1 } },
    ],
    [
      'text',
      {
        extendedTextMessage: {
          text: 'yes',
          contextInfo: { stanzaId: 'QQQQ', participant: '100200300@lid', quotedMessage: { conversation: 'tea?' } },
        },
      },
      'yes',
      { quoted: { messageId: 'msg_QQQQ', from: ANN, text: 'tea?' } },
    ],
    [
      'text',
      {
        extendedTextMessage: {
          text: '@1',
          contextInfo: { mentionedJid: ['100200300@lid', '15550100002@s.whatsapp.net'] },
        },
      },
      '@1',
      { mentions: [ANN, BOB] },
    ],
    ['text', { extendedTextMessage: { text: 'f', contextInfo: { isForwarded: true } } }, 'f', { isForwarded: true }],
    [
      'text',
      { ephemeralMessage: { message: { extendedTextMessage: { text: 'e', contextInfo: { expiration: 86_400 } } } } },
      'e',
      { ephemeralSeconds: 86_400 },
    ],
    [
      'image',
      { viewOnceMessageV2: { message: { imageMessage: { caption: 'once', viewOnce: true } } } },
      'once',
      { isViewOnce: true, media: NO_FILE },
    ],
    ['buttonsResponse', { buttonsResponseMessage: { selectedDisplayText: 'Buy' } }, 'Buy', {}],
    ['order', { orderMessage: { orderId: '1' } }, null, {}],
  ] as [string, proto.IMessage, string | null, Partial<EventData<'message.received'>>][])(
    '%s %#',
    (type, content, text, carried) => {
      expect(arrival(incoming(content))).toEqual({
        ...PLAIN_CONTENT,
        ...{ type, messageId: 'msg_ABCD', chat: ANN_JID, from: ANN, authorName: 'Ann', isGroup: false, text },
        timestampMs: AT_MS,
        ...carried,
      });
    },
  );

  it('is never a key to its file', () => {
    expect(JSON.stringify(arrival(incoming({ imageMessage: image })))).not.toContain('ediaKey');
  });

  it('has an author in groups and broadcasts', () => {
    for (const remoteJid of [GROUP, 'status@broadcast']) {
      const key = { remoteJid, participant: '100200300@lid', id: 'ABCD' };
      expect(arrival(incoming({ conversation: 'x' }, { key }))).toMatchObject({
        from: ANN,
        isGroup: remoteJid === GROUP,
      });
    }
  });

  it('of the system has a stable code, and is not counted as a message', () => {
    const missed = incoming(undefined, { messageStubType: proto.WebMessageInfo.StubType.CALL_MISSED_VOICE });
    expect(arrival(missed)).toMatchObject({ type: 'system', system: { code: 'call_missed_voice' }, text: null });
    const counted = (message: WAMessage) =>
      countsOf(
        messageEvents(TELLING, messageWrites(message, BOOK, 1)).map(({ event }) => ({
          event: { ...event, id: 'evt_1', seq: 1, tenantId: 'sub_1' },
          repeat: false,
        })),
      );
    expect(counted(missed)).toEqual([]);
    expect(counted(incoming({ conversation: 'hi' }))).toMatchObject([{ counts: { received: 1 } }]);
  });

  it('to be opened on the phone only says so', () => {
    const hidden = incoming(undefined, { key: { id: 'ABCD', remoteJid: ANN_JID, isViewOnce: true } });
    expect(arrival(hidden)).toMatchObject({ type: 'viewOnce', isViewOnce: true });
  });

  it('with anything a sender may think of fits a row', () => {
    const long = 'x'.repeat(200_000);
    const many = Array.from({ length: 500 }, () => long);
    const context = { stanzaId: long, participant: long, mentionedJid: [...many, '1'.repeat(5_000)] };
    for (const content of [
      {
        extendedTextMessage: {
          text: long,
          contextInfo: { ...context, stanzaId: 'QQQQ', quotedMessage: { conversation: long } },
        },
      },
      { contactsArrayMessage: { contacts: many.slice(0, 30).map((vcard) => ({ displayName: vcard, vcard })) } },
      { pollCreationMessage: { name: long, options: many.slice(0, 30).map((optionName) => ({ optionName })) } },
      { documentMessage: { fileName: long, mimetype: long, fileSha256: Buffer.alloc(99) } },
    ]) {
      arrival(incoming(content));
    }
    for (const degreesLatitude of [Number.NaN, Number.POSITIVE_INFINITY, 91, -1e300]) {
      expect(arrival(incoming({ locationMessage: { ...spot, degreesLatitude } })).location).toBeNull();
    }
    expect(arrival(incoming({ locationMessage: { ...spot, degreesLatitude: 1e-300 } })).location?.latitude).toBe(0);
    const message = incoming({ imageMessage: {} });
    Object.assign(message.message?.imageMessage ?? {}, { fileLength: '18446744073709551615' });
    expect(arrival(message).media?.size).toBeNull();
    expect(arrival(incoming({ extendedTextMessage: { text: 'a', contextInfo: context } })).quoted).toBeNull();
    const key = { id: 'y'.repeat(2_000), remoteJid: ANN_JID };
    expect(messageWrites(incoming({ conversation: 'a' }, { key }), BOOK, 1)).toEqual([]);
  });
});

describe('a message that cannot be decrypted', () => {
  it('is told as such, and its row gives way', () => {
    const stub = { messageStubType: proto.WebMessageInfo.StubType.CIPHERTEXT, messageStubParameters: ['Bad MAC'] };
    const writes = messageWrites(incoming(undefined, stub), BOOK, TELLING.nowMs);
    expect(writes[0]).toMatchObject({ id: 'ABCD', placeholder: { type: 'undecryptable', timestampMs: AT_MS } });
    expect(writes[0]).not.toHaveProperty('set');
    expect(arrival(incoming(undefined, stub))).toMatchObject({ type: 'message.undecryptable', messageId: 'msg_ABCD' });
  });
});

describe('what is done to an earlier message', () => {
  const { Type } = proto.Message.ProtocolMessage;
  const scope = receivedScope(ANN_JID);
  const act = { chat: ANN_JID, isGroup: false, from: ANN, isFromMe: false, timestampMs: AT_MS };
  const changed = (message: WAMessage) => {
    const { rows, events } = messageChanges(TELLING, message, BOOK, ME);
    expect(messageWrites(message, BOOK, TELLING.nowMs)).toEqual([]);
    return { rows, events: checked(events), once: events.map(({ once }) => once) };
  };
  const edit = { type: Type.MESSAGE_EDIT, key: { id: 'TARGET' }, editedMessage: { conversation: 'new' } };

  it.each([
    ['an edit', { protocolMessage: edit }],
    ['a wrapped edit', { editedMessage: { message: { protocolMessage: edit } } }],
  ])('%s', (_, content) => {
    expect(changed(incoming(content))).toEqual({
      rows: [{ kind: 'message', id: 'TARGET', scope, set: { edit: { text: 'new', atMs: AT_MS } } }],
      events: [{ type: 'message.edited', ...act, messageId: 'msg_TARGET', text: 'new' }],
      once: [`edited|${scope}|ABCD`],
    });
  });

  it('an edit written on our phone reaches the sent message', () => {
    const key = { id: 'ABCD', remoteJid: ANN_JID, fromMe: true };
    const { rows, events } = changed(incoming({ protocolMessage: edit }, { key }));
    expect(rows).toMatchObject([{ id: 'TARGET', scope: OUT_SCOPE }]);
    expect(events).toMatchObject([{ from: ME, isFromMe: true, chat: ANN_JID }]);
  });

  it('a revoke by its author', () => {
    const { rows, events } = changed(incoming({ protocolMessage: { type: Type.REVOKE, key: { id: 'TARGET' } } }));
    expect(rows).toEqual([{ kind: 'message', id: 'TARGET', scope, once: { revokedAtMs: AT_MS } }]);
    expect(events).toEqual([{ type: 'message.revoked', ...act, messageId: 'msg_TARGET', author: ANN }]);
  });

  it.each([
    ['of another member', '15550100002:7@s.whatsapp.net', receivedScope(GROUP, '15550100002@s.whatsapp.net'), BOB],
    ['of ours', '900@lid', OUT_SCOPE, ME],
    ['of the admin', '100200300@lid', receivedScope(GROUP, '100200300@lid'), ANN],
  ])('a revoke by an admin, %s', (_, participant, rowScope, author) => {
    const key = { id: 'ABCD', remoteJid: GROUP, participant: '100200300@lid' };
    const protocolMessage = { type: Type.REVOKE, key: { id: 'TARGET', participant } };
    const { rows, events } = changed(incoming({ protocolMessage }, { key }));
    expect(rows).toMatchObject([{ scope: rowScope }]);
    expect(events).toMatchObject([{ from: ANN, author, isGroup: true }]);
  });

  it.each([
    ['👍', '👍'],
    ['', null],
  ])('a reaction %j', (text, emoji) => {
    const reactionMessage = { key: { id: 'TARGET', fromMe: true }, text };
    expect(changed(incoming({ reactionMessage }))).toMatchObject({
      rows: [],
      events: [{ type: 'message.reaction', ...act, messageId: 'msg_TARGET', emoji, isOnSent: true }],
    });
  });

  it('how long messages stay', () => {
    const protocolMessage = { type: Type.EPHEMERAL_SETTING, ephemeralExpiration: 604_800 };
    expect(changed(incoming({ protocolMessage })).events).toMatchObject([
      { type: 'chat.updated', chat: ANN_JID, ephemeralSeconds: 604_800, isArchived: null },
    ]);
  });

  it.each(['', 'a b', '../x', 'z'.repeat(3_000)])('is nothing with a target like %.8s', (id) => {
    const nothing = { rows: [], events: [], once: [] };
    expect(changed(incoming({ protocolMessage: { ...edit, key: { id } } }))).toEqual(nothing);
    expect(changed(incoming({ protocolMessage: { type: Type.REVOKE, key: { id } } }))).toEqual(nothing);
    expect(changed(incoming({ reactionMessage: { key: { id }, text: 'x' } }))).toEqual(nothing);
  });
});

describe('a notice about a group', () => {
  const { StubType } = proto.WebMessageInfo;
  const told = (stub: number, parameters: (string | object)[], participant = '100200300@lid') => {
    const messageStubParameters = parameters.map((one) => (typeof one === 'string' ? one : JSON.stringify(one)));
    const key = { id: 'N1', remoteJid: GROUP, participant };
    const message = incoming(undefined, { key, messageStubType: stub, messageStubParameters });
    expect(messageWrites(message, BOOK, 1)).toEqual([]);
    const { rows, events } = groupChanges(TELLING, message, undefined, BOOK, ME);
    return { rows, events: checked(events) };
  };
  const about = { groupId: GROUP, by: ANN, timestampMs: AT_MS };
  const me = { id: '900@lid' };
  const bob = { id: '777@lid', phoneNumber: '15550100002@s.whatsapp.net' };
  const bobToo = { phone: '15550100002', lid: '777' };

  it('names the group that we joined', () => {
    expect(told(StubType.GROUP_CREATE, ['Team'])).toEqual({
      rows: [{ kind: 'chat', id: GROUP, set: { isGroup: true, name: 'Team' } }],
      events: [{ type: 'group.joined', ...about, subject: 'Team' }],
    });
  });

  it('tells us apart from the others', () => {
    expect(told(StubType.GROUP_PARTICIPANT_ADD, [me, bob]).events).toEqual([
      { type: 'group.joined', ...about, subject: null },
      { type: 'group.participants', ...about, action: 'add', participants: [bobToo] },
    ]);
    expect(told(StubType.GROUP_PARTICIPANT_REMOVE, [me]).events).toEqual([
      { type: 'group.left', ...about, isRemoved: true },
    ]);
    expect(told(StubType.GROUP_PARTICIPANT_LEAVE, [me], '900@lid').events).toMatchObject([{ isRemoved: false }]);
  });

  it.each([
    [StubType.GROUP_PARTICIPANT_REMOVE, 'remove'],
    [StubType.GROUP_PARTICIPANT_LEAVE, 'remove'],
    [StubType.GROUP_PARTICIPANT_PROMOTE, 'promote'],
    [StubType.GROUP_PARTICIPANT_DEMOTE, 'demote'],
  ])('members %i: %s', (stub, action) => {
    expect(told(stub, [bob]).events).toEqual([
      { type: 'group.participants', ...about, action, participants: [bobToo] },
    ]);
  });

  it('promotes us as anybody', () => {
    expect(told(StubType.GROUP_PARTICIPANT_PROMOTE, [me]).events).toMatchObject([{ participants: [ME] }]);
  });

  it.each([
    [StubType.GROUP_CHANGE_SUBJECT, 'New', { subject: 'New' }],
    [StubType.GROUP_CHANGE_DESCRIPTION, 'What', { description: 'What' }],
    [StubType.GROUP_CHANGE_ANNOUNCE, 'on', { announce: true }],
    [StubType.GROUP_CHANGE_RESTRICT, 'off', { restrict: false }],
    [StubType.GROUP_MEMBER_ADD_MODE, 'admin_add', { membersMayAdd: false }],
    [StubType.GROUP_MEMBERSHIP_JOIN_APPROVAL_MODE, 'on', { joinApproval: true }],
    [StubType.GROUP_CHANGE_INVITE_LINK, 'code', { inviteCode: 'code' }],
    [StubType.GROUP_CHANGE_ICON, '123', { isPictureChanged: true }],
  ])('setting %i', (stub, parameter, change) => {
    const [event] = told(stub, [parameter]).events;
    const unchanged = {
      ...{ subject: null, description: null, announce: null, restrict: null, membersMayAdd: null },
      ...{ joinApproval: null, inviteCode: null, isPictureChanged: false },
    };
    expect(event).toEqual({ type: 'group.updated', ...about, ...unchanged, ...change });
  });
});

describe('calls, presence, labels and chats', () => {
  const call = { chatId: '100200300@lid', from: ANN_JID, id: 'C1', date: new Date(AT_MS), offline: false } as const;
  it.each([
    ['offer', 'call.received', { isOffline: false, isVideo: false }],
    ['reject', 'call.rejected', {}],
    ['accept', 'call.ended', { reason: 'answered' }],
    ['terminate', 'call.ended', { reason: 'hung_up' }],
    ['timeout', 'call.ended', { reason: 'timeout' }],
  ] as const)('%s is %s', (status, type, more) => {
    const events = callEvents(TELLING, { ...call, status }, BOOK);
    expect(checked(events)).toMatchObject([{ type, callId: 'C1', from: ANN, timestampMs: AT_MS, ...more }]);
  });

  it('a call ends once, and its signals in between are nothing', () => {
    const ends = (['accept', 'terminate'] as const).map((status) => callEvents(TELLING, { ...call, status }, BOOK)[0]);
    expect(ends[0]?.once).toBe(ends[1]?.once);
    expect(callEvents(TELLING, { ...call, status: 'transport' }, BOOK)).toEqual([]);
    expect(
      callEvents(TELLING, { ...call, status: 'offer', date: new Date(Number.NaN) }, BOOK)[0]?.event.data,
    ).toMatchObject({
      timestampMs: TELLING.nowMs,
    });
  });

  it('presence is news when it changes', () => {
    const memory = new PresenceMemory();
    const seen = (lastKnownPresence: 'available' | 'composing', lastSeen?: number) =>
      checked(
        memory.fresh(
          presenceEvents(
            TELLING,
            { id: ANN_JID, presences: { '100200300@lid': { lastKnownPresence, ...(lastSeen ? { lastSeen } : {}) } } },
            BOOK,
          ),
        ),
      );
    expect(seen('composing')).toMatchObject([{ chat: ANN_JID, from: ANN, presence: 'composing', lastSeenMs: null }]);
    expect(seen('composing')).toEqual([]);
    expect(seen('available', 5)).toMatchObject([{ presence: 'available', lastSeenMs: 5000 }]);
  });

  it('labels', () => {
    expect(checked(labelEvents(TELLING, { id: '3', name: 'VIP', color: 2, deleted: false }))).toMatchObject([
      { type: 'label.updated', labelId: '3', name: 'VIP', color: 2, isDeleted: false },
    ]);
    const association = { type: 'label_message', chatId: ANN_JID, messageId: 'TARGET', labelId: '3' } as never;
    expect(checked(labelAssociationEvents(TELLING, { association, type: 'add' }, BOOK))).toMatchObject([
      { action: 'add', chat: ANN_JID, messageId: 'msg_TARGET' },
    ]);
  });

  it('a chat is news for what a person does with it, not for its messages', () => {
    const chat = { id: ANN_JID };
    expect(checked(chatEvents(TELLING, [{ ...chat, archived: true }], BOOK))).toMatchObject([{ isArchived: true }]);
    expect(checked(chatEvents(TELLING, [{ ...chat, pinned: null }], BOOK))).toMatchObject([{ isPinned: false }]);
    expect(checked(chatEvents(TELLING, [{ ...chat, muteEndTime: null }], BOOK))).toMatchObject([{ mutedUntilMs: 0 }]);
    expect(checked(chatEvents(TELLING, [{ ...chat, muteEndTime: -1 }], BOOK))).toMatchObject([{ mutedUntilMs: -1 }]);
    expect(chatEvents(TELLING, [{ ...chat, unreadCount: 2 }], BOOK)).toEqual([]);
    expect(chatEvents(TELLING, [{ ...chat, archived: false, conversationTimestamp: 5 }], BOOK)).toEqual([]);
  });
});

it('of a poll as much is kept as its votes need', () => {
  const messageContextInfo = { messageSecret: Buffer.alloc(32, 7) };
  const kept = pollToKeep(incoming({ pollCreationMessage: poll, messageContextInfo }));
  expect(kept).toMatchObject({
    id: 'ABCD',
    scope: receivedScope(ANN_JID),
    poll: { pollCreationMessage: { name: 'Tea?' } },
  });
  expect(pollToKeep(incoming({ pollCreationMessage: poll }))).toBeUndefined();
  expect(pollToKeep(incoming({ conversation: 'x', messageContextInfo }))).toBeUndefined();
});
