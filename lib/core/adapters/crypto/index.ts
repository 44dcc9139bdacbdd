import type { Config } from '../../config.ts';
import type { Ports } from '../../ports/index.ts';
import { createAccessTokens } from './access-tokens.ts';
import { createAnswerSeal } from './answer-seal.ts';
import { createPasswordHasher } from './password-hasher.ts';

/** The ports that stand on the gateway's secrets alone. */
export function createCredentials(
  config: Pick<Config, 'jwtSecrets'>,
): Pick<Ports, 'passwords' | 'accessTokens' | 'seal'> {
  return {
    passwords: createPasswordHasher(),
    accessTokens: createAccessTokens(config.jwtSecrets),
    seal: createAnswerSeal(config.jwtSecrets),
  };
}
