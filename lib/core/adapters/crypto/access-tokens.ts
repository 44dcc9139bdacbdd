import { createHash } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
import type { AccessTokens } from '../../ports/credentials.ts';

export const ACCESS_TOKEN_TTL_SECONDS = 900;

const ISSUER = 'switchboard';
const AUDIENCE = 'switchboard-api';
const TYPE = 'at+jwt';
const MAX_TOKEN_LENGTH = 4096;

/**
 * Access tokens as JWT: HS256 only, typed, for one issuer and one audience.
 * @param secrets newest first: the first signs, all verify; each is found by its `kid`
 */
export function createAccessTokens(secrets: readonly string[]): AccessTokens {
  const keys = new Map(secrets.map((secret) => [keyId(secret), new TextEncoder().encode(secret)]));
  const signingKid = keyId(secrets[0] as string);
  return {
    async issue({ userId, tenantId, issuedAtMs }) {
      const issuedAt = Math.floor(issuedAtMs / 1000);
      const expiresAt = issuedAt + ACCESS_TOKEN_TTL_SECONDS;
      const token = await new SignJWT({ tid: tenantId, iat_ms: issuedAtMs })
        .setProtectedHeader({ alg: 'HS256', typ: TYPE, kid: signingKid })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setSubject(userId)
        .setIssuedAt(issuedAt)
        .setExpirationTime(expiresAt)
        .sign(keys.get(signingKid) as Uint8Array);
      return { token, expiresAtMs: expiresAt * 1000 };
    },
    async verify(token, nowMs) {
      if (token.length > MAX_TOKEN_LENGTH) return undefined;
      try {
        const { payload } = await jwtVerify(
          token,
          (header) => {
            const key = keys.get(header.kid ?? '');
            if (!key) throw new Error('unknown kid');
            return key;
          },
          {
            algorithms: ['HS256'],
            typ: TYPE,
            issuer: ISSUER,
            audience: AUDIENCE,
            requiredClaims: ['sub', 'iat', 'exp'],
            currentDate: new Date(nowMs),
          },
        );
        const { sub, aud, iat, exp, tid, iat_ms: issuedAtMs } = payload;
        if (typeof sub !== 'string' || sub === '' || typeof tid !== 'string' || tid === '') return undefined;
        if (aud !== AUDIENCE || typeof issuedAtMs !== 'number' || Math.floor(issuedAtMs / 1000) !== iat) {
          return undefined;
        }
        if (typeof exp !== 'number' || exp - iat > ACCESS_TOKEN_TTL_SECONDS) return undefined;
        return { userId: sub, tenantId: tid, issuedAtMs };
      } catch {
        return undefined;
      }
    },
  };
}

/** Names a secret without telling it. */
function keyId(secret: string): string {
  return createHash('sha256').update(`kid|${secret}`).digest('hex').slice(0, 12);
}
