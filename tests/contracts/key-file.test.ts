import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createKeyFileWrapper } from '../../lib/core/adapters/local/key-file.ts';
import { readJwtSecrets, readSealSecrets } from '../../lib/core/adapters/local/secrets-file.ts';

function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-keys-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

it('refuses a file that holds no key, and takes away what others may read', () => {
  const folder = aFolder();
  writeFileSync(join(folder, 'short'), 'c2hvcnQ=');
  expect(() => createKeyFileWrapper(join(folder, 'short'))).toThrow('does not hold a 256-bit key');
  createKeyFileWrapper(join(folder, 'good'));
  expect(statSync(join(folder, 'good')).mode & 0o777).toBe(0o600);
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

it('makes a secret that seals, and takes in those of access tokens, which sealed before there was one', () => {
  const path = join(aFolder(), 'seal-secrets');
  const [older, oldest] = ['a'.repeat(40), 'b'.repeat(40)];
  const [own, ...taken] = readSealSecrets(path, `${older},${oldest}`).split(',');
  expect(own).toHaveLength(64);
  expect(taken).toEqual([older, oldest]);
  // Rotating those of access tokens away later changes nothing here.
  expect(readSealSecrets(path, 'c'.repeat(40))).toBe(`${own},${older},${oldest}`);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});
