import type { Ports } from '../../lib/core/ports/index.ts';
import type { LiveConnection, LiveSockets } from '../../lib/core/ports/live.ts';
import { stillLive } from '../../lib/core/usecases/open-live.ts';

export interface ConnectionPorts extends Pick<Ports, 'accounts' | 'live' | 'clock'> {
  sockets: LiveSockets;
}

/** Until `$connect` has answered, API Gateway says of a connection what it says of one that is gone. */
const OPENING_MS = 10_000;

/** The connection with its user's present role; it is closed when they may not watch any more. */
export async function viewerOf(
  ports: ConnectionPorts,
  connection: LiveConnection,
): Promise<LiveConnection | undefined> {
  const now = await stillLive(ports, connection, connection.connectedAtMs);
  if (now) return { ...connection, role: now.role };
  await end(ports, connection);
  return undefined;
}

/** False when there is no such connection any more; its rows are deleted then. */
export async function sendText(
  { live, sockets, clock }: Pick<ConnectionPorts, 'live' | 'sockets' | 'clock'>,
  { id, connectedAtMs }: LiveConnection,
  text: string,
): Promise<boolean> {
  if ((await sockets.send(id, text)) === 'sent') return true;
  if (clock() - connectedAtMs > OPENING_MS) await live.disconnect(id);
  return false;
}

export async function end(
  { live, sockets }: Pick<ConnectionPorts, 'live' | 'sockets'>,
  { id }: LiveConnection,
): Promise<void> {
  await sockets.close(id);
  await live.disconnect(id);
}
