import { normalizeMessageContent, proto } from '../../lib/baileys/index.ts';
import { OUT_SCOPE } from '../../lib/core/model/message.ts';
import type { SessionStore } from '../../lib/core/ports/session-store.ts';
import type { Vault } from './vault.ts';

/** Retry receipts for a message are answered for this long (WhatsApp's own limit on placeholders). */
const TTL_SECONDS = 14 * 86_400;
/** A number may answer a list for this long. */
const CHOICES_TTL_SECONDS = 86_400;
/** For devices that ask at once; later ones are answered from the store. */
const IN_MEMORY = 8;
/** Senders choose how large a message is; a row ends at 400 KB. */
const MAX_ORIGINAL_BYTES = 250_000;
/** Beginnings of what is no message of ours; a `|` is in no id that a receipt can name. */
const ORIGINAL = 'in|';
const CHOICES = 'choices|';
const AUDIENCE = 'audience|';

/** What somebody may choose by its number. */
export interface Choices {
  /** WhatsApp's id of the message that offers them. */
  messageId: string;
  options: { id: string; title: string }[];
}

/**
 * The protobufs of messages, encrypted, for a while: of what we sent, for devices that ask again because they could not
 * decrypt it; of what came, to be quoted, forwarded, voted in, and to fetch its file.
 */
export class SentMessages {
  readonly #vault: Vault;
  readonly #store: SessionStore;
  readonly #recent = new Map<string, Uint8Array>();

  constructor(vault: Vault, store: SessionStore) {
    this.#vault = vault;
    this.#store = store;
  }

  /** Becomes durable in the same commit as the Signal state that encrypts it. */
  keep(id: string, message: proto.IMessage): void {
    // A buffer of its own: a slice would keep all of the encoder's slab in memory.
    const bytes = new Uint8Array(proto.Message.encode(message).finish());
    if (this.#recent.size >= IN_MEMORY) this.#recent.delete(this.#recent.keys().next().value as string);
    this.#recent.set(id, bytes);
    this.#put(id, bytes, TTL_SECONDS);
  }

  /** By id alone: the chat of a retry receipt carries a device. Undefined on a miss, never an empty message. */
  async find(id: string): Promise<proto.IMessage | undefined> {
    // Whoever asks for a message chooses the id: what came from others is none of theirs.
    return id.includes('|') ? undefined : this.#message(id);
  }

  /** What an earlier attempt has kept under an id; `deep`: perhaps in an earlier process. */
  async again(id: string, deep: boolean): Promise<proto.IMessage | undefined> {
    return deep || this.#recent.has(id) ? this.find(id) : undefined;
  }

  /** A message that came, or that the phone sent; in a commit with its own row. What is too large is not kept. */
  keepOriginal(scope: string, id: string, message: proto.IMessage): void {
    let bytes = proto.Message.encode(message).finish();
    if (bytes.length > MAX_ORIGINAL_BYTES) bytes = proto.Message.encode(withoutThumbnail(message)).finish();
    if (bytes.length <= MAX_ORIGINAL_BYTES) this.#put(`${ORIGINAL}${scope}|${id}`, bytes, TTL_SECONDS);
  }

  /** A message that was kept, or that this session sent; undefined when it is not known (any more). */
  async findOriginal(scope: string, id: string): Promise<proto.IMessage | undefined> {
    const own = scope === OUT_SCOPE ? await this.#message(id) : undefined;
    return own ?? (await this.#message(`${ORIGINAL}${scope}|${id}`));
  }

  /** What a number means in a chat from now on, and in answers to this message. */
  keepChoices(chat: string, choices: Choices): void {
    const bytes = Buffer.from(JSON.stringify(choices));
    for (const place of [chat, choices.messageId]) this.#put(`${CHOICES}${place}`, bytes, CHOICES_TTL_SECONDS);
  }

  /** By the message that offers them, or the newest of a chat. */
  async findChoices(place: string): Promise<Choices | undefined> {
    const bytes = await this.#load(`${CHOICES}${place}`);
    return bytes ? (JSON.parse(Buffer.from(bytes).toString()) as Choices) : undefined;
  }

  async #message(id: string): Promise<proto.IMessage | undefined> {
    const bytes = this.#recent.get(id) ?? (await this.#load(id));
    return bytes ? proto.Message.decode(bytes) : undefined;
  }

  async #load(id: string): Promise<Uint8Array | undefined> {
    const sealed = await this.#store.loadSentProto(this.#vault.fence.instanceId, id);
    return sealed ? this.#vault.unseal(this.#aad(id), sealed) : undefined;
  }

  #put(id: string, bytes: Uint8Array, ttlSeconds: number): void {
    const value = this.#vault.seal(this.#aad(id), bytes);
    this.#vault.enqueue([{ kind: 'sentProto', id, value, ttlSeconds }]);
  }

  /** Whom a status goes to, in a commit with the status itself. */
  keepAudience(id: string, audience: readonly string[]): void {
    this.keep(`${AUDIENCE}${id}`, { conversation: audience.join(' ') });
  }

  async findAudience(id: string): Promise<string[] | undefined> {
    return (await this.#message(`${AUDIENCE}${id}`))?.conversation?.split(' ');
  }

  #aad(id: string): string {
    return `sent|${this.#vault.fence.instanceId}|${id}`;
  }
}

/** A copy of a message without the pictures in it that somebody made too large. */
function withoutThumbnail(message: proto.IMessage): proto.IMessage {
  const copy = proto.Message.decode(proto.Message.encode(message).finish());
  for (const part of Object.values(normalizeMessageContent(copy) ?? {})) {
    if (typeof part === 'object' && part !== null && 'jpegThumbnail' in part) part.jpegThumbnail = null;
  }
  return copy;
}
