/** A queue with dead letters. */
export interface DeadLetterQueue {
  /** The queue's name without the gateway's prefix: `intake`. */
  queue: string;
  /** As far as SQS knows. */
  count: number;
}

export interface DeadLetter {
  messageId: string;
  /** ISO 8601; when it became a dead letter. */
  sentAt: string;
  /** Why, where that was written down. */
  reason: string | null;
  detail: string | null;
  keyHint: string | null;
  bytes: number;
}

/** The dead letters of all queues of the gateway. */
export interface DeadLetterStore {
  queues(): Promise<DeadLetterQueue[]>;
  /** Up to `limit`; undefined when the queue has none, or is none. Looking hides them from others for a few seconds. */
  list(queue: string, limit: number): Promise<DeadLetter[] | undefined>;
  /**
   * Puts back what is there now, up to `limit`: each is sent before it is deleted, so a crash in between doubles one.
   * Returns how many; undefined when there is no such queue.
   */
  redrive(queue: string, limit: number): Promise<number | undefined>;
}
