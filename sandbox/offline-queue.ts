import type { BinaryNode } from '../lib/baileys/index.ts';
import { orderedKey, type StateStore } from './state.ts';

/** A stanza that waits until its device acknowledges it. */
export interface QueuedStanza {
  readonly sequence: number;
  readonly stanza: BinaryNode;
}

/** The stanzas a device has not acknowledged yet, in order; they are delivered again at its next login. */
export class OfflineQueue {
  readonly #state: StateStore;
  readonly #scope: string;
  readonly #limit: number;
  #items: Map<number, QueuedStanza> | undefined;
  #byId = new Map<string, Set<number>>();
  #nextSequence = 1;

  /**
   * @param scope the queue's scope in the store
   * @param limit the number of stanzas above which the oldest is dropped
   */
  constructor(state: StateStore, scope: string, limit: number) {
    this.#state = state;
    this.#scope = scope;
    this.#limit = limit;
  }

  get size(): number {
    return this.#loaded().size;
  }

  add(stanza: BinaryNode): QueuedStanza {
    const items = this.#loaded();
    const item = { sequence: this.#nextSequence++, stanza };
    this.#index(item);
    this.#state.put(this.#scope, orderedKey(item.sequence), stanza);
    if (items.size > this.#limit) this.remove(items.keys().next().value as number);
    return item;
  }

  remove(sequence: number): void {
    const item = this.#loaded().get(sequence);
    if (!item) return;
    this.#items?.delete(sequence);
    const key = indexKey(item.stanza.tag, item.stanza.attrs.id);
    const sequences = this.#byId.get(key);
    sequences?.delete(sequence);
    if (sequences?.size === 0) this.#byId.delete(key);
    this.#state.delete(this.#scope, orderedKey(sequence));
  }

  /**
   * Removes what a device acknowledged. Receipts of one message share its id, so type and participant narrow it down.
   * @returns false when nothing like it was waiting
   */
  acknowledge(tag: string, attrs: Readonly<Record<string, string | undefined>>): boolean {
    this.#loaded();
    const candidates = [...(this.#byId.get(indexKey(tag, attrs.id)) ?? [])];
    const exact = candidates.find((sequence) => {
      const waiting = this.#items?.get(sequence)?.stanza.attrs;
      return tag !== 'receipt' || (waiting?.type === attrs.type && waiting?.participant === attrs.participant);
    });
    const sequence = exact ?? candidates[0];
    if (sequence === undefined) return false;
    this.remove(sequence);
    return true;
  }

  items(): QueuedStanza[] {
    return [...this.#loaded().values()];
  }

  clear(): void {
    this.#items = new Map();
    this.#byId.clear();
    this.#state.clear(this.#scope);
  }

  #loaded(): Map<number, QueuedStanza> {
    if (this.#items) return this.#items;
    this.#items = new Map();
    for (const [key, stanza] of this.#state.entries<BinaryNode>(this.#scope)) {
      this.#index({ sequence: Number(key), stanza });
      this.#nextSequence = Number(key) + 1;
    }
    return this.#items;
  }

  #index(item: QueuedStanza): void {
    this.#items?.set(item.sequence, item);
    const key = indexKey(item.stanza.tag, item.stanza.attrs.id);
    const sequences = this.#byId.get(key) ?? new Set<number>();
    sequences.add(item.sequence);
    this.#byId.set(key, sequences);
  }
}

const indexKey = (tag: string, id: string | undefined): string => `${tag}:${id ?? ''}`;
