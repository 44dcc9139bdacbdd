import { AsyncLocalStorage } from 'node:async_hooks';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** One command that was sent to DynamoDB. */
export interface DynamoCall {
  name: string;
  /** Its input as JSON, to look for keys in. */
  input: string;
  startMs: number;
  /** Infinity while it is on its way. */
  endMs: number;
}

const recording = new AsyncLocalStorage<DynamoCall[]>();
const send = DynamoDBDocumentClient.prototype.send as (command: object, ...rest: unknown[]) => Promise<unknown>;

DynamoDBDocumentClient.prototype.send = async function (
  this: DynamoDBDocumentClient,
  command: object,
  ...rest: unknown[]
) {
  const calls = recording.getStore();
  if (!calls) return send.call(this, command, ...rest);
  const { constructor: kind, input } = command as { constructor: { name: string }; input: object };
  const call = { name: kind.name, input: JSON.stringify(input), startMs: performance.now(), endMs: Infinity };
  calls.push(call);
  try {
    return await send.call(this, command, ...rest);
  } finally {
    call.endMs = performance.now();
  }
} as typeof DynamoDBDocumentClient.prototype.send;

/** What `work`, and nothing else in this process, asks of DynamoDB. */
export async function recordDynamo<T>(work: () => Promise<T>): Promise<{ result: T; calls: DynamoCall[] }> {
  const calls: DynamoCall[] = [];
  const result = await recording.run(calls, work);
  return { result, calls };
}

/** The most calls of which each began only after the one before had ended: round trips that add up. */
export function roundTrips(calls: readonly DynamoCall[]): number {
  let count = 0;
  let freeAtMs = Number.NEGATIVE_INFINITY;
  for (const { startMs, endMs } of [...calls].sort((a, b) => a.endMs - b.endMs)) {
    if (startMs < freeAtMs) continue;
    count += 1;
    freeAtMs = endMs;
  }
  return count;
}
