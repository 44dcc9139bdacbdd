import type { EventBell, EventQueue } from '../lib/core/ports/events.ts';
import type { Logger } from './log.ts';
import { probe } from './probe.ts';

/** How long bells gather: a busy instance rings once for many events. */
const GATHER_MS = 10;
/** Streams that wait at most; beyond it the sweeper finds the rest. */
const MAX_WAITING = 10_000;

/**
 * Rings the events' bell after a commit, outside the path of messages: it never waits and never throws. A bell that
 * could not be sent is forgotten, since the outbox row stays and the sweeper rings again.
 */
export class Outbox {
  readonly #queue: EventQueue;
  readonly #log: Logger;
  readonly #waiting = new Map<string, EventBell>();
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> = Promise.resolve();

  constructor(queue: EventQueue, log: Logger) {
    this.#queue = queue;
    this.#log = log;
  }

  /** Tells that the stream has events up to `bell.seq`. */
  announce(bell: EventBell): void {
    const known = this.#waiting.get(bell.instanceId);
    if (known ? known.seq >= bell.seq : this.#waiting.size >= MAX_WAITING) return;
    this.#waiting.set(bell.instanceId, bell);
    this.#timer ??= setTimeout(() => void this.flush(), GATHER_MS);
  }

  /** Sends what waits. Never throws. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sending = this.#sending.then(() => this.#send());
    return this.#sending;
  }

  async #send(): Promise<void> {
    const bells = [...this.#waiting.values()];
    this.#waiting.clear();
    if (bells.length === 0) return;
    probe.at('announcing');
    try {
      await this.#queue.publish(bells);
    } catch (error) {
      this.#log.warn({ err: error, bells: bells.length }, 'the events were not announced; the sweeper will');
    }
  }
}
