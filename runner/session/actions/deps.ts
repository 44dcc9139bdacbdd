import type { WASocket } from '../../../lib/baileys/index.ts';
import type { InstanceSettings, InstanceState } from '../../../lib/core/model/instance.ts';
import type { Clock } from '../../../lib/core/ports/index.ts';
import type { NameBook } from '../../events/parties.ts';
import type { Logger } from '../../log.ts';
import type { SessionCaches } from '../caches.ts';
import type { NumberBook } from '../lookup.ts';

/** What an action facet stands on: a family's part of `WhatsAppSession`, made once per session. */
export interface ActionDeps {
  /** Runs against the open socket. @throws ConnectionLost while there is none, or when it broke meanwhile */
  guard<T>(work: (sock: WASocket) => Promise<T>): Promise<T>;
  names: NameBook;
  /** Which numbers have WhatsApp. */
  numbers: NumberBook;
  /** The name that the person of a phone number gave themselves, as far as this session has heard it. */
  pushNameOf(phone: string): string | null;
  /** As last taken over. */
  settings(): Readonly<InstanceSettings>;
  /** What is remembered beyond the life of one socket. */
  caches(): SessionCaches;
  /** Done again on each new connection, for what dies with the old one. */
  onOpen(work: () => Promise<void>): void;
  /** Stores what has changed of the instance's state with the next group commit. */
  setState(change: Partial<InstanceState>): void;
  clock: Clock;
  log: Logger;
}
