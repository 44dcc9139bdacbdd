import { GatewayError } from '../errors.ts';
import type { Ports } from '../ports/index.ts';

export interface StoredAnswer {
  status: number;
  /** The body as text; empty for none. */
  body: string;
}

export interface AnswerOnceInput {
  tenantId: string;
  /** The caller's Idempotency-Key, already told apart by caller. */
  key: string;
  /** Everything that makes two requests the same: method, path, canonical body. */
  request: string;
}

/** A claim outlives the longest request that a front end allows. */
const LOCK_SECONDS = 60;

/**
 * Runs a write that is not a command at most once per Idempotency-Key and gives repeats the stored answer, for 24 h.
 * Answers are stored sealed, since some show a secret once. A failed write stores nothing and frees the key.
 * @throws GatewayError IDEMPOTENCY_KEY_REUSED for another request, IDEMPOTENCY_IN_PROGRESS while one is running
 */
export async function answerOnce(
  ports: Pick<Ports, 'idempotency' | 'seal' | 'log'>,
  input: AnswerOnceInput,
  work: () => Promise<StoredAnswer>,
): Promise<StoredAnswer & { replayed: boolean }> {
  const { tenantId, key } = input;
  const context = `${tenantId}|${key}`;
  const begun = await ports.idempotency.begin(tenantId, key, ports.seal.fingerprint(input.request), LOCK_SECONDS);
  if (begun.state === 'mismatch') throw new GatewayError('IDEMPOTENCY_KEY_REUSED');
  if (begun.state === 'running') {
    throw new GatewayError('IDEMPOTENCY_IN_PROGRESS', undefined, { retryAfterSeconds: 1 });
  }
  if (begun.state === 'done') {
    const body = ports.seal.open(begun.body, context);
    if (body === undefined) throw new GatewayError('INVALID_STATE', 'The stored answer can no longer be read.');
    return { status: begun.status, body, replayed: true };
  }
  let answer: StoredAnswer;
  try {
    answer = await work();
  } catch (error) {
    await ports.idempotency.abandon(tenantId, key).catch((err: unknown) => {
      ports.log.warn({ err, tenantId }, 'an idempotency key could not be freed');
    });
    throw error;
  }
  await ports.idempotency.complete(tenantId, key, answer.status, ports.seal.seal(answer.body, context));
  return { ...answer, replayed: false };
}
