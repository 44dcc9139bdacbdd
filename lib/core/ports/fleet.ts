import type { AuditEntry } from '../model/audit.ts';
import type { PendingCommand } from './commands.ts';

/** Whatever starts and ends runners: ECS, or the parent of local processes. */
export interface FleetScaler {
  /** `desired`: how many there are to be. `running`: how many there are. */
  describe(): Promise<{ desired: number; running: number }>;
  setDesired(count: number): Promise<void>;
  /** Begins to replace every runner by a new one, a few at a time. */
  restart(): Promise<void>;
}

/** What an administrator may have done to all runners. */
export type FleetControl = Pick<FleetScaler, 'setDesired' | 'restart'>;

/** What somebody wants of the runners, for whoever may do it. */
export interface FleetHold {
  /** Whether they were stopped on purpose: nobody then starts them again. */
  isHeld(): Promise<boolean>;
  setHeld(held: boolean, audit: AuditEntry): Promise<void>;
  /** Whether each is to be replaced by a new one. */
  isRestartWished(): Promise<boolean>;
  setRestartWished(wished: boolean): Promise<void>;
}

/** Rows past their ttl, where the database leaves them. */
export interface ExpiredRows {
  /** Deletes them, except those that were renewed meanwhile. Returns how many went. */
  sweep(): Promise<number>;
}

/** What is left of instances and commands that are gone. Each deletes only what it finds to be so in one transaction. */
export interface LeftoverStore {
  /** Deletes a pending entry whose command has ended or is gone. Returns false when it has not. */
  clearPending(shard: number, entry: PendingCommand): Promise<boolean>;
  /** Ends a command whose instance is gone, as failed. Returns false when either is not so. */
  endOrphan(shard: number, entry: PendingCommand, atMs: number): Promise<boolean>;
  /** Deletes the entry on its shard of an instance that is gone. Returns false when it is there. */
  clearResident(shard: number, tenantId: string, instanceId: string): Promise<boolean>;
}
