import { describe, expect, it } from 'vitest';
import { proto, type WAMessage } from '../../lib/baileys/index.ts';
import type { EventData } from '../../lib/core/catalogue/events.ts';
import { PLAIN_CONTENT } from '../../lib/core/catalogue/message-events.ts';
import { OUT_SCOPE, receivedScope } from '../../lib/core/model/message.ts';
import { countsOf } from '../../lib/core/usecases/settle-events.ts';
import { messageChanges } from '../../runner/events/changes.ts';
import { contentOf } from '../../runner/events/content.ts';
import { messageWrites } from '../../runner/events/messages.ts';
import { originalOf } from '../../runner/events/originals.ts';
import { messageEvents } from '../../runner/events/tell.ts';
import { ANN, ANN_JID, AT_MS, BOB, BOOK, checked, GROUP, incoming, ME, SHA, TELLING } from './events-samples.ts';

function arrival(message: WAMessage) {
  const [event] = checked(
    messageEvents(TELLING, messageWrites(message, BOOK, TELLING.nowMs), contentOf(message, BOOK)),
  );
  return event as { type: string } & EventData<'message.received'>;
}

const NO_FILE = {
  ...{ id: null, url: null },
  ...{ mimetype: null, size: null, fileName: null, seconds: null, sha256: null, width: null, height: null },
};
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
    ['of the admin, by number', ANN_JID, receivedScope(GROUP, '100200300@lid'), ANN],
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
    const reaction = emoji && { emoji, from: ANN, atMs: act.timestampMs };
    expect(changed(incoming({ reactionMessage }))).toMatchObject({
      rows: [{ kind: 'message', id: 'TARGET', scope: OUT_SCOPE, set: { 'reaction:lid:100200300': reaction } }],
      events: [{ type: 'message.reaction', ...act, messageId: 'msg_TARGET', emoji, isOnSent: true }],
    });
  });

  it('a reaction to what somebody else wrote in a group is put on their message', () => {
    const key = { id: 'ABCD', remoteJid: GROUP, participant: '100200300@lid' };
    const reactionMessage = { key: { id: 'TARGET', fromMe: false, participant: '555@lid' }, text: '🙏' };
    const { rows } = changed(incoming({ reactionMessage }, { key }));
    expect(rows).toMatchObject([{ id: 'TARGET', scope: receivedScope(GROUP, '555@lid') }]);
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

it('a file that can be fetched has an id, the same every time; one without a key, or our own, has none', () => {
  const file = { ...image, directPath: '/v/abc' };
  const [first, again] = [0, 1].map(() => contentOf(incoming({ imageMessage: file }), BOOK).media?.id);
  expect(first).toMatch(/^in_[\w-]{32}$/);
  expect(again).toBe(first);
  const none = { ...file, mediaKey: null };
  expect(contentOf(incoming({ imageMessage: none }), BOOK).media?.id).toBeNull();
  const own = incoming({ imageMessage: file });
  expect(contentOf({ ...own, key: { ...own.key, fromMe: true } }, BOOK).media?.id).toBeNull();
});

it('what somebody wrote is kept with its secret, without the keys of its sender', () => {
  const messageContextInfo = { messageSecret: Buffer.alloc(32, 7) };
  const senderKeyDistributionMessage = { groupId: 'x' };
  const carried = { pollCreationMessage: poll, messageContextInfo, senderKeyDistributionMessage };
  const kept = originalOf(incoming(carried), true);
  expect(kept).toMatchObject({ id: 'ABCD', scope: receivedScope(ANN_JID) });
  expect(kept?.message.pollCreationMessage?.name).toBe('Tea?');
  expect(kept?.message.senderKeyDistributionMessage).toBeNull();
  const secretOf = (message: typeof kept) => [...(message?.message.messageContextInfo?.messageSecret ?? [])];
  expect(secretOf(kept)).toEqual(new Array(32).fill(7));
  const inside = { ephemeralMessage: { message: { pollCreationMessage: poll, messageContextInfo } } };
  expect(secretOf(originalOf(incoming(inside), true))).toEqual(new Array(32).fill(7));
  expect(originalOf(incoming(carried), false)).toBeUndefined();
  expect(originalOf({ ...incoming(carried), key: { id: '../x', remoteJid: ANN_JID } }, true)).toBeUndefined();
});
