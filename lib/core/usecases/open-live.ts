import { GatewayError } from '../errors.ts';
import type { Origin } from '../model/audit.ts';
import { sha256Hex } from '../model/ids.ts';
import type { Ports } from '../ports/index.ts';
import { requireUser, type UserPrincipal } from './access.ts';
import { authenticate, readCredential } from './authenticate.ts';

/**
 * Who opens a WebSocket: by a ticket, which works once, or by an access token.
 * @throws GatewayError AUTHENTICATION_ERROR, the same for every reason; PERMISSION_DENIED for an API key, and for a
 *   user who has yet to replace a temporary password
 */
export async function openLive(
  ports: Pick<Ports, 'live' | 'accounts' | 'apiKeys' | 'accessTokens' | 'clock'>,
  credential: { ticket: string | undefined; token: string | undefined },
  origin: Origin,
): Promise<UserPrincipal> {
  const principal =
    credential.ticket === undefined
      ? requireUser(await authenticate(ports, await readCredential(ports, credential.token), origin))
      : await userOfTicket(ports, credential.ticket, origin);
  if (principal.mustChangePassword)
    throw new GatewayError('PERMISSION_DENIED', 'Replace the temporary password first.');
  return principal;
}

/** Whether the user may still watch: there, with no log-out or change of password since `sinceMs`. Their role as it is. */
export async function stillLive(
  ports: Pick<Ports, 'accounts'>,
  { tenantId, userId }: { tenantId: string; userId: string },
  sinceMs: number,
): Promise<Pick<UserPrincipal, 'role'> | undefined> {
  const user = await ports.accounts.getUser(tenantId, userId);
  return user && user.tokensValidFromMs <= sinceMs ? { role: user.role } : undefined;
}

async function userOfTicket(
  ports: Pick<Ports, 'live' | 'accounts'>,
  ticket: string,
  origin: Origin,
): Promise<UserPrincipal> {
  const taken = ticket.length > 64 ? undefined : await ports.live.takeTicket(sha256Hex(ticket));
  const user = taken && (await ports.accounts.getUser(taken.tenantId, taken.userId));
  if (!user || taken.issuedAtMs < user.tokensValidFromMs) throw new GatewayError('AUTHENTICATION_ERROR');
  const { tenantId, id: userId, name, role, mustChangePassword } = user;
  return { kind: 'user', origin, tenantId, userId, name, role, mustChangePassword };
}
