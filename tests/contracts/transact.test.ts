import { DynamoDBClient, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, expect, it } from 'vitest';
import { type TransactItem, transact } from '../../lib/core/adapters/dynamodb/transact.ts';

const dynamo = DynamoDBDocumentClient.from(new DynamoDBClient({ region: 'us-east-1' }));
const sent = mockClient(dynamo);
const ITEMS: TransactItem[] = [
  { Delete: { TableName: 't', Key: { pk: '1', sk: '1' } } },
  { Delete: { TableName: 't', Key: { pk: '2', sk: '2' } } },
];

afterEach(() => sent.reset());

function cancelled(...codes: string[]): TransactionCanceledException {
  return new TransactionCanceledException({
    message: 'cancelled',
    $metadata: {},
    CancellationReasons: codes.map((Code) => ({ Code })),
  });
}

function failure(fields: { name?: string; code?: string; status?: number }): Error {
  const { name = 'Error', code, status } = fields;
  return Object.assign(new Error(name), { name, code, $metadata: { httpStatusCode: status } });
}

const tokens = () => sent.commandCalls(TransactWriteCommand).map(({ args }) => args[0].input.ClientRequestToken);

it('tells which conditions failed, at once', async () => {
  sent.on(TransactWriteCommand).rejects(cancelled('None', 'ConditionalCheckFailed'));
  expect(await transact(dynamo, ITEMS)).toEqual([false, true]);
  sent.on(TransactWriteCommand).rejects(cancelled('ConditionalCheckFailed', 'TransactionConflict'));
  expect(await transact(dynamo, ITEMS)).toEqual([true, false]);
  expect(tokens()).toHaveLength(2);
});

it.each(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded'])(
  'begins a new transaction after a cancellation for %s',
  async (code) => {
    sent
      .on(TransactWriteCommand)
      .rejectsOnce(cancelled('None', code))
      .rejectsOnce(cancelled(code, 'None'))
      .resolves({});
    expect(await transact(dynamo, ITEMS)).toBeUndefined();
    expect(new Set(tokens()).size).toBe(3);
  },
);

it.each([
  { name: 'TimeoutError' },
  { code: 'ECONNRESET' },
  { name: 'ThrottlingException', status: 400 },
  { name: 'TransactionInProgressException', status: 400 },
  { status: 503 },
])('repeats under the same token what may have been written: %o', async (fields) => {
  sent.on(TransactWriteCommand).rejectsOnce(failure(fields)).resolves({});
  expect(await transact(dynamo, ITEMS)).toBeUndefined();
  expect(tokens()).toHaveLength(2);
  expect(new Set(tokens()).size).toBe(1);
});

it('throws at once what will not pass', async () => {
  sent.on(TransactWriteCommand).rejects(failure({ name: 'ValidationException', status: 400 }));
  await expect(transact(dynamo, ITEMS)).rejects.toThrow('ValidationException');
  sent.on(TransactWriteCommand).rejects(cancelled('ValidationError', 'None'));
  await expect(transact(dynamo, ITEMS)).rejects.toBeInstanceOf(TransactionCanceledException);
  expect(tokens()).toHaveLength(2);
});

it('gives up after six tries', async () => {
  sent.on(TransactWriteCommand).rejects(cancelled('TransactionConflict', 'None'));
  await expect(transact(dynamo, ITEMS)).rejects.toBeInstanceOf(TransactionCanceledException);
  expect(tokens()).toHaveLength(6);
});

it('refuses more items than DynamoDB takes', async () => {
  await expect(transact(dynamo, Array(101).fill(ITEMS[0]))).rejects.toThrow('takes 100 items, not 101');
  expect(tokens()).toHaveLength(0);
});
