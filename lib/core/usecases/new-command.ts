import { OPERATIONS, type OperationName } from '../catalogue/operations.ts';
import type { Command } from '../model/command.ts';
import { whatsappMessageId } from '../model/ids.ts';
import type { Instance } from '../model/instance.ts';
import { type Message, sentParts, sentText, sentType } from '../model/message.ts';
import { isLidJid, phoneOfJid } from '../model/phone.ts';

export interface NewCommand {
  id: string;
  operation: OperationName;
  /** Parsed. */
  input: unknown;
  nowMs: number;
  /** null: at once. */
  sendAtMs: number | null;
  requestId: string | null;
  bulkId?: string;
}

/** A command as it is accepted. What it sends has its id from here on. */
export function newCommand(
  { tenantId, id: instanceId, shard }: Pick<Instance, 'tenantId' | 'id' | 'shard'>,
  { id, operation, input, nowMs, sendAtMs, requestId, bulkId }: NewCommand,
): Command {
  const { sendsMessage, deadlineMs } = OPERATIONS[operation];
  return {
    ...{ id, tenantId, instanceId, shard, operation, input },
    state: sendAtMs === null ? 'queued' : 'scheduled',
    messageId: sendsMessage ? (chosenId(input) ?? whatsappMessageId(tenantId, instanceId, id)) : null,
    acceptedAtMs: nowMs,
    notAfterMs: (sendAtMs ?? nowMs) + deadlineMs,
    sendAtMs,
    ...{ claimedAtMs: null, finishedAtMs: null, attempt: 0, owner: null, epoch: 0 },
    ...{ output: null, error: null, requestId },
    ...(bulkId !== undefined && { bulkId }),
  };
}

/** The id that a caller asked for before, of operations that take one. */
function chosenId(input: unknown): string | undefined {
  return (input as { statusId?: string }).statusId;
}

/** The message of a command that sends one. Every operation that sends names its recipient `to`. */
export function messageOfCommand(command: Command): Message | null {
  const { messageId, input } = command;
  if (messageId === null) return null;
  const fields = input as { to: string; isAutoReply?: boolean };
  const parts = sentParts(input);
  return {
    instanceId: command.instanceId,
    id: messageId,
    direction: 'sent',
    chat: fields.to,
    address: null,
    party: {
      phone: phoneOfJid(fields.to) ?? null,
      lid: isLidJid(fields.to) ? (fields.to.split('@')[0] as string) : null,
    },
    authorName: null,
    type: sentType(command.operation),
    text: sentText(input),
    ...(parts && { parts }),
    edit: null,
    isAutoReply: fields.isAutoReply ?? false,
    commandId: command.id,
    timestampMs: command.acceptedAtMs,
    sendAtMs: command.sendAtMs ?? null,
    sentAtMs: null,
    deliveredAtMs: null,
    readAtMs: null,
    failedAtMs: null,
    unknownAtMs: null,
    revokedAtMs: null,
    error: null,
  };
}
