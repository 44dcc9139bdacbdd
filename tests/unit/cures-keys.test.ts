import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import '../../lib/baileys/index.ts';

const require = createRequire(import.meta.url);
const crypto = require('libsignal/src/crypto.js');
const bytes = (hex: string) => Buffer.from(hex, 'hex');

describe("libsignal's functions over key objects", () => {
  it('make the MAC of RFC 4231', () => {
    const mac = crypto.calculateMAC(Buffer.alloc(20, 0x0b), Buffer.from('Hi There'));
    expect(mac.toString('hex')).toBe('b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7');
    expect(() =>
      crypto.verifyMAC(Buffer.from('Hi There'), Buffer.alloc(20, 0x0b), mac.subarray(0, 8), 8),
    ).not.toThrow();
    expect(() => crypto.verifyMAC(Buffer.from('Hi there'), Buffer.alloc(20, 0x0b), mac.subarray(0, 8), 8)).toThrow(
      'MAC',
    );
  });

  it('derive the secrets of RFC 5869, as many as asked for', () => {
    // No salt is a salt of zeros.
    const [first, second, third, ...more] = crypto.deriveSecrets(
      Buffer.alloc(22, 0x0b),
      Buffer.alloc(32),
      Buffer.alloc(0),
    );
    const okm = '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8';
    expect(Buffer.concat([first, second]).toString('hex').slice(0, okm.length)).toBe(okm);
    expect([second.length, third.length, more]).toEqual([32, 32, []]);
    expect(crypto.deriveSecrets(Buffer.alloc(22, 0x0b), Buffer.alloc(32), Buffer.alloc(0), 1)).toEqual([first]);
  });

  it('encrypt and decrypt the AES-256-CBC of NIST SP 800-38A', () => {
    const key = bytes('603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4');
    const iv = bytes('000102030405060708090a0b0c0d0e0f');
    const plain = bytes('6bc1bee22e409f96e93d7e117393172a');
    const sealed = crypto.encrypt(key, plain, iv);
    expect(sealed.subarray(0, 16).toString('hex')).toBe('f58c4c04d6e5f1ba779eabfb5f7bfbd6');
    expect(crypto.decrypt(key, sealed, iv)).toEqual(plain);
  });
});
