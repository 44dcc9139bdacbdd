import type { Environment } from '../lib/core/model/instance.ts';
import type {
  BellQueue,
  BulkStore,
  ChatStore,
  Clock,
  CommandStore,
  EventQueue,
  EventStore,
  InstanceStore,
  MessageStore,
  PeopleStore,
  RunnerStore,
  ScheduleStore,
  ShardOwnership,
  ShardStore,
} from '../lib/core/ports/index.ts';
import type { MediaStore } from '../lib/core/ports/media.ts';
import type { OutboundClient } from '../lib/core/ports/outbound.ts';
import type { KeyWrapper, SessionStore } from '../lib/core/ports/session-store.ts';
import type { Logger } from './log.ts';
import type { RunnerMetrics } from './metrics.ts';
import type { Outbox } from './outbox.ts';
import type { WhatsAppNetwork } from './session/connection.ts';

/** What a runner is given from outside. */
export interface RunnerPorts {
  commands: CommandStore;
  schedule: ScheduleStore;
  bulks: BulkStore;
  bells: BellQueue;
  instances: InstanceStore;
  messages: MessageStore;
  chats: ChatStore;
  people: PeopleStore;
  events: EventStore;
  eventQueue: EventQueue;
  /** Absent when the gateway has no place for files of requests. */
  media: MediaStore | undefined;
  /** Fetches what callers name. */
  outbound: OutboundClient;
  sessions: SessionStore;
  shards: ShardStore;
  runners: RunnerStore;
  keyWrapper: KeyWrapper;
  clock: Clock;
}

/** What the work of a shard stands on. */
export interface ShardDeps extends Omit<RunnerPorts, 'bells' | 'shards' | 'runners' | 'eventQueue'> {
  owner: string;
  logger: Logger;
  outbox: Outbox;
  metrics: RunnerMetrics;
  random(): number;
  network(environment: Environment, proxy: string | null): Promise<WhatsAppNetwork>;
  /** Bound what happens at a time over the whole runner; each resolves to the slot's release. */
  connectSlot(): Promise<() => void>;
  loadSlot(): Promise<() => void>;
  /** How long a session may take to end. */
  endMs: number;
  /** The runner may have been replaced without knowing: nothing may leave. Cheap. */
  isFenced(): boolean;
  /** Reads strongly whether the shard is still this runner's. @throws when the store cannot be read */
  owns(ownership: ShardOwnership): Promise<boolean>;
}

/** What an instance's worker stands on. */
export interface RunnerDeps extends Omit<ShardDeps, 'owns'> {
  /** As `owns`, of the instance's shard. */
  isOwned(): Promise<boolean>;
  /** The worker has nothing left to do: its instance is gone or another runner's. */
  onRemoved(instanceId: string): void;
}
