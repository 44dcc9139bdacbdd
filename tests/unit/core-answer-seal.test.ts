import { describe, expect, it } from 'vitest';
import { createAnswerSeal } from '../../lib/core/adapters/crypto/answer-seal.ts';

const OLD = 'o'.repeat(32);
const NEW = 'n'.repeat(32);

describe('sealed answers', () => {
  it('open under the same context only', () => {
    const seal = createAnswerSeal([OLD]);
    const sealed = seal.seal('{"key":"cs_secret"}', 'tenant|key');
    expect(sealed).not.toContain('cs_secret');
    expect(Buffer.from(sealed, 'base64').toString('latin1')).not.toContain('cs_secret');
    expect(seal.open(sealed, 'tenant|key')).toBe('{"key":"cs_secret"}');
    expect(seal.open(sealed, 'tenant|other')).toBeUndefined();
  });

  it('open after the secret was rotated, and not under another', () => {
    const sealed = createAnswerSeal([OLD]).seal('text', 'c');
    expect(createAnswerSeal([NEW, OLD]).open(sealed, 'c')).toBe('text');
    expect(createAnswerSeal([NEW]).open(sealed, 'c')).toBeUndefined();
  });

  it('do not open when a byte was changed or cut off', () => {
    const seal = createAnswerSeal([OLD]);
    const bytes = Buffer.from(seal.seal('text', 'c'), 'base64');
    for (let i = 0; i < bytes.length; i += 1) {
      const changed = Buffer.from(bytes);
      changed[i] = (changed[i] as number) ^ 1;
      expect(seal.open(changed.toString('base64'), 'c')).toBeUndefined();
      expect(seal.open(bytes.subarray(0, i).toString('base64'), 'c')).toBeUndefined();
    }
  });

  it('fingerprint by request and secret', () => {
    const seal = createAnswerSeal([OLD]);
    expect(seal.fingerprint('a')).toBe(seal.fingerprint('a'));
    expect(seal.fingerprint('a')).not.toBe(seal.fingerprint('b'));
    expect(createAnswerSeal([NEW]).fingerprint('a')).not.toBe(seal.fingerprint('a'));
  });
});
