import { UpdateCommand, type UpdateCommandInput } from '@aws-sdk/lib-dynamodb';
import { type RateVerdict, rateTimes, rateUse } from '../../model/rate-limit.ts';
import type { RateLimitStore } from '../../ports/rate-limits.ts';
import { KEYS, TTL } from './keys.ts';
import { getRow, type Place, ttlAt } from './rows.ts';
import { isConditionFailure } from './transact.ts';

const MAX_REMEMBERED = 10_000;
const MAX_TRIES = 4;
/** No quota lies further ahead than an hour, unless some clock was wrong: such a row is begun anew. */
const ABSURD_US = 7_200_000_000;
/** Longer than a quota takes to be whole again. */
const KEPT_MS = 3_700_000;

/**
 * GCRA over one number a quota, `tat`: the microsecond at which it is whole again.
 *
 *   idle: none, past or absurd      → tat = now + interval
 *   in use: now ≤ tat ≤ now + tolerance → tat + interval
 *   anything else                   → refused
 *
 * Which of the two writes is tried first follows from what this process saw last, so that one write is the rule. It
 * only ever rises, so what was seen is also enough to refuse without asking.
 */
export function createRateLimitStore(place: Place): RateLimitStore {
  const { dynamo, table: TableName, clock } = place;
  const seen = new Map<string, number>();

  function remember(id: string, tatUs: number | undefined): void {
    seen.delete(id);
    if (tatUs === undefined) return;
    seen.set(id, tatUs);
    if (seen.size > MAX_REMEMBERED) seen.delete(seen.keys().next().value as string);
  }

  return {
    async take(subject, limitPerHour, burst): Promise<RateVerdict> {
      const id = `${subject}|${limitPerHour}`;
      const { intervalUs, toleranceUs } = rateTimes(limitPerHour, burst);
      const nowUs = clock() * 1000;
      let tatUs = seen.get(id);
      for (let attempt = 0; attempt < MAX_TRIES; attempt += 1) {
        const inUse = tatUs !== undefined && tatUs >= nowUs && tatUs <= nowUs + ABSURD_US;
        if (inUse && (tatUs as number) > nowUs + toleranceUs) break;
        const values = { ':now': nowUs, ':ttl': ttlAt(nowUs / 1000 + KEPT_MS) };
        const write: Partial<UpdateCommandInput> = inUse
          ? {
              UpdateExpression: 'SET #tat = #tat + :interval, #ttl = :ttl',
              ConditionExpression: '#tat BETWEEN :now AND :latest',
              ExpressionAttributeValues: { ...values, ':interval': intervalUs, ':latest': nowUs + toleranceUs },
            }
          : {
              UpdateExpression: 'SET #tat = :next, #ttl = :ttl',
              ConditionExpression: 'attribute_not_exists(#tat) OR #tat < :now OR #tat > :absurd',
              ExpressionAttributeValues: { ...values, ':next': nowUs + intervalUs, ':absurd': nowUs + ABSURD_US },
            };
        try {
          const { Attributes } = await dynamo.send(
            new UpdateCommand({
              TableName,
              Key: KEYS.rateLimit(subject, limitPerHour),
              ...write,
              ExpressionAttributeNames: { '#tat': 'tat', '#ttl': TTL },
              ReturnValues: 'UPDATED_NEW',
              ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
            }),
          );
          const risen = Attributes?.tat as number;
          remember(id, Math.max(risen, seen.get(id) ?? 0));
          return { ...rateUse(limitPerHour, risen, nowUs, burst), allowed: true };
        } catch (error) {
          if (!isConditionFailure(error)) throw error;
          // The SDK's exceptions carry items as they came over the wire.
          const tat = error.Item?.tat?.N;
          tatUs = tat === undefined ? undefined : Number(tat);
          remember(id, tatUs);
        }
      }
      return { ...rateUse(limitPerHour, tatUs, nowUs, burst), allowed: false };
    },

    async look(subject, limitPerHour, burst) {
      const row = await getRow(place, KEYS.rateLimit(subject, limitPerHour));
      return rateUse(limitPerHour, row?.tat as number | undefined, clock() * 1000, burst);
    },
  };
}
