const HOUR_US = 3_600_000_000;

/**
 * How much of a quota is used. It comes back one by one, so many an hour; all that is left may be used at once.
 */
export interface RateUse {
  /** Requests at once: per hour, unless the quota has a smaller burst. */
  limit: number;
  used: number;
  remaining: number;
  /** ms until one request more is possible than now; 0 while none is used. */
  nextMs: number;
  /** ms since epoch: when the quota is whole again. */
  resetAtMs: number;
}

export type RateVerdict = RateUse & { allowed: boolean };

/** Times of the generic cell rate algorithm for a quota, in microseconds. */
export function rateTimes(limitPerHour: number, burst = limitPerHour): { intervalUs: number; toleranceUs: number } {
  const intervalUs = Math.floor(HOUR_US / limitPerHour);
  return { intervalUs, toleranceUs: (burst - 1) * intervalUs };
}

/** `wholeAtUs`: when the quota is whole again (GCRA's theoretical arrival time); undefined: it is. */
export function rateUse(
  limitPerHour: number,
  wholeAtUs: number | undefined,
  nowUs: number,
  burst = limitPerHour,
): RateUse {
  const { intervalUs } = rateTimes(limitPerHour);
  const debtUs = Math.max(0, (wholeAtUs ?? 0) - nowUs);
  const used = Math.min(burst, Math.ceil(debtUs / intervalUs));
  return {
    limit: burst,
    used,
    remaining: burst - used,
    nextMs: used === 0 ? 0 : Math.ceil((debtUs - (used - 1) * intervalUs) / 1000),
    resetAtMs: Math.ceil((nowUs + debtUs) / 1000),
  };
}
