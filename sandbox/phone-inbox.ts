import { proto } from '../lib/baileys/index.ts';
import { orderedKey, type StateStore } from './state.ts';

/** A message as a phone shows it to its person. */
export interface ReceivedMessage {
  /** Counts up from 1 in the order the phone showed its messages. */
  readonly index: number;
  readonly id: string;
  /** Where it came from, as addressed on the wire: a user JID without device, or the group's JID. */
  readonly from: string;
  /** The chat it is shown in: the other party's phone-number JID, or the group's JID. */
  readonly chat: string;
  /** The phone-number JID of its author. */
  readonly author: string;
  /** True for messages that another device of the same account sent. */
  readonly own: boolean;
  readonly text: string | undefined;
  /** `text`, `image`, `document`, `reaction`, … after the content's field name; `protocol` for edits and deletes. */
  readonly type: string;
  /** Unix time in seconds. */
  readonly timestamp: number;
  readonly message: proto.IMessage;
  /** The attributes of the stanza it came in, for receipts. */
  readonly attrs: Readonly<Record<string, string>>;
}

type StoredMessage = Omit<ReceivedMessage, 'message' | 'index'> & { bytes: Buffer };

const LIMIT = 5000;

/** What a phone has shown, the newest few thousand of it. */
export class PhoneInbox {
  readonly #state: StateStore;
  readonly #scope: string;
  #messages: ReceivedMessage[] | undefined;
  readonly #seen = new Set<string>();
  readonly #waiters = new Set<() => void>();
  #nextIndex = 1;

  constructor(state: StateStore, number: string) {
    this.#state = state;
    this.#scope = `inbox:${number}`;
  }

  /** Whether the same message of the same author was shown in the chat before. */
  has(chat: string, author: string, id: string): boolean {
    this.#loaded();
    return this.#seen.has(`${chat}|${author}|${id}`);
  }

  /** Shows a message; waiting readers hear of it once it is durable. */
  add(message: Omit<ReceivedMessage, 'index'>): ReceivedMessage {
    const messages = this.#loaded();
    const shown = { ...message, index: this.#nextIndex++ };
    const { message: content, index, ...rest } = shown;
    const stored: StoredMessage = { ...rest, bytes: Buffer.from(proto.Message.encode(content).finish()) };
    this.#state.put(this.#scope, orderedKey(index), stored);
    messages.push(shown);
    this.#seen.add(seenKey(shown));
    if (messages.length > LIMIT) this.#dropOldest(messages);
    this.#state.afterCommit(() => {
      for (const wake of [...this.#waiters]) wake();
    });
    return shown;
  }

  find(id: string): ReceivedMessage | undefined {
    return this.#loaded().findLast((message) => message.id === id);
  }

  /** The messages after an index, oldest first. */
  after(index: number): ReceivedMessage[] {
    return this.#loaded().filter((message) => message.index > index);
  }

  /** Like `after`, but waits up to `waitMs` for one when there is none yet. Ends early, empty, on abort. */
  async waitAfter(index: number, waitMs: number, signal?: AbortSignal): Promise<ReceivedMessage[]> {
    const present = this.after(index);
    if (present.length > 0 || waitMs <= 0 || signal?.aborted) return present;
    await new Promise<void>((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', wake);
        this.#waiters.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, waitMs);
      signal?.addEventListener('abort', wake);
      this.#waiters.add(wake);
    });
    return this.after(index);
  }

  #dropOldest(messages: ReceivedMessage[]): void {
    const oldest = messages.shift() as ReceivedMessage;
    this.#seen.delete(seenKey(oldest));
    this.#state.delete(this.#scope, orderedKey(oldest.index));
  }

  #loaded(): ReceivedMessage[] {
    if (this.#messages) return this.#messages;
    this.#messages = this.#state.entries<StoredMessage>(this.#scope).map(([key, { bytes, ...stored }]) => {
      return { ...stored, index: Number(key), message: proto.Message.decode(bytes) };
    });
    for (const message of this.#messages) this.#seen.add(seenKey(message));
    this.#nextIndex = (this.#messages.at(-1)?.index ?? 0) + 1;
    return this.#messages;
  }
}

const seenKey = (message: Pick<ReceivedMessage, 'chat' | 'author' | 'id'>): string =>
  `${message.chat}|${message.author}|${message.id}`;

/** The text a person would read: plain or extended text, or a caption. */
export const textOf = (message: proto.IMessage): string | undefined =>
  message.conversation ??
  message.extendedTextMessage?.text ??
  message.imageMessage?.caption ??
  message.videoMessage?.caption ??
  message.documentMessage?.caption ??
  message.documentWithCaptionMessage?.message?.documentMessage?.caption ??
  undefined;

/** Fields of a message that are not its content. */
const NOT_CONTENT: ReadonlySet<string> = new Set(['senderKeyDistributionMessage', 'messageContextInfo']);

/** The kind of a message after its content's field name; undefined when it has no content (a bare sender key). */
export function typeOf(message: proto.IMessage): string | undefined {
  const field = Object.keys(message).find(
    (name) => !NOT_CONTENT.has(name) && message[name as keyof proto.IMessage] != null,
  );
  if (field === 'conversation' || field === 'extendedTextMessage') return 'text';
  return field?.replace(/Message(V\d)?$/, '');
}
