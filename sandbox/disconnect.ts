import type { Connection } from './conn.ts';
import type { Network } from './network.ts';
import { node } from './wire.ts';

/** The ways a session can end, by the status code Baileys reports (`lastDisconnect.error.output.statusCode`). */
export const DISCONNECT_CODES = [401, 402, 403, 405, 408, 428, 429, 440, 500, 503, 515] as const;

export type DisconnectCode = (typeof DISCONNECT_CODES)[number];

/** Tells whether a value from outside is a code that `disconnect` can bring about. */
export const isDisconnectCode = (value: unknown): value is DisconnectCode =>
  DISCONNECT_CODES.includes(value as DisconnectCode);

/**
 * Ends the connections of all linked devices of a number in the way that Baileys reports with `code`.
 *
 * - 401 the device is unlinked · 402 temporary ban · 403 banned · 405 client too old (`<failure>`)
 * - 408 the server falls silent; the client's keep-alive notices after `keepAliveIntervalMs` + 5 s
 * - 428 the socket closes · 440 another login replaced it · 500 a stream error without a code · 503, 515 with one
 * - 429 the socket drops, and the next `times` upgrades of anyone are refused with HTTP 429
 *
 * @returns how many connections were open
 * @throws SandboxError 404 for a number not on WhatsApp
 */
export function disconnect(network: Network, number: string, code: DisconnectCode, times = 1): number {
  const { companions } = network.directory.require(number);
  if (code === 401) {
    const open = companions.filter((device) => device.connection).length;
    for (const device of companions) network.removeDevice(device);
    return open;
  }
  if (code === 429) network.faults.set({ rejectUpgrade: times, rejectUpgradeStatus: 429 });
  const open = companions.flatMap((device) => device.connection ?? []);
  for (const connection of open) end(connection, code);
  return open.length;
}

function end(connection: Connection, code: Exclude<DisconnectCode, 401>): void {
  switch (code) {
    case 402:
    case 403:
    case 405:
      connection.endWithFailure(code);
      return;
    case 408:
      connection.fallSilent();
      return;
    case 428:
      connection.close();
      return;
    case 429:
      connection.terminate();
      return;
    case 440:
      connection.endWithStreamError(undefined, node('conflict', { type: 'replaced' }));
      return;
    case 500:
      connection.endWithStreamError(undefined, node('unknown'));
      return;
    case 503:
    case 515:
      connection.endWithStreamError(String(code));
  }
}
