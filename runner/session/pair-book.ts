import type { Chat } from '../../lib/core/model/chat.ts';
import type { Contact } from '../../lib/core/model/message.ts';
import type { LidPair } from '../../lib/core/model/person.ts';
import { LID_SERVER, USER_SERVER } from '../../lib/core/model/phone.ts';
import type { ChatStore, MessageStore, PeopleStore } from '../../lib/core/ports/index.ts';
import type { SessionWrite } from '../../lib/core/ports/session-store.ts';
import type { NameBook } from '../events/parties.ts';
import type { Logger } from '../log.ts';

/** What a session reads of its own rows. */
export interface SessionRows {
  messages: Pick<MessageStore, 'getContacts'>;
  chats: Pick<ChatStore, 'getMany'>;
  people: Pick<PeopleStore, 'listNumbersOnly'>;
}

export interface PairBookOptions {
  instanceId: string;
  rows: SessionRows;
  names: NameBook;
  /** Rows that become durable with the next group commit; nothing once the session has died. */
  enqueue(writes: SessionWrite[]): unknown;
  logger: Logger;
}

/** A batch read takes 100 rows. */
const BATCH = 100;

/**
 * A person first seen by number and later by LID has two rows of each kind. When the pair becomes known, what the
 * lesser one holds goes over into the other, and it is deleted:
 *
 *   contact pn:<phone> ──► contact lid:<lid>        chat <lid>@lid ──► chat <phone>@s.whatsapp.net
 *
 * Whatever a crash leaves undone is found by `sweep` when the session opens again.
 */
export class PairBook {
  readonly #options: PairBookOptions;
  #waiting = new Map<string, LidPair>();
  #running: Promise<void> | undefined;
  #hasSwept = false;

  constructor(options: PairBookOptions) {
    this.#options = options;
  }

  /** Called within the commit that makes the pair durable. */
  learn(pair: LidPair): void {
    this.#options.enqueue([{ kind: 'pair', pair }]);
    this.#merge([pair]);
  }

  /** Looks for contacts kept by number alone whose LID is known meanwhile: once. */
  async sweep(): Promise<void> {
    if (this.#hasSwept) return;
    this.#hasSwept = true;
    const { rows, instanceId, names, logger } = this.#options;
    try {
      let cursor: string | undefined;
      do {
        const page = await rows.people.listNumbersOnly(instanceId, BATCH, cursor);
        const pairs = page.items.flatMap((phone) => {
          const lid = names.lidOfPhone(phone);
          return lid ? [{ phone, lid }] : [];
        });
        this.#options.enqueue(pairs.map((pair) => ({ kind: 'pair', pair })));
        this.#merge(pairs);
        cursor = page.nextCursor ?? undefined;
      } while (cursor);
    } catch (error) {
      logger.warn({ err: error }, 'contacts of two names were not looked for');
    }
  }

  /** Reads outside of the path of messages, many pairs at a time. */
  #merge(pairs: readonly LidPair[]): void {
    for (const pair of pairs) this.#waiting.set(pair.phone, pair);
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  async #run(): Promise<void> {
    const { rows, instanceId, enqueue, logger } = this.#options;
    try {
      // Pairs come in crowds: one turn of the event loop gathers them.
      await new Promise((resolve) => setImmediate(resolve));
      while (this.#waiting.size > 0) {
        const pairs = [...this.#waiting.values()].slice(0, BATCH / 2);
        for (const { phone } of pairs) this.#waiting.delete(phone);
        const [contacts, chats] = await Promise.all([
          rows.messages.getContacts(
            instanceId,
            pairs.map(({ phone }) => `pn:${phone}`),
          ),
          rows.chats.getMany(
            instanceId,
            pairs.flatMap(({ phone, lid }) => [`${phone}@${USER_SERVER}`, `${lid}@${LID_SERVER}`]),
          ),
        ]);
        enqueue(pairs.flatMap((pair) => mergedWrites(pair, contacts, chats)));
      }
    } catch (error) {
      logger.warn({ err: error }, 'a contact of two names was not merged');
    }
  }
}

/** What becomes of the rows of a person under two names. Pure. */
export function mergedWrites(pair: LidPair, contacts: readonly Contact[], chats: readonly Chat[]): SessionWrite[] {
  const { phone, lid } = pair;
  const writes: SessionWrite[] = [];
  const old = contacts.find(({ id }) => id === `pn:${phone}`);
  if (old) {
    const { name, pushName, blocked } = old;
    const once = { ...(name && { name }), ...(pushName && { pushName }), ...(blocked && { blocked }) };
    writes.push({ kind: 'contact', id: `lid:${lid}`, set: { phone, lid }, once });
    writes.push({ kind: 'merged', row: 'contact', id: old.id });
  }
  const byLid = chats.find(({ id }) => id === `${lid}@${LID_SERVER}`);
  if (byLid) {
    const id = `${phone}@${USER_SERVER}`;
    const byPhone = chats.find((chat) => chat.id === id);
    const { instanceId: _instance, id: _id, labels, unread, ...fields } = byLid;
    const isNewer = (byLid.lastMessageAtMs ?? 0) > (byPhone?.lastMessageAtMs ?? 0);
    const { lastMessage, lastMessageAtMs } = byLid;
    const set = byPhone ? (isNewer ? { lastMessage, lastMessageAtMs } : {}) : present(fields);
    const tags = Object.fromEntries(labels.map((label) => [label, true]));
    writes.push({ kind: 'chat', id, set, ...(unread > 0 && { unread }), labels: tags });
    writes.push({ kind: 'merged', row: 'chat', id: byLid.id });
  }
  return writes;
}

function present<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== null && value !== false),
  ) as Partial<T>;
}
