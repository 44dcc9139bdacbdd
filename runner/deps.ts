import type { Environment } from '../lib/core/model/instance.ts';
import type {
  BellQueue,
  Clock,
  CommandStore,
  InstanceStore,
  MessageStore,
  ShardStore,
} from '../lib/core/ports/index.ts';
import type { KeyWrapper, SessionStore } from '../lib/core/ports/session-store.ts';
import type { Logger } from './log.ts';
import type { WhatsAppNetwork } from './session/connection.ts';

/** What a runner is given from outside. */
export interface RunnerPorts {
  commands: CommandStore;
  bells: BellQueue;
  instances: InstanceStore;
  messages: MessageStore;
  sessions: SessionStore;
  shards: ShardStore;
  keyWrapper: KeyWrapper;
  clock: Clock;
}

/** What an instance's worker stands on. */
export interface RunnerDeps extends Omit<RunnerPorts, 'bells' | 'shards'> {
  owner: string;
  logger: Logger;
  random(): number;
  network(environment: Environment): Promise<WhatsAppNetwork>;
  connectSlot(): Promise<() => void>;
  /** The worker has nothing left to do: its instance is gone or another runner's. */
  onRemoved(instanceId: string): void;
}
