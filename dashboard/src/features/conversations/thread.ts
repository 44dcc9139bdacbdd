import type { Message, MessageStatus } from '../../api/types.ts';

/** What is known of one chat: its newest messages down to where `cursor` goes on; null: that is all. */
export interface Thread {
  /** Newest first, as the API lists them. */
  messages: readonly Message[];
  cursor: string | null;
}

export type Row =
  | { kind: 'day'; key: string; at: string }
  | { kind: 'message'; key: string; message: Message; isFirst: boolean };

/** After so long the same author is named again. */
const RUN_MS = 5 * 60_000;
/** So long the ticks of a message are looked at often. */
const MOVES_MS = 2 * 60_000;

/** Senders choose their ids: one of ours and one of theirs may be the same. */
export function keyOf({ direction, messageId }: Message): string {
  return `${direction} ${messageId}`;
}

/** In the order in which a message goes through them: none is followed by one before it. */
const WAY: readonly MessageStatus[] = [
  ...(['SCHEDULED', 'QUEUED', 'CANCELLED', 'UNKNOWN', 'FAILED', 'SENT', 'DELIVERED', 'READ'] as const),
];

/** The messages with what was told of them, which may be newer than what was asked for. Pure. */
export function withTold(thread: Thread, told: ReadonlyMap<string, MessageStatus>): Thread {
  const isNews = ({ direction, messageId, status }: Message) => {
    const heard = direction === 'sent' && told.get(messageId);
    return heard && WAY.indexOf(heard) > WAY.indexOf(status) ? heard : undefined;
  };
  if (!thread.messages.some(isNews)) return thread;
  const messages = thread.messages.map((message) => {
    const status = isNews(message);
    return status ? { ...message, status } : message;
  });
  return { ...thread, messages };
}

/** The newest page on top of what was known; what was known goes where the two do not meet. Pure. */
export function withNewest(known: Thread | undefined, page: Thread): Thread {
  const oldest = page.messages.at(-1);
  if (!known || !oldest) return page;
  const fresh = new Set(page.messages.map(keyOf));
  if (page.cursor !== null && !known.messages.some((message) => fresh.has(keyOf(message)))) return page;
  if (page.cursor === null) return page;
  const rest = known.messages.filter((message) => !fresh.has(keyOf(message)) && message.timestamp <= oldest.timestamp);
  return { messages: [...page.messages, ...rest], cursor: known.cursor };
}

/** An older page under what is known; a page of another cursor is not its. Pure. */
export function withOlder(known: Thread, after: string, page: Thread): Thread {
  if (known.cursor !== after) return known;
  const there = new Set(known.messages.map(keyOf));
  return {
    messages: [...known.messages, ...page.messages.filter((message) => !there.has(keyOf(message)))],
    cursor: page.cursor,
  };
}

/** Something that was just sent may get its ticks any moment. */
export function isMoving({ messages }: Thread, nowMs: number): boolean {
  return messages.some(
    ({ direction, status, timestamp }) =>
      direction === 'sent' &&
      (status === 'QUEUED' || status === 'SENT' || status === 'DELIVERED') &&
      nowMs - Date.parse(timestamp) < MOVES_MS,
  );
}

/** What is shown, oldest first: a line for each day, and who begins to speak. Pure but for the time zone. */
export function rowsOf(messages: readonly Message[]): Row[] {
  const rows: Row[] = [];
  let before: Message | undefined;
  for (let i = messages.length - 1; i >= 0; i -= 1) {
    const message = messages[i] as Message;
    const isNewDay = !before || dayOf(before.timestamp) !== dayOf(message.timestamp);
    if (isNewDay) rows.push({ kind: 'day', key: `day ${dayOf(message.timestamp)}`, at: message.timestamp });
    const isFirst =
      isNewDay ||
      !before ||
      before.direction !== message.direction ||
      before.from !== message.from ||
      Date.parse(message.timestamp) - Date.parse(before.timestamp) > RUN_MS;
    rows.push({ kind: 'message', key: keyOf(message), message, isFirst });
    before = message;
  }
  return rows;
}

/** In the time zone of whoever looks. */
export function dayOf(at: string | number): string {
  const date = new Date(at);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}
