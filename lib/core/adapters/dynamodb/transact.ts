import { randomUUID } from 'node:crypto';
import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { TransactWriteCommand, type TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import type { Dynamo } from './client.ts';

export type TransactItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** DynamoDB's own limit. */
export const MAX_TRANSACT_ITEMS = 100;

const MAX_TRIES = 6;
const MAX_TOTAL_MS = 10_000;
const BASE_DELAY_MS = 20;
const MAX_DELAY_MS = 640;

/**
 * Writes all items or none. Answers `undefined` when they are written, or which items' conditions failed, by position.
 * What may pass is tried again, 6 times or for 10 s, with growing random pauses:
 *
 *   cancelled: a condition failed           → answer
 *   cancelled: conflict or throttling only  → again, as a new transaction
 *   throttled, 5xx, timeout, lost           → again under the same token: if it was written, it is not written twice
 *   anything else                           → throw
 *
 * @throws Error of the SDK; after a timeout or a lost connection it means "not known to be written"
 */
export async function transact(dynamo: Dynamo, items: TransactItem[]): Promise<boolean[] | undefined> {
  if (items.length > MAX_TRANSACT_ITEMS) {
    throw new Error(`A transaction takes ${MAX_TRANSACT_ITEMS} items, not ${items.length}.`);
  }
  const startedMs = performance.now();
  let token = randomUUID();
  for (let attempt = 1; ; attempt += 1) {
    try {
      await dynamo.send(new TransactWriteCommand({ TransactItems: items, ClientRequestToken: token }));
      return undefined;
    } catch (error) {
      const failed = failedConditions(error);
      if (failed) return failed;
      const worthwhile = attempt < MAX_TRIES && performance.now() - startedMs < MAX_TOTAL_MS;
      if (!worthwhile || !isPassing(error)) throw error;
      if (error instanceof TransactionCanceledException) token = randomUUID();
    }
    await pause(attempt);
  }
}

/** True when a single write was refused by its condition. */
export function isConditionFailure(error: unknown): error is ConditionalCheckFailedException {
  return error instanceof ConditionalCheckFailedException;
}

function failedConditions(error: unknown): boolean[] | undefined {
  if (!(error instanceof TransactionCanceledException)) return undefined;
  const failed = (error.CancellationReasons ?? []).map((reason) => reason.Code === 'ConditionalCheckFailed');
  return failed.includes(true) ? failed : undefined;
}

const PASSING_REASONS = new Set([
  'None',
  'TransactionConflict',
  'ProvisionedThroughputExceeded',
  'ThrottlingError',
  'RequestLimitExceeded',
]);

const PASSING_ERRORS = new Set([
  'TransactionInProgressException',
  'TransactionConflictException',
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'RequestLimitExceeded',
  'InternalServerError',
  'ServiceUnavailable',
  'TimeoutError',
  'AbortError',
]);

const PASSING_CODES = new Set(['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN', 'EHOSTUNREACH']);

function isPassing(error: unknown): boolean {
  if (error instanceof TransactionCanceledException) {
    return (error.CancellationReasons ?? []).every((reason) => PASSING_REASONS.has(reason.Code ?? 'None'));
  }
  const { name, code, $metadata } = error as {
    name?: string;
    code?: string;
    $metadata?: { httpStatusCode?: number };
  };
  return PASSING_ERRORS.has(name ?? '') || PASSING_CODES.has(code ?? '') || ($metadata?.httpStatusCode ?? 0) >= 500;
}

function pause(attempt: number): Promise<void> {
  const capMs = Math.min(MAX_DELAY_MS, BASE_DELAY_MS * 2 ** (attempt - 1));
  return new Promise((resolve) => setTimeout(resolve, capMs * (0.5 + Math.random() / 2)));
}
