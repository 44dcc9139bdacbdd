import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { RunnerBeat, RunnerStore } from '../../ports/shards.ts';
import { KEYS, PREFIXES, TTL } from './keys.ts';
import { type Place, queryAll, ttlAt } from './rows.ts';
import { isConditionFailure } from './transact.ts';

/** Only tidies up, and so long that a runner whose clock is hours off is not taken away. */
const KEPT_MS = 48 * 3_600_000;

export function createRunnerStore(place: Place): RunnerStore {
  const { dynamo, table: TableName, clock } = place;
  return {
    async beat(beat) {
      const Item = { ...KEYS.runner(beat.id), ...beat, [TTL]: ttlAt(clock() + KEPT_MS) };
      await dynamo.send(new PutCommand({ TableName, Item }));
    },

    async list() {
      // By the counter alone is a runner dead: the ttl is the writer's clock, which may be wrong.
      const rows = await queryAll(place, PREFIXES.runners(), { expiredToo: true });
      return rows.map(({ id, counter, draining, releasing, load, startedAtMs, host }) => {
        return { id, counter, draining, releasing, load, startedAtMs, host } as RunnerBeat;
      });
    },

    async forget(id, counter) {
      const condition = counter !== undefined && {
        ConditionExpression: '#counter = :counter',
        ExpressionAttributeNames: { '#counter': 'counter' },
        ExpressionAttributeValues: { ':counter': counter },
      };
      try {
        await dynamo.send(new DeleteCommand({ TableName, Key: KEYS.runner(id), ...condition }));
      } catch (error) {
        if (!isConditionFailure(error)) throw error;
      }
    },
  };
}
