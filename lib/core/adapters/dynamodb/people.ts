import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { LidPair, SeenPresence } from '../../model/person.ts';
import type { PeopleStore } from '../../ports/people.ts';
import { badCursor, decodeCursor, encodeCursor } from './cursor.ts';
import { KEYS, PREFIXES, type Prefix } from './keys.ts';
import { getRow, type Place, queryUpTo, type Row } from './rows.ts';

const ROW_SHAPE = /^(LID|PRESENCE|CONTACT)#.{1,400}$/s;

export function createPeopleStore(place: Place): PeopleStore {
  const page = async <T>(prefix: Prefix, limit: number, cursor: string | undefined, of: (row: Row) => T) => {
    const [sk] = cursor === undefined ? [] : decodeCursor(cursor, [ROW_SHAPE]);
    if (sk !== undefined && !sk.startsWith(prefix.prefix)) throw badCursor();
    const { rows, more } = await queryUpTo(place, prefix, limit, sk ? { after: { pk: prefix.pk, sk } } : {});
    return { items: rows.map(of), nextCursor: more ? encodeCursor([rows.at(-1)?.sk as string]) : null };
  };
  return {
    async pairOfLid(instanceId, lid) {
      const row = await getRow(place, KEYS.lid(instanceId, lid));
      return row && pairOfRow(row);
    },

    async pairOfPhone(instanceId, phone) {
      const row = await getRow(place, KEYS.phone(instanceId, phone));
      return row && pairOfRow(row);
    },

    listPairs: (instanceId, limit, cursor) => page(PREFIXES.pairs(instanceId), limit, cursor, pairOfRow),

    listNumbersOnly: (instanceId, limit, cursor) =>
      page(PREFIXES.contactsByNumber(instanceId), limit, cursor, (row) => row.phone as string),

    async countPairs(instanceId) {
      const { pk, prefix } = PREFIXES.pairs(instanceId);
      let count = 0;
      let start: Row | undefined;
      do {
        const answer = await place.dynamo.send(
          new QueryCommand({
            TableName: place.table,
            KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
            ExpressionAttributeValues: { ':pk': pk, ':prefix': prefix },
            Select: 'COUNT',
            ExclusiveStartKey: start,
          }),
        );
        count += answer.Count ?? 0;
        start = answer.LastEvaluatedKey;
      } while (start);
      return count;
    },

    listPresence: (instanceId, chat, limit, cursor) =>
      page(PREFIXES.presence(instanceId, chat), limit, cursor, presenceOfRow),
  };
}

function pairOfRow(row: Row): LidPair {
  const { lid, phone } = row as unknown as LidPair;
  return { lid, phone };
}

function presenceOfRow(row: Row): SeenPresence {
  const { chat, phone, lid, presence, lastSeenMs, atMs } = row as unknown as SeenPresence;
  return { chat, phone: phone ?? null, lid: lid ?? null, presence, lastSeenMs: lastSeenMs ?? null, atMs };
}
