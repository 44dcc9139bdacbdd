import type { RefreshToken, User } from '../model/account.ts';
import { newId, randomBase62, sha256Hex } from '../model/ids.ts';
import type { Ports } from '../ports/index.ts';

const DAY_MS = 86_400_000;
/** A family of refresh tokens ends this long after the log-in; rotation does not move it. */
export const REFRESH_FAMILY_TTL_MS = 30 * DAY_MS;

const REFRESH_TOKEN_LENGTH = 43;

/** What a caller gets at log-in and at each refresh. Times are ISO 8601. */
export interface SessionTokens {
  token: string;
  tokenExpiresAt: string;
  refreshToken: string;
  refreshTokenExpiresAt: string;
}

/** A new refresh token: the text for the caller, the row for the store. */
export function makeRefreshToken(
  user: Pick<User, 'tenantId' | 'id'>,
  family: { id: string; expiresAtMs: number },
): { text: string; row: RefreshToken } {
  const text = randomBase62(REFRESH_TOKEN_LENGTH);
  const row: RefreshToken = {
    hash: sha256Hex(text),
    familyId: family.id,
    tenantId: user.tenantId,
    userId: user.id,
    usedAt: null,
    expiresAtMs: family.expiresAtMs,
  };
  return { text, row };
}

/** Signs an access token for the user and puts it beside a refresh token. */
export async function makeSessionTokens(
  ports: Pick<Ports, 'accessTokens' | 'clock'>,
  user: Pick<User, 'tenantId' | 'id' | 'tokensValidFromMs'>,
  refresh: { text: string; row: RefreshToken },
): Promise<SessionTokens> {
  const access = await ports.accessTokens.issue({
    userId: user.id,
    tenantId: user.tenantId,
    issuedAtMs: Math.max(ports.clock(), user.tokensValidFromMs),
  });
  return {
    token: access.token,
    tokenExpiresAt: new Date(access.expiresAtMs).toISOString(),
    refreshToken: refresh.text,
    refreshTokenExpiresAt: new Date(refresh.row.expiresAtMs).toISOString(),
  };
}

/** Starts a new family of refresh tokens for a user who has just proved who they are. */
export async function openSession(
  ports: Pick<Ports, 'accessTokens' | 'refreshTokens' | 'clock'>,
  user: Pick<User, 'tenantId' | 'id' | 'tokensValidFromMs'>,
): Promise<SessionTokens> {
  const startMs = Math.max(ports.clock(), user.tokensValidFromMs);
  const refresh = makeRefreshToken(user, { id: newId('fam'), expiresAtMs: startMs + REFRESH_FAMILY_TTL_MS });
  await ports.refreshTokens.create(refresh.row);
  return makeSessionTokens(ports, user, refresh);
}
