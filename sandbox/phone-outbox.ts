import { proto } from '../lib/baileys/index.ts';
import { orderedKey, type StateStore } from './state.ts';

/** A message a phone has sent, kept so that it can be sent again to a device that could not read it. */
export interface SentMessage {
  readonly id: string;
  /** The JID it was sent to, as addressed. */
  readonly to: string;
  readonly message: proto.IMessage;
  /** What came back so far, in order: who receipted, and with which type (`delivery`, `read`, …). */
  readonly receipts: Array<{ from: string; type: string }>;
}

interface StoredSent {
  readonly id: string;
  readonly to: string;
  readonly bytes: Buffer;
}

const LIMIT = 1000;

/** The newest messages a phone has sent. Receipts are kept in memory only. */
export class PhoneOutbox {
  readonly #state: StateStore;
  readonly #scope: string;
  #sent: Map<string, SentMessage & { sequence: number }> | undefined;
  #nextSequence = 1;

  constructor(state: StateStore, number: string) {
    this.#state = state;
    this.#scope = `sent:${number}`;
  }

  add(id: string, to: string, message: proto.IMessage): void {
    const sent = this.#loaded();
    const sequence = this.#nextSequence++;
    const stored: StoredSent = { id, to, bytes: Buffer.from(proto.Message.encode(message).finish()) };
    this.#state.put(this.#scope, orderedKey(sequence), stored);
    sent.set(id, { id, to, message, sequence, receipts: [] });
    if (sent.size <= LIMIT) return;
    const oldest = sent.values().next().value;
    if (!oldest) return;
    sent.delete(oldest.id);
    this.#state.delete(this.#scope, orderedKey(oldest.sequence));
  }

  get(id: string): SentMessage | undefined {
    return this.#loaded().get(id);
  }

  #loaded(): Map<string, SentMessage & { sequence: number }> {
    if (this.#sent) return this.#sent;
    this.#sent = new Map();
    for (const [key, { id, to, bytes }] of this.#state.entries<StoredSent>(this.#scope)) {
      this.#nextSequence = Number(key) + 1;
      this.#sent.set(id, { id, to, message: proto.Message.decode(bytes), sequence: Number(key), receipts: [] });
    }
    return this.#sent;
  }
}
