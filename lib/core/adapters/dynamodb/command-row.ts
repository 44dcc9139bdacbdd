import { type Command, type CommandState, isFinished, type Outcome } from '../../model/command.ts';
import type { PendingCommand } from '../../ports/commands.ts';
import type { Changes } from './expression.ts';
import { KEYS, TTL } from './keys.ts';
import { type Row, ttlAt, withoutNulls } from './rows.ts';

/** How long a finished command can be asked about. */
export const COMMAND_TTL_MS = 7 * 86_400_000;

/** The row of a command. Input, output and error are JSON text: what they hold is not ours, and JSON keeps it exact. */
export function commandToRow(command: Command): Row {
  const { input, output, error, ...fields } = command;
  return {
    ...KEYS.command(command.instanceId, command.id),
    ...withoutNulls(fields),
    ...withoutNulls({ input: toJson(input), output: toJson(output), error: toJson(error) }),
    ...(isFinished(command.state) ? { [TTL]: ttlAt((command.finishedAtMs ?? 0) + COMMAND_TTL_MS) } : {}),
  };
}

/** What the end of a command changes in its row. */
export function finishChanges(outcome: Outcome, finishedAtMs: number): Changes {
  return {
    set: {
      state: outcome.state,
      output: outcome.state === 'done' ? toJson(outcome.output) : null,
      error: outcome.state === 'done' ? null : toJson(outcome.error),
      finishedAtMs,
      [TTL]: ttlAt(finishedAtMs + COMMAND_TTL_MS),
    },
  };
}

/** The command of a row, or undefined when the row lacks what only its acceptance writes. */
export function commandOfRow(row: Row): Command | undefined {
  const fields = row as Partial<Omit<Command, 'input' | 'output' | 'error'>> & Partial<Record<string, unknown>>;
  if (fields.id === undefined || fields.operation === undefined) return undefined;
  return {
    id: fields.id,
    tenantId: fields.tenantId as string,
    instanceId: fields.instanceId as string,
    shard: fields.shard as number,
    operation: fields.operation,
    input: fromJson(fields.input),
    state: fields.state as CommandState,
    messageId: fields.messageId ?? null,
    acceptedAtMs: fields.acceptedAtMs as number,
    notAfterMs: fields.notAfterMs as number,
    sendAtMs: fields.sendAtMs ?? null,
    claimedAtMs: fields.claimedAtMs ?? null,
    finishedAtMs: fields.finishedAtMs ?? null,
    attempt: fields.attempt ?? 0,
    owner: fields.owner ?? null,
    epoch: fields.epoch ?? 0,
    output: fromJson(fields.output),
    error: fromJson(fields.error) as Command['error'],
    requestId: fields.requestId ?? null,
    ...(fields.bulkId && { bulkId: fields.bulkId }),
  };
}

export function pendingToRow(command: Command): Row {
  const { tenantId, instanceId, id: commandId, shard, operation, acceptedAtMs, notAfterMs, bulkId } = command;
  const { to } = (command.messageId === null ? {} : command.input) as { to?: string };
  const pending: PendingCommand = {
    instanceId,
    tenantId,
    commandId,
    operation,
    acceptedAtMs,
    notAfterMs,
    ...(to && { to }),
    ...(bulkId && { bulkId }),
  };
  return pendingRow(shard, pending);
}

export function pendingRow(shard: number, pending: PendingCommand): Row {
  return { ...KEYS.pending(shard, pending.instanceId, pending.commandId), ...pending };
}

export function pendingOfRow(row: Row): PendingCommand {
  const { instanceId, tenantId, commandId, operation, acceptedAtMs, notAfterMs, to, bulkId } =
    row as unknown as PendingCommand;
  const pending = { instanceId, tenantId, commandId, operation, acceptedAtMs, notAfterMs };
  return { ...pending, ...(to && { to }), ...(bulkId && { bulkId }) };
}

function toJson(value: unknown): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value);
}

function fromJson(text: unknown): unknown {
  return typeof text === 'string' ? JSON.parse(text) : null;
}
