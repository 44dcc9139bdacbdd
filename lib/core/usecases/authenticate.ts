import { GatewayError } from '../errors.ts';
import type { Principal } from '../model/account.ts';
import type { Origin } from '../model/audit.ts';
import { sha256Hex } from '../model/ids.ts';
import type { Ports } from '../ports/index.ts';

const JWT_SHAPE = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/;
const MAX_API_KEY_LENGTH = 256;

/**
 * Who presents this credential: an access token (three dotted parts) or an API key. Role and validity come from the
 * rows, not from the token.
 * @throws GatewayError AUTHENTICATION_ERROR, the same for every reason
 */
export async function authenticate(
  ports: Pick<Ports, 'accounts' | 'apiKeys' | 'accessTokens' | 'clock'>,
  credential: string | undefined,
  origin: Origin,
): Promise<Principal> {
  if (!credential) throw new GatewayError('AUTHENTICATION_ERROR');
  const principal = JWT_SHAPE.test(credential)
    ? await userOfToken(ports, credential, origin)
    : await keyOfText(ports, credential, origin);
  if (!principal) throw new GatewayError('AUTHENTICATION_ERROR');
  return principal;
}

async function userOfToken(
  ports: Pick<Ports, 'accounts' | 'accessTokens' | 'clock'>,
  token: string,
  origin: Origin,
): Promise<Principal | undefined> {
  const claims = await ports.accessTokens.verify(token, ports.clock());
  if (!claims) return undefined;
  const user = await ports.accounts.getUser(claims.tenantId, claims.userId);
  if (!user || claims.issuedAtMs < user.tokensValidFromMs) return undefined;
  return {
    kind: 'user',
    origin,
    tenantId: user.tenantId,
    userId: user.id,
    name: user.name,
    role: user.role,
    mustChangePassword: user.mustChangePassword,
  };
}

async function keyOfText(
  ports: Pick<Ports, 'apiKeys' | 'clock'>,
  text: string,
  origin: Origin,
): Promise<Principal | undefined> {
  if (text.length > MAX_API_KEY_LENGTH) return undefined;
  const key = await ports.apiKeys.findByHash(sha256Hex(text));
  if (!key || key.revokedAt !== null) return undefined;
  if (key.expiresAt !== null && Date.parse(key.expiresAt) <= ports.clock()) return undefined;
  return {
    kind: 'key',
    origin,
    tenantId: key.tenantId,
    instanceId: key.instanceId,
    keyId: key.id,
    keyName: key.name,
    permissions: key.permissions,
    rateLimit: key.rateLimit,
  };
}
