/** Shares of a limit, in percent, at which a warning is due. */
export const WARNING_PERCENTS = [80, 100] as const;
export type WarningPercent = (typeof WARNING_PERCENTS)[number];

/**
 * The warnings that are due when the use of something goes from `before` to `after`: each share of `limit` that is
 * reached now and was not before. Falling use warns of nothing.
 */
export function limitWarningsFor(use: { before: number; after: number; limit: number }): WarningPercent[] {
  const reached = (count: number, percent: number) => count * 100 >= use.limit * percent;
  if (use.limit <= 0) return [];
  return WARNING_PERCENTS.filter((percent) => reached(use.after, percent) && !reached(use.before, percent));
}
