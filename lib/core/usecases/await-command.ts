import { GatewayError } from '../errors.ts';
import { type Command, isFinished } from '../model/command.ts';
import type { Ports } from '../ports/index.ts';
import { waitFor } from './wait.ts';

/** Where its end is told, a command's row is first looked at after this time; what ends it without a word is rare. */
const FIRST_LOOK_MS = 200;

/**
 * Waits for the end of a command, at most `waitMs`, by consistent reads of its row; one where its end is told. Returns it
 * finished, or as it stands when the time is over; a scheduled one at once.
 */
export async function awaitCommand(
  ports: Pick<Ports, 'commands' | 'ends'>,
  input: { command: Command; waitMs: number },
): Promise<Command> {
  let latest = input.command;
  if (isFinished(latest.state) || latest.state === 'scheduled') return latest;
  const read = async () => {
    latest = (await ports.commands.get(latest.instanceId, latest.id)) ?? latest;
    return isFinished(latest.state) ? latest : undefined;
  };
  const watch = ports.ends?.watch(latest.id);
  try {
    const startMs = performance.now();
    await watch?.ended(Math.min(input.waitMs, FIRST_LOOK_MS));
    const leftMs = Math.max(0, input.waitMs - (performance.now() - startMs));
    return (await waitFor(read, leftMs, watch?.ended)) ?? latest;
  } finally {
    watch?.stop();
  }
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
