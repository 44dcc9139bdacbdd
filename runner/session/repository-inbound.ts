import type { BinaryNode } from '../../lib/baileys/index.ts';
import type { VaultData } from './vault-codec.ts';

/** What the buffer needs of its vault. */
export interface InboundStore {
  get(type: 'inbuf', ids: readonly string[]): { [id: string]: Uint8Array };
  ids(type: 'inbuf'): string[];
  put(data: VaultData): void;
}

/** Names a received message as the application sees it. */
export interface InboundKey {
  id?: string | null;
  remoteJid?: string | null;
  participant?: string | null;
}

export interface InboundMessage {
  id: string;
  /** Attributes of the stanza. */
  from: string;
  participant: string;
}

interface Row extends InboundMessage {
  hash: string;
  storedAtMs: number;
  handledAtMs: number;
  /** The socket it came through: only rows of earlier ones are replayed. */
  generation: number;
}

/**
 * A connection of which nothing is heard is found dead within 40 s: what still lives this much later has carried the
 * receipt of a message to WhatsApp's server, which then never delivers it again.
 */
const RETENTION_MS = 60_000;
/** An unhandled row that no replay could bring through is given up. */
const GIVE_UP_MS = 7 * 24 * 3_600_000;
const MAX_HANDLED_ROWS = 4096;
/** A transaction takes 4 MB: beyond these a message is kept without its stanza, or not at all. */
const MAX_REPLAYABLE_BYTES = 1_000_000;
const MAX_KEPT_BYTES = 2_000_000;

/**
 * Decrypted messages, from the commit that stores their session until well after the application has them.
 *
 *   decrypted ──► row {plaintext, stanza} ──handled──► row {plaintext} ──retention──► gone
 *                   │                                    │
 *                   └ replayed by the next socket        └ answers a redelivery, which can be decrypted only once
 *
 * Retention is time on one connection that has brought all it missed: while there is none, however long, nothing goes.
 */
