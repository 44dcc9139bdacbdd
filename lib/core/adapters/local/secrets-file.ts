import { randomBytes } from 'node:crypto';
import { readOrCreatePrivateFile } from './private-file.ts';

/**
 * The secrets that sign access tokens, one a line, newest first, from a file (0600) that is made when it is missing.
 * Returns them as `JWT_SECRETS` wants them. To rotate, put a new line on top and restart.
 * @throws Error when the file is empty
 */
export function readJwtSecrets(path: string): string {
  const text = readOrCreatePrivateFile(path, () => `${randomBytes(48).toString('base64url')}\n`);
  const secrets = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (secrets.length === 0) throw new Error(`${path} holds no secret.`);
  return secrets.join(',');
}
