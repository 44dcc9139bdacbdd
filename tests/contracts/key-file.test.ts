import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createKeyFileWrapper } from '../../lib/core/adapters/local/key-file.ts';
import { readJwtSecrets } from '../../lib/core/adapters/local/secrets-file.ts';

const CONTEXT = { tenantId: 'sub_1', instanceId: 'inst_1' };

function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-keys-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

it('makes 256-bit data keys, each another one, and unwraps them with the same file', async () => {
  const path = join(aFolder(), 'deep', 'master.key');
  const wrapper = createKeyFileWrapper(path);
  const [one, two] = [await wrapper.generate(CONTEXT), await wrapper.generate(CONTEXT)];
  expect(one.plain).toHaveLength(32);
  expect(Buffer.from(one.plain).equals(two.plain)).toBe(false);
  expect(Buffer.from(one.wrapped).includes(Buffer.from(one.plain))).toBe(false);
  const again = createKeyFileWrapper(path);
  expect(Buffer.from(await again.unwrap(one.wrapped, CONTEXT)).equals(one.plain)).toBe(true);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

it('unwraps for nobody else, with no other file, and nothing that was changed', async () => {
  const folder = aFolder();
  const wrapper = createKeyFileWrapper(join(folder, 'a'));
  const { wrapped } = await wrapper.generate(CONTEXT);
  await expect(wrapper.unwrap(wrapped, { ...CONTEXT, instanceId: 'inst_2' })).rejects.toThrow();
  await expect(wrapper.unwrap(wrapped, { ...CONTEXT, tenantId: 'sub_2' })).rejects.toThrow();
  await expect(createKeyFileWrapper(join(folder, 'b')).unwrap(wrapped, CONTEXT)).rejects.toThrow();
  for (let i = 0; i < wrapped.length; i += 1) {
    const changed = Uint8Array.from(wrapped);
    changed[i] = (changed[i] as number) ^ 1;
    await expect(wrapper.unwrap(changed, CONTEXT), `byte ${i}`).rejects.toThrow();
  }
  await expect(wrapper.unwrap(wrapped.slice(0, -1), CONTEXT)).rejects.toThrow('not a wrapped data key');
});

it('refuses a file that holds no key, and takes away what others may read', () => {
  const folder = aFolder();
  writeFileSync(join(folder, 'short'), 'c2hvcnQ=');
  expect(() => createKeyFileWrapper(join(folder, 'short'))).toThrow('does not hold a 256-bit key');
  createKeyFileWrapper(join(folder, 'good'));
  chmodSync(join(folder, 'good'), 0o644);
  createKeyFileWrapper(join(folder, 'good'));
  expect(statSync(join(folder, 'good')).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder).toSorted()).toEqual(['good', 'short']);
});

it('makes a secret for access tokens once, and reads several, newest first', () => {
  const path = join(aFolder(), 'jwt-secrets');
  const secret = readJwtSecrets(path);
  expect(secret).toHaveLength(64);
  expect(readJwtSecrets(path)).toBe(secret);
  const newer = 'n'.repeat(40);
  writeFileSync(path, `${newer}\n\n${readFileSync(path, 'utf8')}`);
  expect(readJwtSecrets(path)).toBe(`${newer},${secret}`);
  writeFileSync(path, '\n');
  expect(() => readJwtSecrets(path)).toThrow('holds no secret');
});
