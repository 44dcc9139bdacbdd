import { describe, expect, it } from 'vitest';
import { createAnswerSeal } from '../../lib/core/adapters/crypto/answer-seal.ts';
import { createSeal } from '../../lib/core/adapters/crypto/index.ts';
import { rotate } from '../../lib/core/model/secret-rotation.ts';

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

describe('a seal of its own', () => {
  const SEAL = 's'.repeat(32);

  it('opens what the secrets of access tokens sealed before, and outlives them', () => {
    const before = createSeal({ sealSecrets: [], jwtSecrets: [OLD] }).seal('text', 'c');
    const seal = createSeal({ sealSecrets: [SEAL], jwtSecrets: [NEW, OLD] });
    expect(seal.open(before, 'c')).toBe('text');
    const since = seal.seal('text', 'c');
    const rotated = createSeal({ sealSecrets: [SEAL], jwtSecrets: [NEW] });
    expect(rotated.open(since, 'c')).toBe('text');
    expect(rotated.fingerprint('a')).toBe(seal.fingerprint('a'));
    expect(createSeal({ sealSecrets: [SEAL] }).open(since, 'c')).toBe('text');
  });

  it('is not made of nothing', () => {
    expect(() => createSeal({ sealSecrets: [] })).toThrow('SEAL_SECRETS');
  });
});

describe('a rotation of secrets', () => {
  it('makes each known for a whole rotation before it signs, and verify for one after', () => {
    const history = [['a']];
    for (const fresh of ['b', 'c', 'd', 'e']) history.push(rotate(history.at(-1) as string[], fresh));
    expect(history).toEqual([['a'], ['a', 'b'], ['b', 'c', 'a'], ['c', 'd', 'b'], ['d', 'e', 'c']]);
    for (const [n, secrets] of history.entries()) {
      const signing = secrets[0] as string;
      // Whoever is a rotation behind, or ahead, knows what signs now.
      for (const other of [history[n - 1], history[n + 1]]) if (other) expect(other).toContain(signing);
    }
  });
});
