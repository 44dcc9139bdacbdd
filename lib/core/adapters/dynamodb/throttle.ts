import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { ThrottleStore } from '../../ports/throttle.ts';
import { buildUpdate } from './expression.ts';
import { KEYS, TTL } from './keys.ts';
import { type Place, ttlAt } from './rows.ts';
import { isConditionFailure } from './transact.ts';

/** Attempts are forgotten this long after the last wait. */
const FORGET_MS = 3_600_000;
const TRUST_MS = 30 * 86_400_000;
/** Rivals that may come in between; who loses more often waits like everybody else. */
const MAX_TRIES = 8;
const RIVALRY_WAIT_MS = 1_000;

interface Seen {
  attempts: number;
  blockedUntilMs: number;
  forgetAtMs: number;
  trustedUntilMs: number;
}

export function createThrottleStore({ dynamo, table: TableName, clock }: Place): ThrottleStore {
  return {
    async attempt(key, waitMs) {
      const nowMs = clock();
      let seen: Seen | undefined;
      for (let attempt = 1; attempt <= MAX_TRIES; attempt += 1) {
        const trusted = (seen?.trustedUntilMs ?? 0) > nowMs;
        const attempts = (seen && seen.forgetAtMs > nowMs ? seen.attempts : 0) + 1;
        const blockedUntilMs = nowMs + waitMs(attempts, trusted);
        const set = {
          attempts,
          blockedUntilMs,
          forgetAtMs: blockedUntilMs + FORGET_MS,
          [TTL]: ttlAt(nowMs + TRUST_MS),
        };
        try {
          const { Attributes } = await dynamo.send(
            new UpdateCommand({
              TableName,
              Key: KEYS.throttle(key),
              ...buildUpdate(
                { set },
                {
                  names: { '#attempts': 'attempts', ...(seen?.attempts && { '#forgetAt': 'forgetAtMs' }) },
                  ...(seen?.attempts && { values: { ':attempts': seen.attempts, ':forgetAt': seen.forgetAtMs } }),
                },
              ),
              ConditionExpression: seen?.attempts
                ? '#attempts = :attempts AND #forgetAt = :forgetAt'
                : 'attribute_not_exists(#attempts)',
              ReturnValues: 'ALL_NEW',
              ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
            }),
          );
          return { allowed: true, trusted: Number(Attributes?.trustedUntilMs ?? 0) > nowMs };
        } catch (error) {
          if (!isConditionFailure(error)) throw error;
          const item = error.Item as Record<string, { N?: string }> | undefined;
          const field = (name: keyof Seen) => Number(item?.[name]?.N ?? 0);
          seen = {
            attempts: field('attempts'),
            blockedUntilMs: field('blockedUntilMs'),
            forgetAtMs: field('forgetAtMs'),
            trustedUntilMs: field('trustedUntilMs'),
          };
          if (seen.blockedUntilMs > nowMs) return { allowed: false, retryAfterMs: seen.blockedUntilMs - nowMs };
        }
      }
      return { allowed: false, retryAfterMs: RIVALRY_WAIT_MS };
    },

    async succeed(key, trust) {
      const untilMs = clock() + TRUST_MS;
      await dynamo.send(
        new UpdateCommand({
          TableName,
          Key: KEYS.throttle(key),
          ...buildUpdate({
            set: {
              ...{ attempts: null, blockedUntilMs: null, forgetAtMs: null },
              ...(trust && { trustedUntilMs: untilMs }),
              [TTL]: ttlAt(untilMs),
            },
          }),
        }),
      );
    },
  };
}
