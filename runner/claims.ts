import { namesFiles } from '../lib/core/catalogue/caller-input.ts';
import { isOperationName } from '../lib/core/catalogue/operations.ts';
import type { Command } from '../lib/core/model/command.ts';
import type { PendingCommand } from '../lib/core/ports/index.ts';
import type { RunnerDeps } from './deps.ts';
import { probe } from './probe.ts';
import type { Turn } from './session/whatsapp-session.ts';

/** Their rows fit into one group commit with those of as many before them. */
export const MAX_ABREAST = 6;

/**
 * Which of the first entries run side by side: messages of one bulk, each to somebody else. What carries a file goes by itself, so that no more files are in work than sessions.
 */
export function abreast(entries: readonly PendingCommand[]): PendingCommand[] {
  const [first] = entries;
  const isAlone = first?.bulkId === undefined || !isOperationName(first.operation) || namesFiles(first.operation);
  const chats = new Set<string | undefined>();
  const end = entries.findIndex(({ bulkId, to }, i) => {
    if (i > 0 && (isAlone || bulkId !== first.bulkId || chats.has(to))) return true;
    chats.add(to);
    return false;
  });
  return entries.slice(0, end < 0 ? entries.length : end);
}

/** An order for those that run side by side. Each leaves when its message has, or when it ends without one. */
export function inTurn(count: number): Turn[] {
  let come: Promise<unknown> = Promise.resolve();
  return Array.from({ length: count }, () => {
    const { promise: left, resolve: leave } = Promise.withResolvers<void>();
    const turn = { come, leave };
    come = Promise.all([come, left]);
    return turn;
  });
}

/** Which commands of one instance this runner has taken. */
export class Claims {
  readonly #deps: Pick<RunnerDeps, 'commands' | 'owner' | 'clock'>;
  readonly #instanceId: string;
  /** Commands whose claim got no answer: it may hold them, and nobody runs them. */
  readonly #unsure = new Set<string>();
  /** Commands that have ended, while a commit that says so is on its way. */
  readonly #ended = new Set<string>();

  constructor(deps: Pick<RunnerDeps, 'commands' | 'owner' | 'clock'>, instanceId: string) {
    this.#deps = deps;
    this.#instanceId = instanceId;
  }

  /** Those of the entries that are this owner's to run now, in their order. @throws what the store throws */
  async take(epoch: number, entries: readonly PendingCommand[]): Promise<Command[]> {
    const { commands, owner, clock } = this.#deps;
    const ids = entries.map(({ commandId }) => commandId);
    probe.at('claiming');
    const areKnown = ids.length > 1 && !ids.some((id) => this.#unsure.has(id));
    const taken =
      areKnown && (await this.#surely(ids, () => commands.claimAll(this.#instanceId, ids, owner, epoch, clock())));
    if (taken) {
      probe.at('claimed');
      return taken;
    }
    const found: Command[] = [];
    for (const id of ids) {
      const again = this.#unsure.has(id);
      const command = await this.#surely([id], () =>
        commands.claim(this.#instanceId, id, owner, epoch, clock(), again),
      );
      if (!command) continue;
      probe.at('claimed');
      found.push(command);
    }
    return found;
  }

  /** Its last row is enqueued: what is listed before that is committed need not be looked at. */
  ended(commandId: string): void {
    this.#ended.add(commandId);
  }

  /** What is left of a list that was just read. */
  unended(pending: readonly PendingCommand[]): PendingCommand[] {
    const listed = new Set(pending.map(({ commandId }) => commandId));
    for (const id of this.#ended) if (!listed.has(id)) this.#ended.delete(id);
    return pending.filter(({ commandId }) => !this.#ended.has(commandId));
  }

  /** The session has died with what it had not committed. */
  forget(): void {
    this.#ended.clear();
  }

  /** An answer, whatever it is, says who has them; an error does not. */
  async #surely<T>(ids: readonly string[], claim: () => Promise<T>): Promise<T> {
    for (const id of ids) this.#unsure.add(id);
    const answer = await claim();
    for (const id of ids) this.#unsure.delete(id);
    return answer;
  }
}
