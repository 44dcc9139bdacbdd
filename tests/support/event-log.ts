import { BatchWriteCommand, DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { createDynamo } from '../../lib/core/adapters/dynamodb/client.ts';
import { PREFIXES } from '../../lib/core/adapters/dynamodb/keys.ts';
import { messageToRow } from '../../lib/core/adapters/dynamodb/message-row.ts';
import { queryAll } from '../../lib/core/adapters/dynamodb/rows.ts';
import { type Adapters, createAdapters } from '../../lib/core/adapters/index.ts';
import { readAdminFile } from '../../lib/core/adapters/local/admin-file.ts';
import type { EventData, EventName } from '../../lib/core/catalogue/events.ts';
import { readConfig } from '../../lib/core/config.ts';
import { type Message, receivedScope } from '../../lib/core/model/message.ts';
import type { RecordedEvent } from '../../lib/core/ports/events.ts';

/** The stores of the gateway that runs on the directory, seen from outside of it. */
export function adaptersOf(dataDir: string): Adapters {
  const running = readAdminFile(dataDir);
  if (!running) throw new Error(`No gateway runs on ${dataDir}.`);
  return createAdapters(readConfig({ ...running.env, JWT_SECRETS: 'x'.repeat(32) }));
}

/** The numbers of all rows of a stream, repeats too. */
export async function numbersOf(dataDir: string, streamId: string): Promise<number[]> {
  const config = readConfig({ ...readAdminFile(dataDir)?.env, JWT_SECRETS: 'x'.repeat(32) });
  const dynamo = createDynamo(config);
  const rows = await queryAll({ dynamo, table: config.mainTable, clock: Date.now }, PREFIXES.events(streamId));
  dynamo.destroy();
  return rows.map((row) => row.seq as number);
}

/** Received messages as the runner leaves them, far more of them than anybody could write in a test. */
export async function storeMessages(dataDir: string, messages: readonly Message[]): Promise<void> {
  const config = readConfig({ ...readAdminFile(dataDir)?.env, JWT_SECRETS: 'x'.repeat(32) });
  const dynamo = createDynamo(config);
  const rows = messages.map((message) => messageToRow(message, receivedScope(message.chat), Date.now()));
  const write = async (batch: typeof rows) => {
    const RequestItems = { [config.mainTable]: batch.map((Item) => ({ PutRequest: { Item } })) };
    const { UnprocessedItems } = await dynamo.send(new BatchWriteCommand({ RequestItems }));
    if (Object.keys(UnprocessedItems ?? {}).length > 0) throw new Error('Not all rows were written.');
  };
  const step = BATCH_ROWS * BATCHES_AT_ONCE;
  for (let start = 0; start < rows.length; start += step) {
    const batches = Array.from({ length: BATCHES_AT_ONCE }, (_, i) =>
      rows.slice(start + i * BATCH_ROWS, start + (i + 1) * BATCH_ROWS),
    );
    await Promise.all(batches.filter((batch) => batch.length > 0).map(write));
  }
  dynamo.destroy();
}

/** DynamoDB takes at most this many rows of a batch. */
const BATCH_ROWS = 25;
const BATCHES_AT_ONCE = 8;

/** Takes away what a message that came held, as time does. */
export async function forgetContent(dataDir: string, instanceId: string, waId: string): Promise<void> {
  const config = readConfig({ ...readAdminFile(dataDir)?.env, JWT_SECRETS: 'x'.repeat(32) });
  const dynamo = createDynamo(config);
  const place = { dynamo, table: config.keysTable, clock: Date.now };
  const rows = await queryAll(place, PREFIXES.sentProtos(instanceId));
  const row = rows.find(({ sk }) => (sk as string).endsWith(`|${waId}`));
  if (!row) throw new Error(`There is no content of ${waId}.`);
  await dynamo.send(new DeleteCommand({ TableName: config.keysTable, Key: { pk: row.pk, sk: row.sk } }));
  dynamo.destroy();
}

/** Every event of a stream, repeats left out, and the last number of all. */
export async function eventsOf(
  { events }: Pick<Adapters, 'events'>,
  streamId: string,
): Promise<{ events: RecordedEvent[]; lastSeq: number }> {
  const all: RecordedEvent[] = [];
  for (let lastSeq = 0; ; ) {
    const page = await events.list(streamId, lastSeq, 100);
    all.push(...page.events);
    if (page.lastSeq === lastSeq) return { events: all, lastSeq };
    lastSeq = page.lastSeq;
  }
}

/** Resolves with the first event of the type that is liked, as soon as it is recorded. */
export async function eventTold<N extends EventName>(
  adapters: Pick<Adapters, 'events'>,
  streamId: string,
  type: N,
  likes: (data: EventData<N>) => boolean = () => true,
): Promise<RecordedEvent & { data: EventData<N> }> {
  const endMs = performance.now() + 45_000;
  for (;;) {
    const { events } = await eventsOf(adapters, streamId);
    const found = events.find((event) => event.type === type && likes(event.data as EventData<N>));
    if (found) return found as RecordedEvent & { data: EventData<N> };
    if (performance.now() > endMs) throw new Error(`${type} was not told; ${events.map((event) => event.type)}`);
    await new Promise((wake) => setTimeout(wake, 30));
  }
}

/** Resolves when nothing of the stream is left to settle, and its last number is at least `atLeast`. */
export async function settled(
  { events }: Pick<Adapters, 'events'>,
  streamId: string,
  atLeast = 1,
  withinMs = 45_000,
): Promise<number> {
  const endMs = performance.now() + withinMs;
  for (;;) {
    const { cursor, events: left } = await events.unsettled(streamId, 1);
    if (left.length === 0 && cursor >= atLeast) return cursor;
    if (performance.now() > endMs) throw new Error(`${streamId} stayed at ${cursor}, ${left.length} left`);
    await new Promise((wake) => setTimeout(wake, 20));
  }
}
