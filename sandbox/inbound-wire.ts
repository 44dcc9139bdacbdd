import type { BinaryNode } from '../lib/baileys/index.ts';
import type { Connection } from './conn.ts';
import { type Faults, REORDER_HOLD_MS } from './faults.ts';

interface Held {
  readonly stanza: BinaryNode;
  readonly timer: NodeJS.Timeout;
}

/** The last stretch from the server to a linked device, where the faults of the wire happen. */
export class InboundWire {
  readonly #faults: Faults;
  readonly #held = new Map<Connection, Held>();
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(faults: Faults) {
    this.#faults = faults;
  }

  /** Sends a stanza to a connected device, or commits the faults in force. What is lost stays in the device's queue. */
  push(number: string, connection: Connection, stanza: BinaryNode): void {
    if (stanza.tag !== 'message') {
      this.#send(number, connection, stanza);
      return;
    }
    if (this.#faults.strikes('dropInbound', number)) return;
    const held = this.#held.get(connection);
    if (held) {
      this.#release(connection, held);
      this.#send(number, connection, stanza);
      this.#send(number, connection, held.stanza);
      return;
    }
    if (this.#faults.strikes('reorder', number)) {
      const timer = this.#later(REORDER_HOLD_MS, () => {
        this.#held.delete(connection);
        this.#send(number, connection, stanza);
      });
      this.#held.set(connection, { stanza, timer });
      return;
    }
    this.#send(number, connection, stanza);
    if (this.#faults.strikes('duplicateInbound', number)) this.#send(number, connection, stanza);
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#held.clear();
  }

  #send(number: string, connection: Connection, stanza: BinaryNode): void {
    const delayMs = this.#faults.delayMs('inboundDelayMs', number);
    if (delayMs > 0) this.#later(delayMs, () => connection.send(stanza));
    else connection.send(stanza);
  }

  #release(connection: Connection, held: Held): void {
    this.#held.delete(connection);
    this.#timers.delete(held.timer);
    clearTimeout(held.timer);
  }

  #later(delayMs: number, action: () => void): NodeJS.Timeout {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, delayMs);
    this.#timers.add(timer);
    return timer;
  }
}
