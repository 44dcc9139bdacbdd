import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../lib/core/errors.ts';
import {
  newId,
  newSortableId,
  parsePublicMessageId,
  publicMessageId,
  randomBase62,
  sha256Hex,
  whatsappMessageId,
} from '../../lib/core/model/ids.ts';
import { bareJid, normalizePhoneNumber, phoneOfJid, recipientJid } from '../../lib/core/model/phone.ts';

describe('ids', () => {
  it('are typed, random and of one length', () => {
    const ids = new Set(Array.from({ length: 500 }, () => newId('inst')));
    expect(ids.size).toBe(500);
    for (const id of ids) expect(id).toMatch(/^inst_[0-9A-Za-z]{22}$/);
  });

  it('use all of base62', () => {
    expect(new Set(randomBase62(20_000)).size).toBe(62);
  });

  it('sort by time, and by call order within one millisecond, also when the clock goes back', () => {
    const now = Date.now() + 10_000;
    const ids = [now, now, now + 1, now + 1, now - 5_000, now + 2].map((ms) => newSortableId('cmd', ms));
    expect([...ids].sort()).toEqual(ids);
  });

  it('give a command one WhatsApp id, whoever computes it', () => {
    const id = whatsappMessageId('sub_a', 'inst_b', 'cmd_c');
    expect(id).toMatch(/^3EB0[0-9A-F]{18}$/);
    expect(whatsappMessageId('sub_a', 'inst_b', 'cmd_c')).toBe(id);
    expect(whatsappMessageId('sub_a', 'inst_b', 'cmd_d')).not.toBe(id);
    expect(parsePublicMessageId(publicMessageId(id))).toBe(id);
  });

  it.each(['', 'msg_', 'msg_abc', '3EB0ABCDEF', 'msg_a#b|cd', `msg_${'A'.repeat(129)}`, 'MSG_3EB0ABCD'])(
    'do not take %j for a message id',
    (text) => {
      expect(parsePublicMessageId(text)).toBeUndefined();
    },
  );

  it('hash as SHA-256 in hex', () => {
    expect(sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});

describe('phone numbers', () => {
  it.each([
    ['+62 812-3456-7890', '6281234567890'],
    ['6281234567890', '6281234567890'],
    ['006281234567890', '6281234567890'],
    ['+1 (555) 010-0199', '15550100199'],
  ])('%j becomes %j', (input, digits) => {
    expect(normalizePhoneNumber(input)).toBe(digits);
  });

  it.each(['', 'abc', '123', '+', '12345678901234567890123', '62812345678x', '+999999999999', '0812345'])(
    '%j is refused',
    (input) => {
      expect(() => normalizePhoneNumber(input)).toThrow(GatewayError);
      expect(() => recipientJid(input)).toThrow(expect.objectContaining({ code: 'INVALID_PHONE_NUMBER' }));
    },
  );

  it.each([
    ['6281234567890', '6281234567890@s.whatsapp.net'],
    ['6281234567890@c.us', '6281234567890@s.whatsapp.net'],
    ['6281234567890:12@s.whatsapp.net', '6281234567890@s.whatsapp.net'],
    ['123456789012@lid', '123456789012@lid'],
    ['120363041234567890@g.us', '120363041234567890@g.us'],
    ['6281234567890-1600000000@g.us', '6281234567890-1600000000@g.us'],
  ])('%j is the recipient %j, and that is its own recipient', (input, jid) => {
    expect(recipientJid(input)).toBe(jid);
    expect(recipientJid(jid)).toBe(jid);
  });

  it.each(['status@broadcast', '1@evil.example', 'a@s.whatsapp.net', '@lid', '12@s.whatsapp.net@lid'])(
    '%j is nobody',
    (input) => {
      expect(() => recipientJid(input)).toThrow(expect.objectContaining({ code: 'INVALID_PHONE_NUMBER' }));
    },
  );

  it('never throw anything but INVALID_PHONE_NUMBER', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (text) => {
        try {
          return /@/.test(recipientJid(text));
        } catch (error) {
          return error instanceof GatewayError && error.code === 'INVALID_PHONE_NUMBER';
        }
      }),
    );
  });

  it('come out of JIDs without the device', () => {
    expect(phoneOfJid('15550100199:3@s.whatsapp.net')).toBe('15550100199');
    expect(phoneOfJid('123@lid')).toBeUndefined();
    expect(phoneOfJid(null)).toBeUndefined();
    expect(bareJid('15550100199:3@s.whatsapp.net')).toBe('15550100199@s.whatsapp.net');
  });
});
