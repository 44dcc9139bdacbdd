import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SpawnedEntry, spawnEntry } from '../../bin/spawn.ts';
import { type AnswerBody, ApiClient, freshNumber, linkInstance, register } from '../support/client.ts';
import { adaptersOf, eventsOf, numbersOf, settled } from '../support/event-log.ts';
import { control, Person } from '../support/person.ts';

const ROUNDS = 6;
const PER_ROUND = 12;

let folder: string;
let sandbox: SpawnedEntry;
let gateway: SpawnedEntry;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchboard-kill-'));
  sandbox = await spawnEntry('sandbox', { SANDBOX_PORT: '0', DATA_DIR: join(folder, 'sandbox') });
  gateway = await startGateway();
});
afterAll(async () => {
  await gateway?.kill();
  await sandbox?.kill();
  await rm(folder, { recursive: true, force: true });
});

function startGateway(): Promise<SpawnedEntry> {
  return spawnEntry('start', { PORT: '0', DATA_DIR: join(folder, 'gateway'), SANDBOX_URL: sandbox.url });
}

interface Attempt {
  text: string;
  key: string;
  messageId: string | undefined;
}

describe('kill -9 of the whole process tree, between accept and ack', () => {
  it('loses nothing, doubles nothing, and leaves no Signal error', async () => {
    const user = await register(gateway.url);
    const instance = await linkInstance(user);
    const contact = new Person(sandbox.url, freshNumber());
    const writer = new Person(sandbox.url, freshNumber());
    const attempts: Attempt[] = [];
    const written: string[] = [];
    // Acks that come late make sure that every kill finds messages on their way.
    await control(sandbox.url, 'POST', '/control/faults', { ackDelayMs: 40 });

    for (let round = 0; round < ROUNDS; round += 1) {
      const key = new ApiClient(gateway.url, instance.key.credential);
      const batch = Array.from({ length: PER_ROUND }, (_, i): Attempt => {
        return { text: `message ${round}.${i}`, key: `k-${round}-${i}`, messageId: undefined };
      });
      attempts.push(...batch);
      const sending = batch.map((attempt) => send(key, contact.number, attempt));
      for (let i = 0; i < 4; i += 1) {
        const text = `inbound ${round}.${i}`;
        written.push(text);
        await writer.writes(instance.phone, text);
      }
      // A different number of messages has left at each kill.
      await contact.sees((message) => message.text?.startsWith(`message ${round}.`) === true, 1 + round, 90_000);
      await gateway.kill();
      await Promise.all(sending);
      gateway = await startGateway();
    }

    const url = gateway.url;
    const after = { user: new ApiClient(url, user.credential), key: new ApiClient(url, instance.key.credential) };
    const isConnected = ({ body }: { body: AnswerBody }) => body.data.status === 'CONNECTED';
    await after.user.until(`/api/instances/${instance.name}/status`, isConnected, 90_000);
    // A caller that got no answer repeats its request with the same Idempotency-Key.
    for (const attempt of attempts) await send(after.key, contact.number, attempt);
    expect(attempts.filter((attempt) => !attempt.messageId)).toEqual([]);
    for (const { messageId } of attempts) {
      await after.key.until(`/api/messages/${messageId}/status`, ({ body }) =>
        ['SENT', 'DELIVERED', 'READ'].includes(body.data.status),
      );
    }

    const seen = (await contact.messages()).filter((message) => !message.own);
    expect(seen.map((message) => message.text).sort()).toEqual(attempts.map((attempt) => attempt.text).sort());
    expect(seen.map((message) => `msg_${message.id}`).sort()).toEqual(attempts.map((a) => a.messageId).sort());

    // Every kill hit a message that had left and was not acknowledged: its repeat came under the same id.
    expect((await contact.facts()).duplicates).toBeGreaterThanOrEqual(ROUNDS / 2);

    const path = '/api/messages?direction=received&per_page=100';
    const list = await after.key.until(path, ({ body }) => body.data.messages.length >= written.length);
    const texts = list.body.data.messages.map((message: { text: string }) => message.text).sort();
    expect(texts).toEqual([...written].sort());

    // What was told has numbers without gaps, and each message counts once, whatever was repeated.
    const sums = { messagesSent: attempts.length, messagesReceived: written.length, messagesFailed: 0 };
    const all = { ...sums, messagesDelivered: attempts.length };
    await after.key.until('/api/stats?period=7days', ({ body }) => {
      return Object.entries(all).every(([name, count]) => body.data.summary[name] >= count);
    });
    const dataDir = join(folder, 'gateway');
    const adapters = adaptersOf(dataDir);
    const { id } = (await after.user.must('GET', `/api/instances/${instance.name}`)).body.data;
    const lastSeq = await settled(adapters, id as string, 2 * attempts.length + written.length);
    const numbers = await numbersOf(dataDir, id as string);
    // A receipt that is late may have come since.
    expect(numbers.length).toBeGreaterThanOrEqual(lastSeq);
    expect(numbers).toEqual(numbers.map((_, n) => n + 1));
    const { events } = await eventsOf(adapters, id as string);
    expect(new Set(events.map((event) => event.id)).size).toBe(events.length);
    adapters.close();
    expect((await after.key.get('/api/stats?period=7days')).body.data.summary).toMatchObject(all);

    for (const person of [contact, writer, new Person(sandbox.url, instance.phone)]) {
      expect(await person.facts()).toMatchObject({ decryptErrors: [], retryRequests: 0 });
    }
    expect(gateway.output()).not.toMatch(/Bad MAC|No session|MessageCounter/i);
  });
});

/** Sends with the attempt's own Idempotency-Key. An answer that never comes leaves `messageId` undefined. */
async function send(key: ApiClient, to: string, attempt: Attempt): Promise<void> {
  const headers = { 'idempotency-key': attempt.key, prefer: 'respond-async' };
  const answer = await key.post('/api/messages/text', { to, text: attempt.text }, headers).catch(() => undefined);
  if (!answer) return;
  if (answer.status >= 400) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
  attempt.messageId = answer.body.data.messageId as string;
}
