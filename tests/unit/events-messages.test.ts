import { describe, expect, it } from 'vitest';
import type { WAMessage } from '../../lib/baileys/index.ts';
import { receivedScope } from '../../lib/core/model/message.ts';
import type { SessionWrite } from '../../lib/core/ports/session-store.ts';
import { chatWrites } from '../../runner/events/chats.ts';
import { contactWrites } from '../../runner/events/contacts.ts';
import { messageWrites, receiptWrites, statusWrites } from '../../runner/events/messages.ts';
import type { NameBook } from '../../runner/events/parties.ts';

const NOBODY: NameBook = { phoneOfLid: () => undefined, lidOfPhone: () => undefined };
const KNOWN: NameBook = {
  phoneOfLid: (lid) => (lid === '100200300' ? '15550100001' : undefined),
  lidOfPhone: (phone) => (phone === '15550100001' ? '100200300' : undefined),
};
const NOW_MS = 1_700_000_000_000;

function received(
  key: Partial<WAMessage['key']>,
  message: WAMessage['message'],
  more: Partial<WAMessage> = {},
): WAMessage {
  return {
    key: { id: 'ABCD', remoteJid: '15550100001@s.whatsapp.net', fromMe: false, ...key },
    messageTimestamp: 1_699_999_999,
    pushName: 'Ann',
    message,
    ...more,
  } as WAMessage;
}

function only<K extends SessionWrite['kind']>(writes: SessionWrite[], kind: K) {
  return writes.filter((write): write is Extract<SessionWrite, { kind: K }> => write.kind === kind);
}

describe('a received message', () => {
  it('becomes a message, a chat and a contact with both names', () => {
    const writes = messageWrites(received({}, { conversation: 'hi' }), KNOWN, NOW_MS);
    expect(only(writes, 'message')).toEqual([
      {
        kind: 'message',
        id: 'ABCD',
        scope: receivedScope('15550100001@s.whatsapp.net'),
        set: {
          direction: 'received',
          chat: '15550100001@s.whatsapp.net',
          address: { remoteJid: '15550100001@s.whatsapp.net' },
          party: { phone: '15550100001', lid: '100200300' },
          authorName: 'Ann',
          type: 'text',
          text: 'hi',
          isAutoReply: false,
          commandId: null,
          timestampMs: 1_699_999_999_000,
        },
      },
    ]);
    expect(only(writes, 'chat')[0]).toMatchObject({ id: '15550100001@s.whatsapp.net', set: { isGroup: false } });
    expect(only(writes, 'contact')[0]).toMatchObject({
      id: 'lid:100200300',
      set: { phone: '15550100001', lid: '100200300', pushName: 'Ann' },
    });
  });

  it('meets the same chat whether it is addressed by LID or by number', () => {
    const byLid = messageWrites(received({ remoteJid: '100200300@lid' }, { conversation: 'a' }), KNOWN, NOW_MS);
    const byAlt = messageWrites(
      received({ remoteJid: '100200300@lid', remoteJidAlt: '15550100001@s.whatsapp.net' }, { conversation: 'a' }),
      NOBODY,
      NOW_MS,
    );
    for (const writes of [byLid, byAlt]) expect(only(writes, 'chat')[0]?.id).toBe('15550100001@s.whatsapp.net');
    const unknown = messageWrites(received({ remoteJid: '999@lid' }, { conversation: 'a' }), NOBODY, NOW_MS);
    expect(only(unknown, 'chat')[0]?.id).toBe('999@lid');
  });

  it('in a group belongs to its author, and keeps the address that a receipt must repeat', () => {
    const key = { remoteJid: '1203@g.us', participant: '100200300@lid', participantAlt: '15550100001@s.whatsapp.net' };
    const [message] = only(messageWrites(received(key, { conversation: 'x' }), NOBODY, NOW_MS), 'message');
    expect(message).toMatchObject({
      scope: receivedScope('1203@g.us', '100200300@lid'),
      set: {
        chat: '1203@g.us',
        address: { remoteJid: '1203@g.us', participant: '100200300@lid' },
        party: { phone: '15550100001', lid: '100200300' },
      },
    });
  });

  it('with the same id from two chats is two rows', () => {
    const scopes = ['15550100001@s.whatsapp.net', '15550100002@s.whatsapp.net'].map(
      (remoteJid) =>
        only(messageWrites(received({ remoteJid }, { conversation: 'x' }), NOBODY, NOW_MS), 'message')[0]?.scope,
    );
    expect(new Set(scopes).size).toBe(2);
  });

  it.each([
    ['text', { extendedTextMessage: { text: 'long' } }, 'long'],
    ['image', { imageMessage: { caption: 'pic' } }, 'pic'],
    ['audio', { audioMessage: {} }, null],
    ['image', { ephemeralMessage: { message: { imageMessage: { caption: 'soon gone' } } } }, 'soon gone'],
  ] as const)('has type %s', (type, message, text) => {
    const [write] = only(messageWrites(received({}, message as WAMessage['message']), NOBODY, NOW_MS), 'message');
    expect(write?.set).toMatchObject({ type, text });
  });

  it.each([
    ['a protocol message', { protocolMessage: { type: 0 } }],
    ['key distribution alone', { senderKeyDistributionMessage: { groupId: 'g' } }],
    ['nothing decryptable', undefined],
  ])('is no row for %s', (_name, message) => {
    expect(messageWrites(received({}, message as WAMessage['message']), NOBODY, NOW_MS)).toEqual([]);
  });

  it('of any length fits a row', () => {
    const huge = received({}, { conversation: 'x'.repeat(1_000_000) }, { pushName: 'n'.repeat(10_000) });
    const writes = messageWrites(huge, KNOWN, NOW_MS);
    expect(JSON.stringify(writes).length).toBeLessThan(100_000);
    expect(only(writes, 'message')[0]?.set?.text).toHaveLength(65_536);
  });

  it('from our own phone counts as sent', () => {
    const writes = messageWrites(received({ fromMe: true }, { conversation: 'from the phone' }), NOBODY, NOW_MS);
    expect(only(writes, 'message')[0]).toMatchObject({
      scope: 'out',
      set: { direction: 'sent' },
      once: { sentAtMs: 1_699_999_999_000 },
    });
    expect(only(writes, 'contact')).toEqual([]);
  });
});

