import { FencedError } from '../../lib/core/ports/session-store.ts';
import { probe } from '../probe.ts';
import type { Vault } from './vault.ts';

/** The part of a `ws` socket that the gate takes over. */
export interface RawSocket {
  send(data: Uint8Array | string, callback?: (error?: Error) => void): void;
  close(code?: number, reason?: string): void;
  terminate(): void;
}

export interface GateStats {
  frames: number;
  /** Frames that had to wait for a commit. */
  held: number;
  maxQueued: number;
}

interface Frame {
  data: Uint8Array | string;
  /** Called when the frame has left; null once it was called (pipe). */
  callback: ((error?: Error) => void) | null;
  /** The callback is to be called in the next turn. */
  early: boolean;
  /** Everything up to here must be committed first; set at the end of the turn of the event loop. */
  sequence: number;
}

/** Above these a sender waits until its frame has left. */
const MAX_QUEUED_FRAMES = 256;
const MAX_QUEUED_BYTES = 4 * 1024 * 1024;

/** The other side answers a close within this, or it has fallen silent: `ws` would wait for half a minute. */
const MAX_CLOSING_MS = 3_000;

/** So many callbacks a turn come at once: more would keep the event loop from all other sessions. */
const MAX_FRAMES_PER_TURN = 8;

const noop = (): void => {};

/**
 * Stands between Baileys and its socket: frames leave in order, each only after everything that was put until the end
 * of the turn it was sent in is committed. That covers messages, receipts, acks and pre-key uploads alike.
 *
 *   Baileys ──send──► queue ──(commit)──► wire        callback at once, below the cap
 *                       └──(commit failed)──► socket terminated, nothing leaves
 *
 * The callback comes before the frame has left ("pipe"), so that many sends share a commit, and the rows of a received
 * message join the commit of its session while its receipt waits. A send that has resolved is therefore not yet
 * durable: only the server's ack says SENT. Frames carry the noise counters, hence never change places.
 */
export class Gate {
  readonly stats: GateStats = { frames: 0, held: 0, maxQueued: 0 };
  readonly #vault: Vault;
  readonly #raw: RawSocket;
  readonly #send: RawSocket['send'];
  readonly #queue: Frame[] = [];
  readonly #idle: (() => void)[] = [];
  readonly #unlisten: () => void;
  /** Frames at the end of the queue that have no sequence yet. */
  #unmarked = 0;
  #markScheduled = false;
  #framesOfTurn = 0;
  #queuedBytes = 0;
  #pumping = false;
  #broken: Error | null = null;

  constructor(vault: Vault, raw: RawSocket) {
    this.#vault = vault;
    this.#raw = raw;
    this.#send = raw.send.bind(raw);
    const close = raw.close.bind(raw);
    raw.send = (data, callback) => this.#accept(data, callback ?? null);
    const end: RawSocket['close'] = (code, reason) => {
      close(code, reason);
      setTimeout(() => raw.terminate(), MAX_CLOSING_MS).unref();
    };
    // A logout sends and closes in one breath: what was accepted has to leave before.
    raw.close = (code, reason) => {
      if (this.#queue.length === 0 || this.#broken) end(code, reason);
      else void this.drained().then(() => end(code, reason));
    };
    this.#unlisten = vault.onDeath((error) => this.#break(error));
  }

  /** Settles when every accepted frame has left, or will never. */
  drained(): Promise<void> {
    if (this.#queue.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle.push(resolve);
    });
  }

  /** The socket is closed: what is still queued is dropped. */
  release(): void {
    this.#unlisten();
    this.#drop(new Error('The socket is closed.'));
  }

  #accept(data: Uint8Array | string, callback: Frame['callback']): void {
    this.stats.frames++;
    if (this.#broken) {
      if (callback) queueMicrotask(() => callback(this.#broken!));
      return;
    }
    this.#checkFence();
    if (this.#vault.dead) {
      this.#break(this.#vault.dead);
      if (callback) queueMicrotask(() => callback(this.#vault.dead!));
      return;
    }
    if (this.#queue.length === 0 && this.#vault.settled(this.#vault.sequence) === null) {
      this.#send(data, callback ?? noop);
      return;
    }
    this.#hold(data, callback);
  }

  /** A process that was frozen may find its session in other hands: it sends nothing before it knows. */
  #checkFence(): void {
    if (this.#vault.isFenced()) this.#vault.abandon(new FencedError(this.#vault.instanceId));
  }

  #hold(data: Uint8Array | string, callback: Frame['callback']): void {
    const frame: Frame = { data, callback, early: false, sequence: Number.POSITIVE_INFINITY };
    if (callback && this.#queue.length < MAX_QUEUED_FRAMES && this.#queuedBytes < MAX_QUEUED_BYTES) {
      if (this.#framesOfTurn < MAX_FRAMES_PER_TURN) callEarly(frame);
      else frame.early = true;
    }
    this.#queue.push(frame);
    this.#queuedBytes += data.length;
    this.#framesOfTurn++;
    this.#unmarked++;
    this.stats.held++;
    this.stats.maxQueued = Math.max(this.stats.maxQueued, this.#queue.length);
    this.#scheduleMark();
  }

  #scheduleMark(): void {
    if (this.#markScheduled) return;
    this.#markScheduled = true;
    setImmediate(() => this.#mark());
  }

  /**
   * Ends a turn. Rows that belong to a frame's message may be put after the frame was sent, in the turn in which its
   * callback was called: they count until that turn ends.
   */
  #mark(): void {
    this.#markScheduled = false;
    this.#framesOfTurn = 0;
    const fresh = this.#queue.slice(this.#queue.length - this.#unmarked);
    const firstEarly = fresh.findIndex((frame) => frame.early);
    const called = firstEarly < 0 ? fresh.length : firstEarly;
    for (const frame of fresh.slice(0, called)) frame.sequence = this.#vault.sequence;
    for (const frame of fresh.slice(called)) if (frame.early) callEarly(frame);
    this.#unmarked = fresh.length - called;
    if (this.#unmarked > 0) this.#scheduleMark();
    if (!this.#pumping) void this.#pump();
  }

  async #pump(): Promise<void> {
    this.#pumping = true;
    try {
      for (let frame = this.#queue[0]; frame && frame.sequence !== Number.POSITIVE_INFINITY; frame = this.#queue[0]) {
        const settled = this.#vault.settled(frame.sequence);
        if (settled) await settled;
        if (this.#queue[0] !== frame) continue;
        this.#checkFence();
        if (this.#broken) break;
        this.#queue.shift();
        this.#queuedBytes -= frame.data.length;
        probe.at('frame-committed');
        this.#send(frame.data, frame.callback ?? noop);
        probe.at('frame-sent');
      }
    } catch (error) {
      this.#break(error instanceof Error ? error : new Error('The gate failed.', { cause: error }));
    }
    this.#pumping = false;
    if (this.#queue.length === 0) this.#resolveIdle();
  }

  #break(error: Error): void {
    if (this.#broken) return;
    this.#drop(error);
    this.#raw.terminate();
  }

  #drop(error: Error): void {
    this.#broken ??= error;
    this.#queuedBytes = 0;
    this.#unmarked = 0;
    for (const frame of this.#queue.splice(0)) frame.callback?.(error);
    this.#resolveIdle();
  }

  #resolveIdle(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}

function callEarly(frame: Frame): void {
  const { callback } = frame;
  frame.callback = null;
  frame.early = false;
  if (callback) queueMicrotask(callback);
}
