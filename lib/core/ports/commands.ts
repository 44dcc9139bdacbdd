import type { AuditEntry } from '../model/audit.ts';
import type { Command } from '../model/command.ts';
import type { Message } from '../model/message.ts';

/** The doorbell: says that an instance has work, carries nothing else. May be lost or doubled. */
export interface Bell {
  v: 1;
  instanceId: string;
  commandId: string;
}

export interface AcceptedCommand {
  command: Command;
  /** Present for operations that send a message. */
  message: Message | null;
  /** Present when the caller gave an Idempotency-Key. */
  idempotency: { key: string; fingerprint: string } | null;
  /** Present for what is recorded; written in the same transaction. */
  audit?: AuditEntry | null;
}

export type AcceptResult =
  | { accepted: true }
  /** The same Idempotency-Key and request were accepted before, as this command. */
  | { accepted: false; commandId: string }
  /** The key was used for another request. */
  | { accepted: false; commandId: null };

/** A pending entry: what is queued or running, per shard, in the order of acceptance within an instance. */
export interface PendingCommand {
  instanceId: string;
  tenantId: string;
  commandId: string;
  operation: string;
  acceptedAtMs: number;
  notAfterMs: number;
  /** Of what sends a message: to whom, as a JID. */
  to?: string;
  /** Of a bulk: which. */
  bulkId?: string;
}

export interface CommandStore {
  /**
   * Idempotency row, command row, pending entry (of a scheduled one: the entries of its moment) and message row in one
   * transaction, or nothing.
   */
  accept(accepted: AcceptedCommand): Promise<AcceptResult>;
  /** What an Idempotency-Key of the last 24 h was accepted as. Consistent read. */
  findByIdempotencyKey(
    tenantId: string,
    key: string,
  ): Promise<{ instanceId: string; commandId: string; fingerprint: string } | undefined>;
  /** Consistent read. */
  get(instanceId: string, commandId: string): Promise<Command | undefined>;
  /** Those that are there, by id; what was written a moment ago may be missing. A request for a hundred. */
  getMany(places: readonly Pick<PendingCommand, 'instanceId' | 'commandId'>[]): Promise<Map<string, Command>>;
  /** Consistent; of one instance, or of the whole shard. */
  listPending(shard: number, instanceId?: string): Promise<PendingCommand[]>;
  /** Of the whole shard, what was accepted by then; one that ended a moment ago may still be among them. */
  listLate(shard: number, byMs: number): Promise<PendingCommand[]>;
  /** Ends a command that nobody has taken yet as cancelled. Conditional on `state = queued`. */
  withdraw(command: Pick<Command, 'instanceId' | 'shard' | 'id' | 'messageId'>, atMs: number): Promise<boolean>;
  /**
   * Removes a command that nobody has ever taken, with its message: it can be accepted anew under the same ids.
   * Conditional on `state = queued` and `attempt = 0`.
   */
  takeBack(command: Pick<Command, 'instanceId' | 'shard' | 'id' | 'messageId'>): Promise<boolean>;
  /**
   * Takes a command to run it. Conditional on `state = queued`, or `state = running` under an older epoch.
   * Mutates state, owner, epoch, attempt. Returns the row as claimed, or undefined when it is finished or held.
   * `again`: an earlier claim under this epoch got no answer, so a row that it holds is returned as well.
   */
  claim(
    instanceId: string,
    commandId: string,
    owner: string,
    epoch: number,
    nowMs: number,
    again?: boolean,
  ): Promise<Command | undefined>;
  /**
   * As `claim`, several of an instance or none: a read and a transaction, however many there are. Returns them in the
   * order asked, or undefined when one of them is finished, held, gone, or has just been taken.
   */
  claimAll(
    instanceId: string,
    commandIds: readonly string[],
    owner: string,
    epoch: number,
    nowMs: number,
  ): Promise<Command[] | undefined>;
}

/** Tells, within one process, that commands have ended. */
export interface CommandEnds {
  watch(commandId: string): CommandWatch;
}

/** From when it was made on; `stop` frees it. */
export interface CommandWatch {
  /** Resolves when the command ends (once for each end), or after `waitMs`: its row says which. */
  ended(waitMs: number): Promise<void>;
  stop(): void;
}

/** One queue per shard. */
export interface BellQueue {
  ring(shard: number, bell: Bell): Promise<void>;
  /** Long-polls up to `waitSeconds`; answers [] when nothing came or `signal` was aborted. Malformed bells are dropped. */
  receive(shard: number, waitSeconds: number, signal?: AbortSignal): Promise<ReceivedBell[]>;
  acknowledge(shard: number, receipts: readonly string[]): Promise<void>;
}

export interface ReceivedBell {
  bell: Bell;
  receipt: string;
}
