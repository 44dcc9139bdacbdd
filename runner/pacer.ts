import { GatewayError } from '../lib/core/errors.ts';
import {
  type InstanceSettings,
  type InstanceState,
  isPaced,
  isSpaced,
  newChatStop,
} from '../lib/core/model/instance.ts';
import { isGroupJid } from '../lib/core/model/phone.ts';
import type { ChatStore, Clock, PendingCommand } from '../lib/core/ports/index.ts';
import { chatJid, type NameBook } from './events/parties.ts';

/** Between two sends of a paced instance: a person does not answer faster. */
const MIN_GAP_MS = 1_000;
const MAX_GAP_MS = 3_000;
/** New chats are up to so many times `newChatDelay` apart. */
const MAX_STRETCH = 2;
const MAX_CHATS = 10_000;

export interface PacerDeps {
  instanceId: string;
  chats: Pick<ChatStore, 'get'>;
  clock: Clock;
  random(): number;
  /** Something that was held back may go. */
  wake(): void;
}

/** What the pacer looks at in a session. */
export interface PacedSession {
  settings: Readonly<InstanceSettings>;
  nameBook: NameBook;
  pacing: Readonly<Pick<InstanceState, 'account' | 'nextNewChatAt'>> & { environment: 'live' | 'test' };
  /** Durable before the next message leaves. */
  setNextNewChatAt(at: string): void;
}

/**
 * When a message of one instance may go. What may not stays a pending row; a timer only says when to look again, and a
 * new owner works the same out anew:
 *
 *   any send        `messageDelay` after the last one; of a paced instance 1 to 3 s after it
 *   to a new chat   besides, one to two `newChatDelay` after the last new one (`nextNewChatAt`, on the instance's row)
 *   refused         a new chat, while WhatsApp lets the account begin none
 *
 * What is held back lets the others pass: an answer does not wait behind a new chat. Within a chat the order stays.
 */
export class Pacer {
  readonly #deps: PacerDeps;
  /** Chats that are there: they do not become new again. */
  readonly #open = new Set<string>();
  readonly #held = new Set<string>();
  #holdsAll = false;
  /** These two by a clock that never jumps. */
  #lastSendMs = Number.NEGATIVE_INFINITY;
  #wakeMs = Number.POSITIVE_INFINITY;
  #gapMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: PacerDeps) {
    this.#deps = deps;
  }

  /** The pending rows are looked at from the first one on. */
  begin(): void {
    this.#held.clear();
    this.#holdsAll = false;
  }

  /** Its messages go one at a time. */
  isSpacing({ settings, pacing }: PacedSession): boolean {
    return isSpaced(settings, pacing.environment);
  }

  /** Must this wait? It is then looked at again by itself. */
  async holds(session: PacedSession, { to }: Pick<PendingCommand, 'to'>): Promise<boolean> {
    if (to === undefined) return false;
    if (this.#holdsAll || this.#held.has(to)) return true;
    const { messageDelay } = session.settings;
    const paced = isPaced(session.settings, session.pacing.environment);
    const gapMs = Math.max(messageDelay, paced ? this.#gapMs : 0);
    if (gapMs > 0 && this.#holdFor(this.#lastSendMs + gapMs - performance.now())) {
      this.#holdsAll = true;
      return true;
    }
    if (!paced || !(await this.#isNew(session, to)) || newChatStop(session.pacing.account, this.#deps.clock()))
      return false;
    const { nextNewChatAt } = session.pacing;
    if (nextNewChatAt === null) return false;
    // A clock that was set back must not mean a pause of hours.
    const waitMs = Math.min(
      Date.parse(nextNewChatAt) - this.#deps.clock(),
      MAX_STRETCH * session.settings.newChatDelay,
    );
    if (!this.#holdFor(waitMs)) return false;
    this.#held.add(to);
    return true;
  }

  /** Called before a message leaves. @throws GatewayError MESSAGE_SEND_FAILED for a new chat that may not be begun */
  async leaves(session: PacedSession, to: string): Promise<void> {
    const { clock, random } = this.#deps;
    if (isPaced(session.settings, session.pacing.environment) && (await this.#isNew(session, to))) {
      const stop = newChatStop(session.pacing.account, clock());
      if (stop) {
        const text = 'WhatsApp lets this account begin no new chats now; answers still go.';
        throw new GatewayError('MESSAGE_SEND_FAILED', text, { details: stop });
      }
      const pauseMs = session.settings.newChatDelay * (1 + (MAX_STRETCH - 1) * random());
      session.setNextNewChatAt(new Date(clock() + pauseMs).toISOString());
    }
    this.#lastSendMs = performance.now();
    this.#gapMs = MIN_GAP_MS + (MAX_GAP_MS - MIN_GAP_MS) * random();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#wakeMs = Number.POSITIVE_INFINITY;
  }

  /** Groups are never new: nobody writes to one uninvited. */
  async #isNew({ nameBook }: PacedSession, to: string): Promise<boolean> {
    if (isGroupJid(to) || this.#open.has(to)) return false;
    if (!(await this.#deps.chats.get(this.#deps.instanceId, chatJid(nameBook, to)))) return true;
    if (this.#open.size >= MAX_CHATS) this.#open.clear();
    this.#open.add(to);
    return false;
  }

  /** Has it looked at again after that time. Returns false when there is nothing to wait for. */
  #holdFor(waitMs: number): boolean {
    if (waitMs <= 0) return false;
    const wakeMs = performance.now() + waitMs;
    if (wakeMs < this.#wakeMs) {
      clearTimeout(this.#timer);
      this.#wakeMs = wakeMs;
      this.#timer = setTimeout(() => {
        this.#wakeMs = Number.POSITIVE_INFINITY;
        this.#deps.wake();
      }, waitMs);
      this.#timer.unref();
    }
    return true;
  }
}
