import { callerInput, namesFiles } from '../catalogue/caller-input.ts';
import type { OperationName } from '../catalogue/operations.ts';
import type { Principal } from '../model/account.ts';
import type { Instance } from '../model/instance.ts';
import type { Ports } from '../ports/index.ts';
import { parseInput } from './parse-input.ts';
import { submitWithMedia } from './send-media.ts';
import { type SubmitCommandInput, type SubmittedCommand, submitCommand } from './submit-command.ts';

export interface SubmitOperationInput {
  /** As `resolveInstance` gave it to this principal. */
  instance: Instance;
  operation: OperationName;
  /** Parsed here by `callerInput`; errors name its fields under `input`. */
  input: unknown;
  idempotency: SubmitCommandInput['idempotency'];
}

/**
 * Accepts any operation by its name, for doors without a route for each: by the use-case that the operation has, else
 * as it stands.
 * @throws GatewayError VALIDATION_ERROR; what the operation's use-case throws
 */
export async function submitOperation(
  ports: Pick<Ports, 'commands' | 'bells' | 'media' | 'policy' | 'log' | 'clock'>,
  principal: Principal,
  { instance, operation, input, idempotency }: SubmitOperationInput,
): Promise<SubmittedCommand> {
  const parsed = parseInput(callerInput(operation), input, 'input');
  const command = { instance, operation, idempotency: idempotency ?? null };
  if (namesFiles(operation)) return submitWithMedia(ports, principal, { ...command, input: parsed });
  return submitCommand(ports, principal, { ...command, input });
}
