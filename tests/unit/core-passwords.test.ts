import { describe, expect, it } from 'vitest';
import { createPasswordHasher } from '../../lib/core/adapters/crypto/password-hasher.ts';

const hasher = createPasswordHasher();

describe('password hashes', () => {
  it('are argon2id with OWASP parameters and a fresh salt', async () => {
    const [one, two] = await Promise.all([hasher.hash('securePassword123'), hasher.hash('securePassword123')]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(two).not.toBe(one);
  });

  it('verify their own password only', async () => {
    const hash = await hasher.hash('pässword 🔑');
    expect(await hasher.verify('pässword 🔑', hash)).toBe(true);
    expect(await hasher.verify('pässword 🔑 ', hash)).toBe(false);
    expect(await hasher.verify('', hash)).toBe(false);
  });

  it('agree with another implementation', async () => {
    // From the test suite of the argon2 reference implementation.
    const reference = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
    expect(await hasher.verify('password', reference)).toBe(true);
    expect(await hasher.verify('passwore', reference)).toBe(false);
  });

  it.each([
    undefined,
    '',
    'plain text',
    '$argon2i$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
    '$argon2id$v=19$m=99999999,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
  ])('answer false for the stored hash %j, after the same work', async (stored) => {
    const real = await hasher.hash('x');
    let [realMs, otherMs] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    // The least of five, by turns: work has a floor, while a machine that is busy for a time only adds.
    for (let round = 0; round < 5; round += 1) {
      realMs = Math.min(realMs, await msOf(() => hasher.verify('y', real)));
      otherMs = Math.min(otherMs, await msOf(async () => expect(await hasher.verify('password', stored)).toBe(false)));
    }
    expect(otherMs).toBeGreaterThan(realMs / 3);
  });
});

async function msOf(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}
