import type { Command } from '../../lib/core/model/command.ts';
import { publicMessageId } from '../../lib/core/model/ids.ts';
import { errorOfCommand } from '../../lib/core/usecases/await-command.ts';

/** A message that was asked for, as every face tells it in its own words. */
export interface SentMessage {
  messageId: string;
  /** JID. */
  to: string;
  /** SENT when WhatsApp has taken it, QUEUED while the caller's wait was shorter than that, UNKNOWN when nobody knows. */
  status: 'SCHEDULED' | 'CANCELLED' | 'SENT' | 'QUEUED' | 'UNKNOWN';
  /** Of what waits for its moment. */
  sendAtMs: number | null;
  timestampMs: number;
  isAutoReply: boolean;
}

const STATUS_OF = {
  scheduled: 'SCHEDULED',
  cancelled: 'CANCELLED',
  queued: 'QUEUED',
  running: 'QUEUED',
  done: 'SENT',
  unknown: 'UNKNOWN',
} as const;

/** @throws GatewayError the command's own error when it failed */
export function sentMessageOf(command: Command): SentMessage {
  if (command.state === 'failed') throw errorOfCommand(command);
  const input = command.input as { to: string; isAutoReply?: boolean };
  const sent = command.output as { timestampMs?: number } | null;
  return {
    messageId: publicMessageId(command.messageId as string),
    to: input.to,
    status: STATUS_OF[command.state],
    sendAtMs: command.state === 'scheduled' ? (command.sendAtMs ?? null) : null,
    timestampMs: sent?.timestampMs ?? command.acceptedAtMs,
    isAutoReply: input.isAutoReply ?? false,
  };
}
