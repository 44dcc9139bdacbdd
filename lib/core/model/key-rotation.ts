import type { ApiKey, KeyRotation } from './account.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/**
 * When the present secret stops working by itself, in ms since epoch:
 *
 *   made, rotated ── everyDays ──► due ── overlapHours ──► ended
 *                                   └ told; a new one may be fetched
 */
export function secretEndsAtMs({ rotation }: Pick<ApiKey, 'rotation'>): number {
  return rotation === null ? Number.POSITIVE_INFINITY : Date.parse(rotation.dueAt) + rotation.overlapHours * HOUR_MS;
}

/** The rotation of a secret that begins now. */
export function rotationFrom(
  { everyDays, overlapHours }: Pick<KeyRotation, 'everyDays' | 'overlapHours'>,
  nowMs: number,
): KeyRotation {
  return { everyDays, overlapHours, dueAt: new Date(nowMs + everyDays * DAY_MS).toISOString() };
}
