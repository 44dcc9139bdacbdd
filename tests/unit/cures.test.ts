import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);

async function scenario(name: string, without?: string) {
  const { stdout, stderr } = await run(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'cures-child.ts'), name],
    { env: { ...process.env, SWITCHBOARD_TEST_WITHOUT_CURE: without ?? '' } },
  );
  return { output: stdout + stderr, result: JSON.parse(stdout.trim().split('\n').at(-1) ?? '') };
}

describe("libsignal's queue", () => {
  it("is each tenant's own, and a job runs in its caller's context", async () => {
    const { result } = await scenario('queue');
    expect(result).toEqual({ finishedWhileOtherHung: true, contexts: ['b'] });
  });

  it('without the cure: one tenant blocks the other and lends it its context', async () => {
    const { result } = await scenario('queue', 'queue');
    expect(result).toEqual({ finishedWhileOtherHung: false, contexts: ['a'] });
  });
});

describe('trial decryption', () => {
  it('leaves a session that did not fit as it was', async () => {
    const { result } = await scenario('trial');
    expect(result).toEqual({ lateText: 'late', next: 'next' });
  });

  it('without the cure: the next message is lost', async () => {
    const { result } = await scenario('trial', 'trial');
    expect(result.lateText).toBe('late');
    expect(result.next).toMatch(/^error: /);
  });
});

describe('a long talk', () => {
  const heard = ['in 20', 'in 21', 'in 22', 'late'];

  it('keeps the keys of its last turns only, and reads what is late by some', async () => {
    const { result } = await scenario('chains');
    // The one that we write in, the one that the contact writes in, and five before it.
    expect(result).toEqual({ heard, chains: 7 });
  });

  it('without the cure: it grows with every turn', async () => {
    const { result } = await scenario('chains', 'chains');
    expect(result).toEqual({ heard, chains: 24 });
  });
});

describe('console guard', () => {
  const SECRETS = /privKey|rootKey|chainKey/;

  it('lets no key material through, counts what it swallows, and passes ordinary lines', async () => {
    const { output, result } = await scenario('print');
    expect(output).not.toMatch(SECRETS);
    expect(output).toContain('an ordinary line');
    expect(result.swallowed.sessions).toBeGreaterThan(0);
    expect(result.swallowed.failures).toBeGreaterThan(0);
  });

  it('without the cure: sessions are printed with their keys', async () => {
    const { output } = await scenario('print', 'console');
    expect(output).toMatch(SECRETS);
  });
});
