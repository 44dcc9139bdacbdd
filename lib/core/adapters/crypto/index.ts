import { type Config, ENV } from '../../config.ts';
import type { AnswerSeal } from '../../ports/credentials.ts';
import type { Ports } from '../../ports/index.ts';
import { createAccessTokens } from './access-tokens.ts';
import { createAnswerSeal } from './answer-seal.ts';
import { createPasswordHasher } from './password-hasher.ts';

/** The ports that stand on the gateway's secrets alone. */
export function createCredentials(
  config: Pick<Config, 'jwtSecrets' | 'sealSecrets'>,
): Pick<Ports, 'passwords' | 'accessTokens' | 'seal'> {
  return {
    passwords: createPasswordHasher(),
    accessTokens: createAccessTokens(config.jwtSecrets),
    seal: createSeal(config),
  };
}

/**
 * Seals under secrets of its own, so that those of access tokens may be rotated away. What was sealed under them, when
 * there were no others, still opens while they are known.
 * @throws Error when there is no secret at all
 */
export function createSeal({
  sealSecrets,
  jwtSecrets = [],
}: Pick<Config, 'sealSecrets'> & { jwtSecrets?: readonly string[] }): AnswerSeal {
  const secrets = [...sealSecrets, ...jwtSecrets];
  if (secrets.length === 0) throw new Error(`${ENV.sealSecrets} must hold a secret.`);
  return createAnswerSeal(secrets);
}
