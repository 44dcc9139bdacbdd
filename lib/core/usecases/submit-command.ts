import { isOperationName, OPERATIONS, type Operation, type OperationName } from '../catalogue/operations.ts';
import { GatewayError } from '../errors.ts';
import type { Permission, Principal } from '../model/account.ts';
import type { AuditEntry } from '../model/audit.ts';
import type { Command } from '../model/command.ts';
import { newSortableId } from '../model/ids.ts';
import { acceptsMessages, type Instance } from '../model/instance.ts';
import type { Ports } from '../ports/index.ts';
import { requirePermission, requireReach } from './access.ts';
import { messageOfCommand, newCommand } from './new-command.ts';
import { parseInput } from './parse-input.ts';
import { scheduleOf } from './schedule-time.ts';

export interface SubmitCommandInput {
  /** As `resolveInstance` gave it to this principal. */
  instance: Instance;
  operation: OperationName;
  /** Parsed here by the catalogue's schema. */
  input: unknown;
  /** `fingerprint` tells two requests under one key apart. */
  idempotency?: { key: string; fingerprint: string } | null;
  /** Written in the transaction of the command. */
  audit?: AuditEntry | null;
  /** What an API key needs where no key may ask for the operation itself, but may for what it is a part of. */
  permission?: Permission;
}

export interface SubmittedCommand {
  command: Command;
  /** The Idempotency-Key had been accepted before, as this command. */
  replayed: boolean;
}

/**
 * Accepts a command: its row, its message row and its Idempotency-Key in one transaction, then a bell for the runner.
 * A bell that does not ring is only logged: the sweeper finds the row.
 * @throws GatewayError PERMISSION_DENIED by the catalogue's permission; VALIDATION_ERROR (also for a `sendAt` that cannot be) or INVALID_PHONE_NUMBER; INSTANCE_NOT_CONNECTED at once when the operation needs a linked instance;
 *   IDEMPOTENCY_KEY_REUSED
 */
export async function submitCommand(
  ports: Pick<Ports, 'commands' | 'bells' | 'log' | 'clock'>,
  principal: Principal,
  { instance, operation: name, input, idempotency = null, audit = null, permission }: SubmitCommandInput,
): Promise<SubmittedCommand> {
  if (!isOperationName(name)) throw new GatewayError('VALIDATION_ERROR', 'There is no such operation.');
  const operation: Operation = OPERATIONS[name];
  requirePermission(principal, operation.permission ?? permission ?? null);
  requireReach(principal, instance);
  const nowMs = ports.clock();
  const { parsed, sendAtMs } = scheduleOf(parseInput(operation.input, input), nowMs);

  if (operation.needsLinked && !acceptsMessages(instance.state)) {
    // What was accepted while it was linked is still answered: "not connected" would invite a second send.
    const earlier = idempotency && (await ports.commands.findByIdempotencyKey(instance.tenantId, idempotency.key));
    if (!earlier) throw notConnected(instance);
    if (earlier.fingerprint !== idempotency.fingerprint) throw new GatewayError('IDEMPOTENCY_KEY_REUSED');
    return { command: await replay(ports, instance, earlier.commandId), replayed: true };
  }

  const command = newCommand(instance, {
    ...{ id: newSortableId('cmd', nowMs), operation: name, input: parsed, nowMs, sendAtMs },
    requestId: principal.origin.requestId ?? null,
  });
  const result = await ports.commands.accept({
    command,
    message: messageOfCommand(command),
    idempotency,
    audit,
  });
  if (!result.accepted) {
    if (result.commandId === null) throw new GatewayError('IDEMPOTENCY_KEY_REUSED');
    return { command: await replay(ports, instance, result.commandId), replayed: true };
  }
  if (sendAtMs !== null) return { command, replayed: false };
  try {
    await ports.bells.ring(command.shard, { v: 1, instanceId: instance.id, commandId: command.id });
  } catch (err) {
    ports.log.warn({ err, instanceId: instance.id, commandId: command.id }, 'the bell did not ring');
  }
  return { command, replayed: false };
}

async function replay(ports: Pick<Ports, 'commands'>, instance: Instance, commandId: string): Promise<Command> {
  const command = await ports.commands.get(instance.id, commandId);
  if (!command) throw new GatewayError('IDEMPOTENCY_KEY_REUSED');
  return command;
}

function notConnected(instance: Instance): GatewayError {
  return new GatewayError('INSTANCE_NOT_CONNECTED', undefined, { details: { status: instance.state.status } });
}
