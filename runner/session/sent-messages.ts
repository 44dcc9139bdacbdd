import { proto } from '../../lib/baileys/index.ts';
import { OUT_SCOPE } from '../../lib/core/model/message.ts';
import type { SessionStore } from '../../lib/core/ports/session-store.ts';
import type { Vault } from './vault.ts';

/** Retry receipts for a message are answered for this long (WhatsApp's own limit on placeholders). */
const TTL_SECONDS = 14 * 86_400;
const IN_MEMORY = 500;
const POLL = 'poll|';
const AUDIENCE = 'audience|';

/** The protobufs of what we sent, for devices that ask again because they could not decrypt it. */
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
    const bytes = proto.Message.encode(message).finish();
    if (this.#recent.size >= IN_MEMORY) this.#recent.delete(this.#recent.keys().next().value as string);
    this.#recent.set(id, bytes);
    const value = this.#vault.seal(this.#aad(id), bytes);
    this.#vault.enqueue([{ kind: 'sentProto', id, value, ttlSeconds: TTL_SECONDS }]);
  }

  /** By id alone: the chat of a retry receipt carries a device. Undefined on a miss, never an empty message. */
  async find(id: string): Promise<proto.IMessage | undefined> {
    // Whoever asks for a message chooses the id: polls of others are none of theirs.
    return id.startsWith(POLL) || id.startsWith(AUDIENCE) ? undefined : this.#load(id);
  }

  async #load(id: string): Promise<proto.IMessage | undefined> {
    let bytes = this.#recent.get(id);
    if (!bytes) {
      const sealed = await this.#store.loadSentProto(this.#vault.fence.instanceId, id);
      bytes = sealed ? this.#vault.unseal(this.#aad(id), sealed) : undefined;
    }
    return bytes ? proto.Message.decode(bytes) : undefined;
  }

  /** What is needed to read the votes of a poll, whoever made it; in a commit with the poll's own row. */
  keepPoll(scope: string, id: string, poll: proto.IMessage): void {
    this.keep(`${POLL}${scope}|${id}`, poll);
  }

  /** A poll that was kept, or that this session sent; undefined when it is not known (any more). */
  async findPoll(scope: string, id: string): Promise<proto.IMessage | undefined> {
    const kept = await this.#load(`${POLL}${scope}|${id}`);
    return kept ?? (scope === OUT_SCOPE ? this.#load(id) : undefined);
  }

  /** Whom a status goes to, in a commit with the status itself. */
  keepAudience(id: string, audience: readonly string[]): void {
    this.keep(`${AUDIENCE}${id}`, { conversation: audience.join(' ') });
  }

  async findAudience(id: string): Promise<string[] | undefined> {
    return (await this.#load(`${AUDIENCE}${id}`))?.conversation?.split(' ');
  }

  #aad(id: string): string {
    return `sent|${this.#vault.fence.instanceId}|${id}`;
  }
}
