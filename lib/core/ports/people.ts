import type { LidPair, SeenPresence } from '../model/person.ts';
import type { Page } from './messages.ts';

/** What the session has heard of people beside their names: read without it. */
export interface PeopleStore {
  pairOfLid(instanceId: string, lid: string): Promise<LidPair | undefined>;
  pairOfPhone(instanceId: string, phone: string): Promise<LidPair | undefined>;
  /** By LID. */
  listPairs(instanceId: string, limit: number, cursor?: string): Promise<Page<LidPair>>;
  /** Phone numbers of contacts whose LID is not known. */
  listNumbersOnly(instanceId: string, limit: number, cursor?: string): Promise<Page<string>>;
  countPairs(instanceId: string): Promise<number>;
  /** What was seen within the last day, of all chats or one. */
  listPresence(
    instanceId: string,
    chat: string | undefined,
    limit: number,
    cursor?: string,
  ): Promise<Page<SeenPresence>>;
}