describe('receipts', () => {
  const key = { id: 'M1', remoteJid: '15550100001@s.whatsapp.net', fromMe: true };

  it.each([
    [2, { sentAtMs: NOW_MS }],
    [3, { deliveredAtMs: NOW_MS }],
    [4, { readAtMs: NOW_MS, deliveredAtMs: NOW_MS }],
    [5, { readAtMs: NOW_MS, deliveredAtMs: NOW_MS }],
  ])('status %i sets its moments', (status, once) => {
    expect(statusWrites(key, status, NOW_MS)).toEqual([{ kind: 'message', id: 'M1', scope: 'out', once }]);
  });

  it('of others, or without a status, set nothing', () => {
    expect(statusWrites({ ...key, fromMe: false }, 4, NOW_MS)).toEqual([]);
    expect(statusWrites(key, undefined, NOW_MS)).toEqual([]);
    expect(statusWrites(key, 0, NOW_MS)).toEqual([]);
  });

  it('of a group set read and delivered by WhatsApp time', () => {
    const [write] = receiptWrites(key, { userJid: 'u', readTimestamp: 1_700_000_001 }, NOW_MS);
    expect(write).toMatchObject({ once: { readAtMs: 1_700_000_001_000, deliveredAtMs: 1_700_000_001_000 } });
  });
});

describe('contacts and chats', () => {
  it('keep both names and the given one', () => {
    const contact = { id: '15550100001@s.whatsapp.net', name: 'Ann Book', notify: 'Ann' };
    expect(contactWrites(contact, KNOWN)).toEqual([
      {
        kind: 'contact',
        id: 'lid:100200300',
        set: { phone: '15550100001', lid: '100200300', name: 'Ann Book', pushName: 'Ann' },
      },
    ]);
  });

  it('leave out what is no person and no chat', () => {
    expect(contactWrites({ id: '1203@g.us' }, NOBODY)).toEqual([]);
    expect(chatWrites({ id: 'status@broadcast' }, NOBODY)).toEqual([]);
    expect(chatWrites({ id: '77@newsletter' }, NOBODY)).toEqual([]);
  });

  it('of a chat keep only what is known', () => {
    expect(chatWrites({ id: '1203@g.us', name: 'Team', unreadCount: -1 }, NOBODY)).toEqual([
      { kind: 'chat', id: '1203@g.us', set: { isGroup: true, name: 'Team', markedUnread: true } },
    ]);
  });
});
