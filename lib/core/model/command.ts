import type { ErrorCode } from '../errors.ts';

/**
 * A command row. It is the command; the queue message that announces it is only a bell.
 *
 *   queued ──claim(owner, epoch)──► running ──► done | failed | unknown
 *    ▲           ▲                     │
 *    │           └─ a newer epoch claims again what an older owner left (attempt + 1)
 *    └─release(its moment has come)── scheduled ──► cancelled
 */
export const COMMAND_STATES = ['scheduled', 'queued', 'running', 'done', 'failed', 'unknown', 'cancelled'] as const;
export type CommandState = (typeof COMMAND_STATES)[number];

/** How a command ended. `unknown` is honest: WhatsApp may or may not have acted. */
export type Outcome =
  | { state: 'done'; output: unknown }
  | { state: 'failed'; error: CommandError }
  | { state: 'unknown'; error: CommandError };

export interface CommandError {
  code: ErrorCode;
  message: string;
  details?: unknown;
}

export interface Command {
  id: string;
  tenantId: string;
  instanceId: string;
  shard: number;
  /** Name in the operation catalogue. */
  operation: string;
  /** Parsed by the catalogue's input schema when accepted, and again when claimed. */
  input: unknown;
  state: CommandState;
  /** WhatsApp id of the message that this command sends, where it sends one. */
  messageId: string | null;
  /** ms since epoch; of a scheduled one that was released, the moment of that. */
  acceptedAtMs: number;
  /** Not run after this moment (ms since epoch): ends as failed with COMMAND_TIMEOUT. */
  notAfterMs: number;
  /** When it is to be released (ms since epoch), of what was scheduled; absent or null: it was not. */
  sendAtMs?: number | null;
  claimedAtMs: number | null;
  finishedAtMs: number | null;
  attempt: number;
  owner: string | null;
  epoch: number;
  output: unknown;
  error: CommandError | null;
  /** Of the request that it was accepted from, for the logs of both sides. */
  requestId: string | null;
  /** Of one message of a bulk: which. */
  bulkId?: string;
}

/** True when the row will not change any more. */
export function isFinished(state: CommandState): boolean {
  return state === 'done' || state === 'failed' || state === 'unknown' || state === 'cancelled';
}
