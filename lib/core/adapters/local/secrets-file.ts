import { randomBytes } from 'node:crypto';
import { readOrCreatePrivateFile } from './private-file.ts';

/**
 * The secrets that sign access tokens, one a line, newest first, from a file (0600) that is made when it is missing.
 * Returns them as `JWT_SECRETS` wants them. To rotate, put a new line on top and restart.
 * @throws Error when the file is empty
 */
export function readJwtSecrets(path: string): string {
  return readSecrets(path, []);
}

/**
 * The secrets that seal what is stored, as `SEAL_SECRETS` wants them, from a file like the one above. A file that is
 * made takes in `jwtSecrets`: before there was one, they sealed, and they may be rotated away now.
 * @throws Error when the file is empty
 */
export function readSealSecrets(path: string, jwtSecrets: string): string {
  return readSecrets(path, jwtSecrets.split(','));
}

function readSecrets(path: string, older: readonly string[]): string {
  const newest = () => randomBytes(48).toString('base64url');
  const text = readOrCreatePrivateFile(path, () => `${[newest(), ...older].join('\n')}\n`);
  const secrets = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (secrets.length === 0) throw new Error(`${path} holds no secret.`);
  return secrets.join(',');
}