export class InboundBuffer {
  readonly #store: InboundStore;
  readonly #byId = new Map<string, Row[]>();
  #handledRows = 0;
  #generation = 0;
  /** Since when the present socket has brought what came while there was none; null: there is none, or it has not. */
  #currentSinceMs: number | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(store: InboundStore) {
    this.#store = store;
  }

  /** Indexes the stored rows and deletes those past their time. */
  load(): void {
    for (const hash of this.#store.ids('inbuf')) {
      const bytes = this.#store.get('inbuf', [hash])[hash];
      if (bytes) this.#index({ ...unpackRow(bytes).meta, hash, generation: 0 });
    }
    this.sweep(Date.now());
  }

  /** A new socket: rows from before it are its to replay. Returns its generation. */
  nextGeneration(): number {
    this.#generation++;
    this.#currentSinceMs = null;
    return this.#generation;
  }

  /** The socket of this generation has brought what was waiting for it. */
  caughtUp(generation: number, nowMs: number = Date.now()): void {
    if (generation === this.#generation) this.#currentSinceMs ??= nowMs;
  }

  /** The socket of this generation is closed: receipts of the last messages may not have arrived. */
  lost(generation: number): void {
    if (generation === this.#generation) this.#currentSinceMs = null;
  }

  /** The plaintext of a ciphertext that was decrypted before. */
  plaintext(hash: string): Uint8Array | undefined {
    const bytes = this.#store.get('inbuf', [hash])[hash];
    return bytes && unpackRow(bytes).plaintext;
  }

  /**
   * A decrypted ciphertext. `put` is the open group of its session, so both are stored or neither.
   * `stanza` (encoded) is what a replay starts from.
   */
  record(
    hash: string,
    message: InboundMessage,
    plaintext: Uint8Array,
    stanza: Uint8Array,
    put: InboundStore['put'],
  ): void {
    const bytes = plaintext.length + stanza.length;
    if (plaintext.length > MAX_KEPT_BYTES) return;
    const row: Row = { ...message, hash, storedAtMs: Date.now(), handledAtMs: 0, generation: this.#generation };
    put({ inbuf: { [hash]: packRow(row, plaintext, bytes > MAX_REPLAYABLE_BYTES ? new Uint8Array() : stanza) } });
    this.#index(row);
    this.#startTimer();
  }

  /**
   * The application has put its own rows for the message: the buffer rows lose their stanza and live on for the
   * retention time. Message ids are chosen by senders, so of several with one id only the author's are marked.
   * @throws Error when the vault is dead
   */
  handled(key: InboundKey, nowMs: number = Date.now()): void {
    for (const row of this.#matching(key)) {
      if (row.handledAtMs > 0) continue;
      const bytes = this.#store.get('inbuf', [row.hash])[row.hash];
      if (!bytes) continue;
      row.handledAtMs = nowMs;
      this.#handledRows++;
      this.#store.put({ inbuf: { [row.hash]: packRow(row, unpackRow(bytes).plaintext, new Uint8Array()) } });
    }
    if (this.#handledRows > MAX_HANDLED_ROWS) this.sweep(nowMs);
  }

  /** The application had the message before, in this process or an earlier one; as long as its rows are kept. */
  wasHandled(key: InboundKey): boolean {
    return this.#matching(key).some((row) => row.handledAtMs > 0);
  }

  /** Encoded stanzas of the rows from before `generation` that nobody has handled, oldest first, each stanza once. */
  unhandled(generation: number): Uint8Array[] {
    const rows = [...this.#byId.values()]
      .flat()
      .filter((row) => row.handledAtMs === 0 && row.generation < generation)
      .sort((a, b) => a.storedAtMs - b.storedAtMs);
    const stanzas = new Map<string, Uint8Array>();
    for (const row of rows) {
      const name = `${row.from}|${row.participant}|${row.id}`;
      const bytes = this.#store.get('inbuf', [row.hash])[row.hash];
      if (bytes && !stanzas.has(name)) stanzas.set(name, unpackRow(bytes).stanza);
    }
    return [...stanzas.values()].filter((stanza) => stanza.length > 0);
  }

  /** Deletes the handled rows past their time (and the oldest above the cap), as one put. */
  sweep(nowMs: number): void {
    const gone: Row[] = [];
    const handled: Row[] = [];
    const isOver = ({ handledAtMs }: Row) =>
      handledAtMs > 0 &&
      this.#currentSinceMs !== null &&
      nowMs - Math.max(handledAtMs, this.#currentSinceMs) >= RETENTION_MS;
    for (const row of [...this.#byId.values()].flat()) {
      if (isOver(row) || nowMs - row.storedAtMs >= GIVE_UP_MS) gone.push(row);
      else if (row.handledAtMs > 0) handled.push(row);
    }
    const excess = handled.length - Math.floor(MAX_HANDLED_ROWS / 2);
    if (handled.length > MAX_HANDLED_ROWS) {
      gone.push(...handled.sort((a, b) => a.handledAtMs - b.handledAtMs).slice(0, excess));
    }
    if (gone.length > 0) {
      this.#store.put({ inbuf: Object.fromEntries(gone.map((row) => [row.hash, null])) });
      for (const row of gone) this.#forget(row);
    }
    if (this.#byId.size > 0) this.#startTimer();
  }

  /** Forgets the index (the rows are deleted by the vault). */
  clear(): void {
    this.#byId.clear();
    this.#handledRows = 0;
    this.stop();
  }

  stop(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #index(row: Row): void {
    const rows = this.#byId.get(row.id);
    if (rows) rows.push(row);
    else this.#byId.set(row.id, [row]);
    if (row.handledAtMs > 0) this.#handledRows++;
  }

  #forget(row: Row): void {
    const rest = (this.#byId.get(row.id) ?? []).filter((other) => other !== row);
    if (rest.length > 0) this.#byId.set(row.id, rest);
    else this.#byId.delete(row.id);
    if (row.handledAtMs > 0) this.#handledRows--;
  }

  #matching(key: InboundKey): Row[] {
    const rows = this.#byId.get(key.id ?? '') ?? [];
    const authors = new Set(rows.map((row) => `${row.from}|${row.participant}`));
    if (authors.size <= 1) return rows;
    const author = userOf(key.participant || key.remoteJid || '');
    return rows.filter((row) => userOf(row.participant || row.from) === author);
  }

  #startTimer(): void {
    if (this.#timer) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      try {
        this.sweep(Date.now());
      } catch {
        // The vault is dead: its rows are the next owner's.
      }
    }, RETENTION_MS);
    this.#timer.unref();
  }
}

/** Name of a ciphertext. The sender is part of it: nobody may have another's message answered as his own. */
export type CiphertextName = (sender: string, ciphertext: Uint8Array) => string;

/** @returns the message a stanza carries */
export function messageOf(stanza: BinaryNode): InboundMessage {
  return {
    id: stanza.attrs.id ?? '',
    from: stanza.attrs.from ?? '',
    participant: stanza.attrs.participant ?? '',
  };
}

function userOf(jid: string): string {
  return jid.split('@')[0]?.split(':')[0] ?? '';
}

type RowMeta = Omit<Row, 'hash' | 'generation'>;

/** Length of meta (4) · meta as JSON · length of plaintext (4) · plaintext · stanza. */
function packRow(row: Row, plaintext: Uint8Array, stanza: Uint8Array): Uint8Array {
  const { id, from, participant, storedAtMs, handledAtMs } = row;
  const meta = Buffer.from(JSON.stringify({ id, from, participant, storedAtMs, handledAtMs } satisfies RowMeta));
  const lengths = Buffer.allocUnsafe(8);
  lengths.writeUInt32BE(meta.length, 0);
  lengths.writeUInt32BE(plaintext.length, 4);
  return Buffer.concat([lengths.subarray(0, 4), meta, lengths.subarray(4), plaintext, stanza]);
}

function unpackRow(bytes: Uint8Array): { meta: RowMeta; plaintext: Uint8Array; stanza: Uint8Array } {
  const row = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const metaEnd = 4 + row.readUInt32BE(0);
  const plainStart = metaEnd + 4;
  const plainEnd = plainStart + row.readUInt32BE(metaEnd);
  return {
    meta: JSON.parse(row.toString('utf8', 4, metaEnd)) as RowMeta,
    plaintext: row.subarray(plainStart, plainEnd),
    stanza: row.subarray(plainEnd),
  };
}
