import type { Principal } from '../model/account.ts';
import { randomBase62, sha256Hex } from '../model/ids.ts';
import type { Ports } from '../ports/index.ts';
import { requireUser } from './access.ts';

export const LIVE_TICKET_TTL_SECONDS = 60;

/**
 * A ticket that opens one WebSocket for this user within a minute: an address with it in may land in a log, where an
 * access token must not.
 */
export async function issueLiveTicket(
  ports: Pick<Ports, 'live' | 'clock'>,
  principal: Principal,
): Promise<{ ticket: string; expiresAtMs: number }> {
  const { tenantId, userId } = requireUser(principal);
  const ticket = `tkt_${randomBase62(32)}`;
  const issuedAtMs = ports.clock();
  const expiresAtMs = issuedAtMs + LIVE_TICKET_TTL_SECONDS * 1000;
  await ports.live.createTicket({ hash: sha256Hex(ticket), tenantId, userId, issuedAtMs, expiresAtMs });
  return { ticket, expiresAtMs };
}
