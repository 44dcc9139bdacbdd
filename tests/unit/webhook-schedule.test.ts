import { describe, expect, it } from 'vitest';
import {
  DISABLE_AFTER_MS,
  disabledBy,
  MAX_ATTEMPTS,
  PAUSES_MS,
  pauseAfter,
  restAfter,
  retryAfterMs,
} from '../../lib/core/model/webhook-schedule.ts';

const nowMs = 1_700_000_000_000;
const failed = (attempt: number, fields: { status?: number | null; retryAfter?: string } = {}) => {
  return { attempt, status: 500, retryAfter: undefined, nowMs, ...fields };
};
const seconds = (ms: number | null) => (ms === null ? null : ms / 1000);

describe('the schedule', () => {
  it('is the one of Standard Webhooks: ten attempts in 75 h 35 min 5 s', () => {
    const pauses = Array.from({ length: MAX_ATTEMPTS }, (_, i) => seconds(pauseAfter(failed(i + 1), 0.5)));
    expect(pauses).toEqual([5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400, null]);
    expect(PAUSES_MS.reduce((sum: number, pause) => sum + pause, 0)).toBe((75 * 3_600 + 35 * 60 + 5) * 1_000);
  });

  it.each([
    [0, 4],
    [0.5, 5],
    [1, 6],
  ])('strays by 20 % at most: chance %d → %d s', (random, expected) => {
    expect(seconds(pauseAfter(failed(1), random))).toBe(expected);
  });

  it.each([
    ['shorter than the pause', 2, '10', 300],
    ['between once and twice the pause', 2, '450', 450],
    ['longer than twice the pause', 2, '86400', 600],
    ['as a date', 2, new Date(nowMs + 500_000).toUTCString(), 500],
    ['in the past', 2, new Date(nowMs - 500_000).toUTCString(), 300],
    ['nonsense', 2, 'soon', 300],
    ['negative', 2, '-5', 300],
  ])('takes a Retry-After that is %s', (_what, attempt, retryAfter, expected) => {
    expect(seconds(pauseAfter(failed(attempt, { retryAfter }), 0.5))).toBe(expected);
  });

  it.each([429, 502, 504])('leaves a host that answers %d alone for a minute', (status) => {
    expect(seconds(pauseAfter(failed(1, { status }), 0.5))).toBe(60);
    expect(seconds(pauseAfter(failed(2, { status }), 0.5))).toBe(300);
  });

  it('tries again after no answer, and never after 410', () => {
    expect(seconds(pauseAfter(failed(1, { status: null }), 0.5))).toBe(5);
    expect(pauseAfter(failed(1, { status: 410 }), 0.5)).toBeNull();
  });

  it('reads Retry-After', () => {
    expect(retryAfterMs('120', nowMs)).toBe(120_000);
    expect(retryAfterMs(undefined, nowMs)).toBeUndefined();
    expect(retryAfterMs('1e3', nowMs)).toBeUndefined();
    expect(retryAfterMs('99999999999999', nowMs)).toBeUndefined();
  });
});

describe('the rest of a failing endpoint', () => {
  const rest = (failures: number, random = 0.5, retryAfter?: string) =>
    seconds(restAfter({ failures, retryAfter, nowMs }, random));

  it('begins with the fourth failure in a row and grows to a minute', () => {
    const rests = Array.from({ length: 12 }, (_, i) => rest(i + 1));
    expect(rests).toEqual([0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
    expect([rest(10, 0), rest(10, 1)]).toEqual([48, 72]);
  });

  it.each([
    ['from the first failure on', 1, '120', 120],
    ['not less than it would be', 10, '5', 60],
    ['up to a quarter of an hour', 1, '86400', 900],
  ])('is what the endpoint asks for: %s', (_what, failures, retryAfter, expected) => {
    expect(rest(failures, 0.5, retryAfter)).toBe(expected);
  });
});

describe('switching off', () => {
  it.each([
    [500, 0, null],
    [500, DISABLE_AFTER_MS - 1, null],
    [500, DISABLE_AFTER_MS, 'failing'],
    [null, DISABLE_AFTER_MS, 'failing'],
    [410, 0, 'gone'],
  ] as const)('after %s, failing for %d ms: %s', (status, failingForMs, reason) => {
    expect(disabledBy(status, nowMs - failingForMs, nowMs)).toBe(reason);
  });
});
