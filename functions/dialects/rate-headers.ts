import type { Context } from 'hono';
import type { RateAnswer } from '../../lib/core/usecases/limit-rate.ts';

const HOUR_SECONDS = 3600;

/**
 * What is left of the caller's quota: document A2's headers (`Reset` in epoch seconds; `Retry-After` only when refused,
 * in seconds) and the IETF draft's (`t`: seconds until there is more than now).
 */
export function setRateHeaders(c: Pick<Context, 'header'>, rate: RateAnswer): void {
  const nextSeconds = Math.ceil(rate.nextMs / 1000);
  c.header('X-RateLimit-Limit', String(rate.limit));
  c.header('X-RateLimit-Remaining', String(rate.remaining));
  c.header('X-RateLimit-Reset', String(Math.ceil(rate.resetAtMs / 1000)));
  if (!rate.allowed) c.header('X-RateLimit-Retry-After', String(Math.max(1, nextSeconds)));
  c.header('RateLimit-Policy', `"${rate.class}";q=${rate.limit};w=${HOUR_SECONDS}`);
  c.header('RateLimit', `"${rate.class}";r=${rate.remaining};t=${nextSeconds}`);
}
