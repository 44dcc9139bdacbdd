import type { Command } from '../model/command.ts';
import type { BulkEntry } from './bulks.ts';
import type { Page } from './messages.ts';

/** A message that waits for its moment: a command in state `scheduled`. */
export type ScheduledCommand = Command & { messageId: string; sendAtMs: number };

/** What is to be released, as the shard's own list has it. */
export interface LaterEntry {
  kind?: undefined;
  tenantId: string;
  instanceId: string;
  shard: number;
  commandId: string;
  messageId: string;
  operation: string;
  /** JID. */
  to: string;
  sendAtMs: number;
  /** How long it may be tried once it is released. */
  deadlineMs: number;
}

/** Rows of what is scheduled; they are written by `CommandStore.accept`. */
export interface ScheduleStore {
  /** Consistent read. */
  get(instanceId: string, messageId: string): Promise<ScheduledCommand | undefined>;
  /** Of an instance, soonest first. @throws GatewayError VALIDATION_ERROR for a cursor of another list */
  list(instanceId: string, limit: number, cursor?: string): Promise<Page<ScheduledCommand>>;
  /** Puts `next` in place of `present`. Conditional on `present` being as it was read; false: it is not. */
  replace(present: ScheduledCommand, next: ScheduledCommand, text: string | null): Promise<boolean>;
  /** Ends it as cancelled. Conditional as `replace`. */
  cancel(present: ScheduledCommand, atMs: number): Promise<boolean>;
  /** The moment of a shard's soonest entry; of what came a moment ago nothing may be known yet. A fraction of a read. */
  nextMs(shard: number): Promise<number | undefined>;
  /** What of a shard is to be sent, or looked at, by then, soonest first. Consistent read. */
  due(shard: number, byMs: number, limit: number): Promise<(LaterEntry | BulkEntry)[]>;
  /**
   * Makes a queued command of it. Conditional on its being scheduled for that moment; false: it was changed, cancelled
   * or released, or went with its instance, and the entry is gone.
   */
  release(entry: LaterEntry, atMs: number): Promise<boolean>;
}
