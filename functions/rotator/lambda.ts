import { randomBytes } from 'node:crypto';
import { createRotatingSecret } from '../../lib/core/adapters/secrets/rotating-secret.ts';
import { ENV } from '../../lib/core/config.ts';
import { rotate } from '../../lib/core/model/secret-rotation.ts';

/** What Secrets Manager calls with, four times a rotation. */
export interface RotationEvent {
  SecretId: string;
  ClientRequestToken: string;
  Step: 'createSecret' | 'setSecret' | 'testSecret' | 'finishSecret';
}

/**
 * Rotates the secrets that sign access tokens. Each step may come again; nothing else has to be told, since the Lambdas
 * read the secret themselves.
 * @throws Error that makes Secrets Manager try the rotation again
 */
export async function handler({ SecretId, ClientRequestToken: version, Step }: RotationEvent): Promise<void> {
  const secret = createRotatingSecret({ region: process.env[ENV.region] as string, arn: SecretId });
  if (!(await secret.isPending(version))) return;
  if (Step === 'createSecret') {
    if ((await secret.pending(version)) !== undefined) return;
    const next = rotate((await secret.current()).split(','), randomBytes(48).toString('base64url'));
    await secret.put(version, next.join(','));
  }
  if (Step === 'testSecret' && (await secret.pending(version)) === undefined) {
    throw new Error('There is no pending version of the secret.');
  }
  if (Step === 'finishSecret') await secret.promote(version);
}
