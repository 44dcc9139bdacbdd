import { GatewayError } from '../errors.ts';
import type { Principal } from '../model/account.ts';
import type { RateUse, RateVerdict } from '../model/rate-limit.ts';
import type { Ports } from '../ports/index.ts';

/** What is counted apart: what a key asks to be done, what it reads, and everything of a signed-in user. */
export type RateClass = 'messages' | 'reads' | 'management';

/** Of a signed-in user. */
export const MANAGEMENT_PER_HOUR = 36_000;

/** What may come in a burst, of a minute's requests. */
export const BURST_FACTOR = 1.2;

/** Whom a request is counted for. Known from the credential alone, before any row is read. */
export type RateCaller =
  | { kind: 'user'; userId: string }
  | Pick<Extract<Principal, { kind: 'key' }>, 'kind' | 'keyId' | 'rateLimit' | 'environment'>;

export type RateAnswer = RateVerdict & { class: RateClass };

/** The quota that a request belongs to. */
export function quotaOf(
  caller: RateCaller,
  isRead: boolean,
): { class: RateClass; subject: string; limit: number; burst?: number } {
  if (caller.kind === 'user') return { class: 'management', subject: caller.userId, limit: MANAGEMENT_PER_HOUR };
  // Document D counts everything by the minute, with bursts of a fifth more.
  if (caller.environment !== null) {
    const burst = Math.ceil((caller.rateLimit / 60) * BURST_FACTOR);
    return { class: 'messages', subject: `${caller.keyId}#all`, limit: caller.rateLimit, burst };
  }
  const name = isRead ? 'reads' : 'messages';
  return { class: name, subject: `${caller.keyId}#${name}`, limit: caller.rateLimit };
}

/**
 * Counts a request against its caller's quota. Never throws: when the store fails, the request goes on uncounted and
 * the answer is undefined, since a write fails by the same store anyway.
 */
export async function limitRate(
  ports: Pick<Ports, 'rateLimits' | 'log'>,
  caller: RateCaller,
  isRead: boolean,
): Promise<RateAnswer | undefined> {
  const quota = quotaOf(caller, isRead);
  try {
    return { ...(await ports.rateLimits.take(quota.subject, quota.limit, quota.burst)), class: quota.class };
  } catch (err) {
    ports.log.warn({ err, class: quota.class }, 'a request was not counted');
    return undefined;
  }
}

/** The refusal of document A1. */
export function rateLimitExceeded(answer: RateAnswer): GatewayError {
  const { limit, used, resetAtMs, nextMs } = answer;
  const resetAt = new Date(resetAtMs).toISOString();
  const retryAfter = Math.max(1, Math.ceil(nextMs / 1000));
  const whose = answer.class === 'management' ? 'User' : 'API key';
  return new GatewayError(
    'RATE_LIMIT_EXCEEDED',
    `${whose} rate limit exceeded. Limit: ${limit}/hour, Used: ${used}, Resets at: ${resetAt}`,
    { details: { limit, used, resetAt, retryAfter }, retryAfterSeconds: retryAfter },
  );
}

/** How much of its quotas a key has used; looking takes nothing. */
export async function lookAtQuotas(
  ports: Pick<Ports, 'rateLimits'>,
  key: Extract<RateCaller, { kind: 'key' }>,
): Promise<{ messages: RateUse; reads: RateUse }> {
  const look = (isRead: boolean) => {
    const { subject, limit, burst } = quotaOf(key, isRead);
    return ports.rateLimits.look(subject, limit, burst);
  };
  const [messages, reads] = await Promise.all([look(false), look(true)]);
  return { messages, reads };
}
