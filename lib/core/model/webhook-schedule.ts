/**
 * When a failed delivery is tried again (Standard Webhooks 1.0.0): ten attempts within 75 h 35 min.
 *
 *   attempt   1    2     3      4      5     6     7      8      9      10
 *   pause     0   5 s   5 min  30 min  2 h   5 h   10 h   14 h   20 h   24 h      each ± 20 %, by chance
 *
 *   Retry-After          honoured between the pause and twice the pause
 *   429, 502, 504        the host has too much to do: never sooner than after a minute
 *   410                  the endpoint is gone: no further attempt
 */
const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
export const PAUSES_MS = [
  0,
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
] as const;
export const MAX_ATTEMPTS = PAUSES_MS.length;
export const JITTER = 0.2;
export const MIN_THROTTLED_MS = MINUTE_MS;
/** An endpoint that has only failed for this long is switched off. */
export const DISABLE_AFTER_MS = 5 * 24 * HOUR_MS;

/** Failures in a row before an endpoint is left alone between two attempts, and from when on it is called down. */
const RESTLESS_FAILURES = 3;
export const DOWN_AFTER_FAILURES = 2;
const FIRST_REST_MS = SECOND_MS;
const MAX_REST_MS = MINUTE_MS;
/** SQS holds a bell back for as long. */
const MAX_ASKED_REST_MS = 15 * MINUTE_MS;

const BUSY = new Set([429, 502, 504]);
const GONE = 410;

export interface FailedAttempt {
  /** Attempts made so far, this one included. */
  attempt: number;
  /** null: there was no answer. */
  status: number | null;
  retryAfter: string | undefined;
  nowMs: number;
}

/**
 * The pause before the next attempt, in ms; null when there is none.
 * @param random from 0 to 1
 */
export function pauseAfter({ attempt, status, retryAfter, nowMs }: FailedAttempt, random: number): number | null {
  const pauseMs = PAUSES_MS[attempt];
  if (pauseMs === undefined || status === GONE) return null;
  const asked = Math.min(retryAfterMs(retryAfter, nowMs) ?? 0, 2 * pauseMs);
  const least = status !== null && BUSY.has(status) ? MIN_THROTTLED_MS : 0;
  return Math.round(Math.max(jittered(pauseMs, random), asked, least));
}

/**
 * How long an endpoint is left alone after a failure, whatever waits for it: one delivery at a time finds out whether it
 * is mended, and the others keep their attempts. A new event does not end the rest; a test and a replay do.
 *
 *   failures in a row   1–3   4    5    6    7    8     9     10 …
 *   rest                 0   1 s  2 s  4 s  8 s  16 s  32 s  60 s     each ± 20 %; at least Retry-After, up to 15 min
 */
export function restAfter(
  { failures, retryAfter, nowMs }: Pick<FailedAttempt, 'retryAfter' | 'nowMs'> & { failures: number },
  random: number,
): number {
  const asked = Math.min(retryAfterMs(retryAfter, nowMs) ?? 0, MAX_ASKED_REST_MS);
  if (failures <= RESTLESS_FAILURES) return asked;
  const restMs = Math.min(FIRST_REST_MS * 2 ** (failures - RESTLESS_FAILURES - 1), MAX_REST_MS);
  return Math.max(Math.round(jittered(restMs, random)), asked);
}

function jittered(ms: number, random: number): number {
  return ms * (1 - JITTER + 2 * JITTER * random);
}

/** A `Retry-After` of seconds or of a date, as ms from `nowMs` on; undefined when it is neither. */
export function retryAfterMs(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined;
  if (/^\s*\d{1,9}\s*$/.test(text)) return Number(text) * SECOND_MS;
  const atMs = /[a-z]/i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}

/** Why an endpoint is switched off after a failed attempt, if it is. */
export function disabledBy(status: number | null, failingSinceMs: number, nowMs: number): 'gone' | 'failing' | null {
  if (status === GONE) return 'gone';
  return nowMs - failingSinceMs >= DISABLE_AFTER_MS ? 'failing' : null;
}
