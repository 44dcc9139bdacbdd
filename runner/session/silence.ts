import type { EventEmitter } from 'node:events';
import { type BinaryNode, DisconnectReason, type WASocket } from '../../lib/baileys/index.ts';

/** How long WhatsApp may take to answer a question. */
export const ANSWER_TIMEOUT_MS = 60_000;

export const SILENCE = 'WhatsApp did not answer in time.';

/** Stands in for an answer that does not come: a refusal without a number, which Baileys throws. */
export const NO_ANSWER: BinaryNode = {
  tag: 'iq',
  attrs: { type: 'error' },
  content: [{ tag: 'error', attrs: { code: 'none', text: SILENCE } }],
};

/**
 * Baileys takes a question that nobody answers for one that was answered with nothing: a list is empty, a change was
 * made, a person has no devices. From here on such a question fails, wherever in Baileys it was asked.
 *
 *   query ──listens for TAG:<id>──► answer within `timeoutMs`
 *                               └──► else NO_ANSWER: the query throws (`isUnanswered`)
 *
 * Conditional on `defaultQueryTimeoutMs` 0, so that Baileys' own time-out does not come first.
 */
export function failUnanswered({ ws }: Pick<WASocket, 'ws'>, timeoutMs: number): void {
  const emitter = ws as unknown as EventEmitter;
  const waiting = new Map<string, NodeJS.Timeout>();
  emitter.on('newListener', (name: unknown) => {
    if (typeof name !== 'string' || !name.startsWith('TAG:') || waiting.has(name)) return;
    waiting.set(name, setTimeout(() => emitter.emit(name, NO_ANSWER), timeoutMs).unref());
  });
  emitter.on('removeListener', (name: string) => {
    if (!waiting.has(name) || emitter.listenerCount(name) > 0) return;
    clearTimeout(waiting.get(name));
    waiting.delete(name);
  });
}

/** Does an error of Baileys say that WhatsApp left a question without an answer? */
export function isUnanswered(error: unknown): boolean {
  if (error instanceof Error && error.message === SILENCE) return true;
  return (error as { output?: { statusCode?: number } } | undefined)?.output?.statusCode === DisconnectReason.timedOut;
}

/** As Baileys says it of a connection. */
export function silence(): Error {
  return Object.assign(new Error(SILENCE), { output: { statusCode: DisconnectReason.timedOut } });
}

/**
 * For what asks WhatsApp for a media host. Baileys keeps that question with what came of it, also when nobody answered:
 * only another connection asks anew.
 */
export async function withMediaHost<T>(sock: WASocket, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (isUnanswered(error)) void sock.end(silence());
    throw error;
  }
}
