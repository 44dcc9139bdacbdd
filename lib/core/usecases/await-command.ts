import { GatewayError } from '../errors.ts';
import { type Command, isFinished } from '../model/command.ts';
import type { Ports } from '../ports/index.ts';
import { waitFor } from './wait.ts';

/**
 * Waits for the end of a command, at most `waitMs`, by consistent reads of its row. Returns it finished, or as it
 * stands when the time is over; a scheduled one at once.
 */
export async function awaitCommand(
  ports: Pick<Ports, 'commands'>,
  input: { command: Command; waitMs: number },
): Promise<Command> {
  let latest = input.command;
  if (isFinished(latest.state) || latest.state === 'scheduled') return latest;
  const finished = await waitFor(async () => {
    latest = (await ports.commands.get(latest.instanceId, latest.id)) ?? latest;
    return isFinished(latest.state) ? latest : undefined;
  }, input.waitMs);
  return finished ?? latest;
}

/** The error of a failed or unknown command as its caller sees it; undefined while there is none. */
export function errorOfCommand(command: Command): GatewayError | undefined {
  if (command.state !== 'failed' && command.state !== 'unknown') return undefined;
  const { code, message, details } = command.error ?? { code: 'INTERNAL_ERROR' as const, message: undefined };
  return new GatewayError(code, message, { details });
}

/**
 * The output of a command that finished well.
 * @throws GatewayError its own error when it failed, COMMAND_TIMEOUT when it has not finished
 */
export function outputOfCommand(command: Command): unknown {
  if (command.state === 'done') return command.output;
  throw errorOfCommand(command) ?? new GatewayError('COMMAND_TIMEOUT');
}
