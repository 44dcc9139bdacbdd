import { GatewayError } from '../errors.ts';
import type { Principal } from '../model/account.ts';
import type { Command } from '../model/command.ts';
import type { Instance } from '../model/instance.ts';
import type { Ports } from '../ports/index.ts';
import { requireManager, requireReach } from './access.ts';
import { errorOfCommand } from './await-command.ts';
import { submitCommand } from './submit-command.ts';
import { waitFor } from './wait.ts';

export type ConnectPorts = Pick<Ports, 'instances' | 'commands' | 'bells' | 'log' | 'clock'>;

/** How long a caller waits for a code by default. */
export const CODE_WAIT_MS = 10_000;
/** A session that is said to be opening, and shows nothing for so long, is asked again. */
const PATIENCE_MS = 4_000;

/**
 * Has the session of an instance that is not linked opened, where nobody is opening it, and waits until `read` finds
 * what the runner shows.
 * @throws GatewayError INVALID_STATE when it is linked already; COMMAND_TIMEOUT; the error of the connect command
 */
export async function awaitCode<T>(
  ports: ConnectPorts,
  principal: Principal,
  first: Instance,
  request: { pairWithPhone?: string },
  waitMs: number,
  read: (instance: Instance) => T | undefined,
): Promise<T> {
  requireManager(principal, 'instance:manage');
  requireReach(principal, first);
  refuseLinked(first);
  const shown = read(first);
  if (shown !== undefined) return shown;

  const connect = async (instance: Instance): Promise<Command> => {
    const command = { instance, operation: 'instance.connect', input: request, permission: 'instance:manage' } as const;
    return (await submitCommand(ports, principal, command)).command;
  };
  // A QR that is being shown does not bring a pairing code about: that is asked for in any case.
  let asked = request.pairWithPhone !== undefined || !isOpening(first) ? await connect(first) : undefined;
  const startMs = performance.now();
  const found = await waitFor(async () => {
    const instance = await ports.instances.get(first.tenantId, first.id);
    if (!instance) return undefined;
    refuseLinked(instance);
    const value = read(instance);
    if (value !== undefined) return value;
    if (asked) {
      const error = errorOfCommand((await ports.commands.get(first.id, asked.id)) ?? asked);
      if (error) throw error;
    } else if (!isOpening(instance) || performance.now() - startMs > PATIENCE_MS) {
      asked = await connect(instance);
    }
    return undefined;
  }, waitMs);
  if (found !== undefined) return found;
  throw new GatewayError('COMMAND_TIMEOUT', 'The session showed no code in time. Try again.', { retryAfterSeconds: 5 });
}

function isOpening(instance: Instance): boolean {
  return ['CONNECTING', 'WAITING_FOR_SCAN', 'RECONNECTING'].includes(instance.state.status);
}

function refuseLinked(instance: Instance): void {
  if (instance.state.linked) {
    throw new GatewayError('INVALID_STATE', 'The instance is linked to a phone already. Log it out to link another.');
  }
}
