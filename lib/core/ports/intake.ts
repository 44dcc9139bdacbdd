import type { IntakeReply } from '../catalogue/intake.ts';

/** One delivery of a message on the intake queue. */
export interface IntakeDelivery {
  /** The same at every delivery of one message. */
  messageId: string;
  /** As it came: holds an API key, so it is never logged. */
  body: string;
  receipt: string;
  /** From 1. */
  receiveCount: number;
}

/** A message that ends here, without its API key. */
export interface BuriedMessage {
  messageId: string;
  body: string;
  /** A code of the errors' table. */
  reason: string;
  /** A sentence for people. */
  detail: string;
  /** The first characters of the key, as keys are listed. */
  keyHint: string | undefined;
}

/**
 * The queue where other systems put operations, its dead letters, and the queues that answers go to. The dead letters
 * are written by the reader alone: SQS itself would move messages with the API key in them.
 */
export interface IntakeQueue {
  /** Long-polls up to `waitSeconds`; [] when nothing came or `signal` was aborted. */
  receive(waitSeconds: number, signal?: AbortSignal): Promise<IntakeDelivery[]>;
  /** The message is done with. */
  acknowledge(receipt: string): Promise<void>;
  /** Delivers the message again after `delaySeconds` (0 to 43,200). */
  postpone(receipt: string, delaySeconds: number): Promise<void>;
  bury(message: BuriedMessage): Promise<void>;
  /**
   * The URL of a reply queue by its name or URL: one whose name begins as reply queues do, in the gateway's own account,
   * or one on the operator's list. undefined for any other, and for one that does not exist.
   */
  findReplyQueue(nameOrUrl: string): Promise<string | undefined>;
  reply(queueUrl: string, reply: IntakeReply): Promise<void>;
}
