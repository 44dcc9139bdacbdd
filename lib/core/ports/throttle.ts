/**
 * Counts attempts under a key and makes the next ones wait. An attempt counts before it is known how it ends, so that
 * many at once are no way around it. Nothing is locked for good: the wait is bounded, and the count is forgotten.
 */
export interface ThrottleStore {
  /**
   * Counts one more attempt. Conditional on no wait being on; sets the next wait to `waitMs(attempts, trusted)`.
   * One update of one item, another for each rival in between.
   */
  attempt(
    key: string,
    waitMs: (attempts: number, trusted: boolean) => number,
  ): Promise<{ allowed: true; trusted: boolean } | { allowed: false; retryAfterMs: number }>;
  /** Forgets the attempts; with `trust`, remembers for 30 days that one ended well. */
  succeed(key: string, trust: boolean): Promise<void>;
}
