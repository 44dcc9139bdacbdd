import type { Command } from '../../lib/core/model/command.ts';
import { publicMessageId } from '../../lib/core/model/ids.ts';
import { errorOfCommand } from '../../lib/core/usecases/await-command.ts';

/** A message that was asked for, as every face tells it in its own words. */
export interface SentMessage {
  messageId: string;
  /** JID. */
  to: string;
  /** SENT when WhatsApp has taken it, QUEUED while the caller's wait was shorter than that, UNKNOWN when nobody knows. */
  status: 'SENT' | 'QUEUED' | 'UNKNOWN';
  timestampMs: number;
  isAutoReply: boolean;
}

/** @throws GatewayError the command's own error when it failed */
export function sentMessageOf(command: Command): SentMessage {
  if (command.state === 'failed') throw errorOfCommand(command);
  const input = command.input as { to: string; isAutoReply?: boolean };
  const sent = command.output as { timestampMs?: number } | null;
  return {
    messageId: publicMessageId(command.messageId as string),
    to: input.to,
    status: command.state === 'done' ? 'SENT' : command.state === 'unknown' ? 'UNKNOWN' : 'QUEUED',
    timestampMs: sent?.timestampMs ?? command.acceptedAtMs,
    isAutoReply: input.isAutoReply ?? false,
  };
}
