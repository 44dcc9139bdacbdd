import { isOperationName, OPERATIONS, type OperationName } from '../lib/core/catalogue/operations.ts';
import type { Command, CommandError, Outcome } from '../lib/core/model/command.ts';

/** A claimed command as its handler takes it, or the end it meets without being begun. */
export type Admission = { operation: OperationName; input: unknown } | { refused: Outcome };

/**
 * Whether a claimed command may begin: known here, in time, not in doubt since an earlier attempt, and of a valid input.
 * @param nowMs by the runner's clock
 */
export function admit(command: Command, nowMs: number): Admission {
  const { operation } = command;
  if (!isOperationName(operation)) {
    return { refused: failure('INTERNAL_ERROR', 'This runner does not know the operation.') };
  }
  const entry = OPERATIONS[operation];
  if (command.notAfterMs <= nowMs) {
    // An earlier attempt may have reached WhatsApp: that it failed would be a guess.
    const mayHaveActed = command.attempt > 1 && entry.kind === 'command';
    if (mayHaveActed) return { refused: inDoubt('The session went away while this was running, for too long.') };
    return { refused: failure('COMMAND_TIMEOUT', 'The session was away for too long.') };
  }
  if (command.attempt > 1 && (entry.onAmbiguity as string) === 'report') {
    return { refused: inDoubt('The runner stopped while this was running.') };
  }
  const input = entry.input.safeParse(command.input);
  if (!input.success) return { refused: failure('VALIDATION_ERROR', 'The stored input is not valid.') };
  return { operation, input: input.data };
}

export function failure(code: CommandError['code'], message: string): Outcome {
  return { state: 'failed', error: { code, message } };
}

/** Nobody knows whether WhatsApp acted. */
export function inDoubt(message: string): Outcome {
  return { state: 'unknown', error: { code: 'COMMAND_TIMEOUT', message } };
}
