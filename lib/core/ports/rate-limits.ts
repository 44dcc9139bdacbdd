import type { RateUse, RateVerdict } from '../model/rate-limit.ts';

/** Quotas per hour, of which `burst` (all by default) may be used at once. A subject with another limit is another quota, so a changed limit starts anew. */
export interface RateLimitStore {
  /** Takes one request, if there is one left. Exact over all processes: of many at once only as many pass as are left. */
  take(subject: string, limitPerHour: number, burst?: number): Promise<RateVerdict>;
  /** Takes nothing. */
  look(subject: string, limitPerHour: number, burst?: number): Promise<RateUse>;
}
