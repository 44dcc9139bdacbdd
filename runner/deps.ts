import type { Environment } from '../lib/core/model/instance.ts';
import type {
  BellQueue,
  ChatStore,
  Clock,
  CommandStore,
  EventQueue,
  EventStore,
  InstanceStore,
  MessageStore,
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
  bells: BellQueue;
  instances: InstanceStore;
  messages: MessageStore;
  chats: ChatStore;
  events: EventStore;
  eventQueue: EventQueue;
  /** Absent when the gateway has no place for files of requests. */
  media: MediaStore | undefined;
  /** Fetches what callers name. */
  outbound: OutboundClient;
  sessions: SessionStore;
  shards: ShardStore;
  keyWrapper: KeyWrapper;
  clock: Clock;
}

/** What an instance's worker stands on. */
export interface RunnerDeps extends Omit<RunnerPorts, 'bells' | 'shards' | 'eventQueue'> {
  owner: string;
  logger: Logger;
  outbox: Outbox;
  metrics: RunnerMetrics;
  random(): number;
  network(environment: Environment, proxy: string | null): Promise<WhatsAppNetwork>;
  connectSlot(): Promise<() => void>;
  /** The worker has nothing left to do: its instance is gone or another runner's. */
  onRemoved(instanceId: string): void;
}
