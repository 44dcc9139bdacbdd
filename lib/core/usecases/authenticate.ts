import { GatewayError } from '../errors.ts';
import type { Principal } from '../model/account.ts';
import { isWithin } from '../model/address.ts';
import type { Origin } from '../model/audit.ts';
import { sha256Hex } from '../model/ids.ts';
import type { AccessClaims, Ports } from '../ports/index.ts';

const JWT_SHAPE = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/;
const MAX_API_KEY_LENGTH = 256;

/** A credential whose form is right, and whose signature where it has one. No row has been read. */
export type Presented = { kind: 'user'; claims: AccessClaims } | { kind: 'key'; hash: string };

/**
 * What is presented: an access token (three dotted parts) or an API key.
 * @throws GatewayError AUTHENTICATION_ERROR, the same for every reason
 */
export async function readCredential(
  ports: Pick<Ports, 'accessTokens' | 'clock'>,
  credential: string | undefined,
): Promise<Presented> {
  if (credential && JWT_SHAPE.test(credential)) {
    const claims = await ports.accessTokens.verify(credential, ports.clock());
    if (claims) return { kind: 'user', claims };
  } else if (credential && credential.length <= MAX_API_KEY_LENGTH) {
    return { kind: 'key', hash: sha256Hex(credential) };
  }
  throw new GatewayError('AUTHENTICATION_ERROR');
}

/**
 * Who presents it. Role and validity come from the rows, not from the token.
 * @throws GatewayError AUTHENTICATION_ERROR, the same for every reason; PERMISSION_DENIED for a good key from an address
 *   that it may not be used from
 */
export async function authenticate(
  ports: Pick<Ports, 'accounts' | 'apiKeys' | 'clock'>,
  presented: Presented,
  origin: Origin,
): Promise<Principal> {
  const principal =
    presented.kind === 'user'
      ? await userOfClaims(ports, presented.claims, origin)
      : await keyOfHash(ports, presented.hash, origin);
  if (!principal) throw new GatewayError('AUTHENTICATION_ERROR');
  return principal;
}

async function userOfClaims(
  ports: Pick<Ports, 'accounts'>,
  claims: AccessClaims,
  origin: Origin,
): Promise<Principal | undefined> {
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

async function keyOfHash(
  ports: Pick<Ports, 'apiKeys' | 'clock'>,
  hash: string,
  origin: Origin,
): Promise<Principal | undefined> {
  const key = await ports.apiKeys.findByHash(hash);
  if (!key || key.revokedAt !== null) return undefined;
  if (key.expiresAt !== null && Date.parse(key.expiresAt) <= ports.clock()) return undefined;
  if (key.ipAllowList.length > 0 && !isWithin(origin.address, key.ipAllowList)) {
    throw new GatewayError('PERMISSION_DENIED', 'This API key may not be used from this address.');
  }
  return {
    kind: 'key',
    origin,
    tenantId: key.tenantId,
    instanceId: key.instanceId,
    environment: key.environment,
    keyId: key.id,
    keyName: key.name,
    permissions: key.permissions,
    rateLimit: key.rateLimit,
    createdById: key.createdById,
  };
}
