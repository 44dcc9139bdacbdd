import type { InstanceEvent } from '../catalogue/events.ts';
import type { Chat, Label, LabelAssociation } from '../model/chat.ts';
import type { Outcome } from '../model/command.ts';
import type { InstanceState } from '../model/instance.ts';
import type { Contact, Message, Reaction } from '../model/message.ts';
import type { LidPair, SeenPresence } from '../model/person.ts';

/** Who may write for an instance: raised each time a new owner loads it. */
export interface Fence {
  instanceId: string;
  tenantId: string;
  owner: string;
  epoch: number;
}

/** Moments that are set once and never moved (a second receipt does not change the first one's time). */
export type MessageMoments = Partial<
  Pick<Message, 'sentAtMs' | 'deliveredAtMs' | 'readAtMs' | 'failedAtMs' | 'unknownAtMs' | 'revokedAtMs'>
>;

export type MessageFields = Partial<Omit<Message, 'instanceId' | 'id' | 'reactions' | keyof MessageMoments>> & {
  /** `reactionField`; null: taken away. */
  [reaction: `reaction:${string}`]: Reaction | null;
};

export type ChatFields = { [K in keyof Omit<Chat, 'instanceId' | 'id' | 'labels'>]?: Chat[K] | null };
export type ContactFields = Partial<Omit<Contact, 'instanceId' | 'id'>>;

/**
 * One write of a session. All are blind upserts, so they commute with redelivery, and two writes of the same row in one
 * group merge into one (`mergeSessionWrites`).
 */
export type SessionWrite =
  /** Credentials, Signal keys, inbound buffer: `<type>|<id>`, already encrypted; null deletes. */
  | { kind: 'key'; key: string; value: Uint8Array | null }
  /** `set` overwrites, `once` keeps what is there. A receipt may come before its message: the row is then partial and
   *  invisible until the message itself is set (`timestampMs` present). */
  | {
      kind: 'message';
      id: string;
      /** Rows of received messages are told apart by chat and author too: ids are chosen by senders. */
      scope: string;
      set?: MessageFields;
      once?: MessageMoments;
      /** What the row shows until the message itself is set, which may have been before. */
      placeholder?: MessageFields;
    }
  /** The protobuf of a sent message, for retry receipts (kept 14 days), encrypted. */
  | { kind: 'sentProto'; id: string; value: Uint8Array; ttlSeconds: number }
  /** `set` overwrites, null removes; without `lastMessageAtMs` the chat leaves the list. `unread` is added to the count.
   *  `labels`: put on (true) or taken off. */
  | {
      kind: 'chat';
      id: string;
      set: ChatFields;
      unread?: number;
      labels?: Record<string, boolean>;
    }
  /** `once` keeps what is there. */
  | { kind: 'contact'; id: string; set: ContactFields; once?: ContactFields }
  /** A person's two names. */
  | { kind: 'pair'; pair: LidPair }
  /** Deletes a row whose content has gone over into another. */
  | { kind: 'merged'; row: 'contact' | 'chat'; id: string }
  | { kind: 'label'; label: Label }
  | { kind: 'labelled'; association: LabelAssociation; on: boolean }
  /** Kept for a day. */
  | { kind: 'presence'; seen: SeenPresence }
  | { kind: 'state'; set: Partial<InstanceState> }
  /** Ends a command: result on its row, pending entry deleted. */
  | { kind: 'finish'; commandId: string; shard: number; outcome: Outcome; finishedAtMs: number }
  /** Something to tell, numbered by the commit. `once`: what happened, where it might be told twice (a receipt that
   *  came again); it is then counted and told once. */
  | { kind: 'event'; event: InstanceEvent; once?: string };

/** Where the events of a commit belong. */
export interface EventPlace {
  /** Of the instance: its runner repeats what was not heard. */
  shard: number;
  /** Number of the last event of the instance that is stored; the commit's own follow it. */
  lastSeq: number;
}

/** Thrown by a commit whose fence is not the present one: another owner has the instance. Never retried. */
export class FencedError extends Error {
  constructor(instanceId: string) {
    super(`The fence of ${instanceId} belongs to another owner.`);
    this.name = 'FencedError';
  }
}

export interface StoredKey {
  key: string;
  value: Uint8Array;
}

/**
 * The runner's store of sessions. Only the runner's role can reach the table behind it.
 */
export interface SessionStore {
  /**
   * Makes `owner` the only writer of the instance. Mutates the FENCE item: epoch + 1. Conditional on nobody having
   * taken it under a later epoch of the shard than `shardEpoch`, so an owner that has lost the shard never takes the
   * instance back. Returns the new fence, the wrapped data key, if there is one yet, and the number of the instance's
   * last event (0: none). @throws FencedError
   */
  takeFence(
    tenantId: string,
    instanceId: string,
    owner: string,
    /** As the owner claimed the shard; 0, the default, gives way to every owner of a shard. */
    shardEpoch?: number,
  ): Promise<{ fence: Fence; wrappedDataKey: Uint8Array | null; lastSeq: number }>;

  /** Stores the wrapped data key of the instance. Conditional on the fence and on there being none. @throws FencedError */
  putDataKey(fence: Fence, wrapped: Uint8Array): Promise<void>;

  /** Every key row of the instance, by consistent pages. */
  loadKeys(instanceId: string): Promise<StoredKey[]>;

  /** The stored protobuf of a sent message, or undefined. */
  loadSentProto(instanceId: string, messageId: string): Promise<Uint8Array | undefined>;

  /**
   * Writes the group in one transaction. Conditional on the fence (owner and epoch). At most `MAX_GROUP_WRITES` after
   * merging. Retries throttling and transaction conflicts by itself. Events among them are numbered in their order from
   * `place.lastSeq + 1`; the last number is stored with the fence, an outbox entry with the last one. Returns its
   * number then, `place.lastSeq` when there was none.
   * @throws FencedError when the fence has moved; any other error means "not known to be written"
   */
  commit(fence: Fence, writes: readonly SessionWrite[], place?: EventPlace): Promise<number>;

  /**
   * Deletes every row of the instance in every partition, the fence last; only the command row of its removal stays
   * until its ttl, since a caller waits for that answer. Conditional on the fence. @throws FencedError
   */
  purge(fence: Fence): Promise<void>;
}

/** A transaction takes 100 items; one is the fence check, and a `finish` or an `event` takes two. */
export const MAX_GROUP_WRITES = 48;

/** Wraps and unwraps data keys: KMS on AWS, a key file locally. */
export interface KeyWrapper {
  /** A new 256-bit data key. `context` is bound to it (AAD / KMS encryption context). */
  generate(context: { tenantId: string; instanceId: string }): Promise<{ plain: Uint8Array; wrapped: Uint8Array }>;
  unwrap(wrapped: Uint8Array, context: { tenantId: string; instanceId: string }): Promise<Uint8Array>;
}
