import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createKmsKeyWrapper } from '../../lib/core/adapters/kms/key-wrapper.ts';
import { createKeyFileWrapper } from '../../lib/core/adapters/local/key-file.ts';
import type { KeyWrapper } from '../../lib/core/ports/session-store.ts';
import { startKmsStandIn } from '../support/kms-stand-in.ts';

const CONTEXT = { tenantId: 'sub_1', instanceId: 'inst_1' };

interface Opened {
  wrapper: KeyWrapper;
  /** Another process with the same key. */
  again: KeyWrapper;
  /** With another key. */
  foreign: KeyWrapper;
}

async function keyFile(): Promise<Opened> {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-keys-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [wrapper, foreign] = [createKeyFileWrapper(join(folder, 'deep/a')), createKeyFileWrapper(join(folder, 'b'))];
  return { wrapper, again: createKeyFileWrapper(join(folder, 'deep/a')), foreign };
}

async function kms(): Promise<Opened & { contexts: Record<string, string>[] }> {
  const [one, two] = await Promise.all([startKmsStandIn('key-1'), startKmsStandIn('key-1')]);
  onTestFinished(async () => void (await Promise.all([one.close(), two.close()])));
  const open = ({ url: endpoint }: { url: string }) => {
    const opened = createKmsKeyWrapper({ region: 'us-east-1', keyId: 'key-1', endpoint });
    onTestFinished(() => opened.destroy());
    return opened;
  };
  return { wrapper: open(one), again: open(one), foreign: open(two), contexts: one.contexts };
}

describe.each([
  ['a key file', keyFile],
  ['KMS', kms],
])('data keys wrapped by %s', (_name, open) => {
  it('are of 256 bits, each another one, and are unwrapped by the same key', async () => {
    const { wrapper, again } = await open();
    const [one, two] = [await wrapper.generate(CONTEXT), await wrapper.generate(CONTEXT)];
    expect(one.plain).toHaveLength(32);
    expect(Buffer.from(one.plain).equals(two.plain)).toBe(false);
    expect(Buffer.from(one.wrapped).includes(Buffer.from(one.plain))).toBe(false);
    expect(Buffer.from(await again.unwrap(one.wrapped, CONTEXT)).equals(one.plain)).toBe(true);
    expect(Buffer.from(await again.unwrap(two.wrapped, CONTEXT)).equals(two.plain)).toBe(true);
  });

  it('are unwrapped for nobody else, by no other key, and not when anything was changed', async () => {
    const { wrapper, foreign } = await open();
    const { wrapped } = await wrapper.generate(CONTEXT);
    await expect(wrapper.unwrap(wrapped, { ...CONTEXT, instanceId: 'inst_2' })).rejects.toThrow();
    await expect(wrapper.unwrap(wrapped, { ...CONTEXT, tenantId: 'sub_2' })).rejects.toThrow();
    await expect(foreign.unwrap(wrapped, CONTEXT)).rejects.toThrow();
    for (let i = 0; i < wrapped.length; i += 1) {
      const changed = Uint8Array.from(wrapped);
      changed[i] = (changed[i] as number) ^ 1;
      await expect(wrapper.unwrap(changed, CONTEXT), `byte ${i}`).rejects.toThrow();
    }
    await expect(wrapper.unwrap(wrapped.slice(0, -1), CONTEXT)).rejects.toThrow();
  });
});

it('KMS is told tenant and instance, which it binds the key to and writes into CloudTrail', async () => {
  const { wrapper, contexts } = await kms();
  const { wrapped } = await wrapper.generate(CONTEXT);
  await wrapper.unwrap(wrapped, CONTEXT);
  const told = { tenant: 'sub_1', instance: 'inst_1' };
  expect(contexts).toEqual([told, told]);
});
