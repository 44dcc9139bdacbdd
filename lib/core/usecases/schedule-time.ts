import { GatewayError } from '../errors.ts';
import { KEEP_DAYS } from '../model/media.ts';

const DAY_MS = 86_400_000;
const MAX_DAYS_AHEAD = 366;
/** A file must still be there for as long as a message may be tried, which is a day. */
const MAX_DAYS_WITH_FILE = KEEP_DAYS.outgoing - 1;

interface Schedulable {
  sendAt?: string;
  media?: { id?: string };
  items?: readonly { media?: { id?: string } }[];
}

/**
 * Takes `sendAt` out of an operation's parsed input; null: at once.
 * @throws GatewayError VALIDATION_ERROR for a moment that is over or too far ahead, also for a file that is not kept so long
 */
export function scheduleOf(input: unknown, nowMs: number): { parsed: unknown; sendAtMs: number | null } {
  if (typeof input !== 'object' || input === null || !('sendAt' in input)) return { parsed: input, sendAtMs: null };
  const { sendAt, ...parsed } = input as Schedulable;
  if (sendAt === undefined) return { parsed, sendAtMs: null };
  return { parsed, sendAtMs: judgedTime(sendAt, parsed, nowMs) };
}

/** When it is to be sent, in ms since epoch. @throws as `scheduleOf` */
export function judgedTime(sendAt: string, input: unknown, nowMs: number): number {
  const sendAtMs = Date.parse(sendAt);
  const { media, items } = input as Schedulable;
  if (!(sendAtMs > nowMs)) throw invalid('must be in the future');
  if (sendAtMs > nowMs + MAX_DAYS_AHEAD * DAY_MS) throw invalid(`must be at most ${MAX_DAYS_AHEAD} days ahead`);
  const hasFile = [media, ...(items ?? []).map((item) => item.media)].some((file) => file?.id !== undefined);
  if (hasFile && sendAtMs > nowMs + MAX_DAYS_WITH_FILE * DAY_MS) {
    throw invalid('must be at most 24 hours ahead for a file that is kept here; give it by https URL for later');
  }
  return sendAtMs;
}

function invalid(message: string): GatewayError {
  return new GatewayError('VALIDATION_ERROR', `sendAt: ${message}.`, { details: [{ path: 'sendAt', message }] });
}
