import { sha256Hex } from '../model/ids.ts';
import type { Ports } from '../ports/index.ts';

/** Ends the session of a refresh token, whoever holds it. One that is not there changes nothing and is not reported. */
export async function endSession(
  ports: Pick<Ports, 'refreshTokens'>,
  { refreshToken }: { refreshToken: string },
): Promise<void> {
  const token = await ports.refreshTokens.find(sha256Hex(refreshToken));
  if (token) await ports.refreshTokens.revokeFamily(token.familyId, token.expiresAtMs);
}
