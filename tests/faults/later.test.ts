import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type SpawnedEntry, spawnEntry } from '../../bin/spawn.ts';
import {
  type AnswerBody,
  type ApiClient,
  freshNumber,
  type LinkedInstance,
  linkInstance,
  register,
} from '../support/client.ts';
import { control, Person } from '../support/person.ts';
import { png } from '../support/sample-files.ts';

let folder: string;
let sandbox: SpawnedEntry;
let gateway: SpawnedEntry;
let instance: LinkedInstance;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchboard-later-'));
  sandbox = await spawnEntry('sandbox', { SANDBOX_PORT: '0', DATA_DIR: join(folder, 'sandbox') });
  gateway = await startGateway();
  instance = await linkInstance(await register(gateway.url));
}, 120_000);
afterAll(async () => {
  await gateway?.kill();
  await sandbox?.kill();
  await rm(folder, { recursive: true, force: true });
});

function startGateway(): Promise<SpawnedEntry> {
  return spawnEntry('start', { PORT: '0', DATA_DIR: join(folder, 'gateway'), SANDBOX_URL: sandbox.url });
}

async function restartAfterKill(): Promise<void> {
  await gateway.kill();
  gateway = await startGateway();
}

const key = (): ApiClient => instance.key.at(gateway.url);
const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();
const until = (at: string) => new Promise((wake) => setTimeout(wake, Math.max(0, Date.parse(at) - Date.now())));

async function schedule(path: string, body: object): Promise<string> {
  const { status, body: answer } = await key().post(`/api/messages/${path}`, body);
  expect([status, answer.data?.status]).toEqual([202, 'SCHEDULED']);
  return answer.data.messageId;
}

it('sends what came due while nothing ran, as it was last changed, and nothing that was cancelled', async () => {
  const contact = new Person(sandbox.url, freshNumber());
  const common = { to: contact.number, sendAt: inMs(30_000) };
  const plain = await schedule('text', { ...common, text: 'plain' });
  const changed = await schedule('text', { ...common, text: 'first words' });
  const cancelled = await schedule('text', { ...common, text: 'never' });
  const picture = await schedule('image', { ...common, image: png().toString('base64'), caption: 'look' });
  const path = (id: string) => `/api/instances/${instance.name}/scheduled/${id}`;
  expect((await key().call('DELETE', path(cancelled))).status).toBe(204);
  const sendAt = inMs(4_000);
  const patches = [plain, picture].map((id) => key().call('PATCH', path(id), { sendAt }));
  patches.push(key().call('PATCH', path(changed), { text: 'other words', sendAt }));
  for (const patched of patches) expect((await patched).status).toBe(200);
  await gateway.kill();
  await until(sendAt);
  gateway = await startGateway();

  // The last one comes after all others could have.
  await contact.sees(() => true, 3, 60_000);
  await schedule('text', { to: contact.number, sendAt: inMs(5_000), text: 'the last' });
  await contact.sees((message) => message.text === 'the last', 1, 60_000);
  const seen = await contact.messages();
  expect(seen.map(({ text }) => text).sort()).toEqual(['look', 'other words', 'plain', 'the last']);
  expect(seen.map(({ id }) => `msg_${id}`)).toEqual(expect.arrayContaining([plain, changed, picture]));
  const { body } = await key().get(`/api/messages/${cancelled}/status`);
  expect(body.data).toMatchObject({ status: 'CANCELLED', sentAt: null });
});

it('sends each once when it is killed while many come due', async () => {
  const contact = new Person(sandbox.url, freshNumber());
  await control(sandbox.url, 'POST', '/control/faults', { ackDelayMs: 40 });
  const sendAt = inMs(8_000);
  const numbers = Array.from({ length: 30 }, (_, i) => i);
  const ids = await Promise.all(
    numbers.map((i) => schedule('text', { to: contact.number, text: `number ${i}`, sendAt })),
  );
  for (const seen of [2, 12]) {
    await contact.sees(() => true, seen, 60_000);
    await restartAfterKill();
  }
  const isSent = ({ body }: { body: AnswerBody }) => ['SENT', 'DELIVERED', 'READ'].includes(body.data.status);
  for (const id of ids) await key().until(`/api/messages/${id}/status`, isSent, 90_000);
  const seen = await contact.messages();
  expect(seen.map(({ id }) => `msg_${id}`).sort()).toEqual([...ids].sort());
  expect((await key().get(`/api/instances/${instance.name}/scheduled`)).body.data.messages).toEqual([]);
});

it('a bulk reaches everybody once, in order, whenever it is killed', async () => {
  const { user } = instance;
  const second = await linkInstance(user.at(gateway.url), 'second');
  await control(sandbox.url, 'POST', '/control/faults', { ackDelayMs: 40 });
  const people = Array.from({ length: 60 }, () => new Person(sandbox.url, freshNumber()));
  const recipients = people.map(({ number }, i) => ({ to: number, variables: { n: i } }));
  const body = { message: { type: 'text', text: 'number {{n}}' }, recipients, instances: [instance.name, second.name] };
  const send = () =>
    user.at(gateway.url).call('POST', `/api/instances/${instance.name}/bulk`, body, { 'idempotency-key': 'k' });
  // Nobody knows whether it was accepted: the same request again tells.
  const first = send().catch(() => undefined);
  await restartAfterKill();
  await first;
  const { status, body: answer } = await send();
  expect([status, answer.data?.counts.total]).toEqual([202, 60]);
  const path = `/api/instances/${instance.name}/bulk/${answer.data.bulkId}`;
  const until = (accept: (data: { status: string; counts: { sent: number } }) => boolean) =>
    user.at(gateway.url).until(path, ({ body: { data } }) => accept(data), 60_000);
  for (const sent of [1, 30]) {
    await until(({ counts }) => counts.sent >= sent);
    await restartAfterKill();
  }
  const done = await until((data) => data.status === 'COMPLETED');
  expect(done.body.data.counts).toMatchObject({ sent: 60, failed: 0, unknown: 0 });
  expect((await user.at(gateway.url).get(`/api/instances/${instance.name}/bulk`)).body.data.bulks).toHaveLength(1);

  const results = (await user.at(gateway.url).get(`${path}/results?per_page=100`)).body.data.results as Result[];
  for (const [i, person] of people.entries()) {
    const seen = await person.messages();
    expect(seen.map(({ id, text }) => [`msg_${id}`, text])).toEqual([[results[i]?.messageId, `number ${i}`]]);
  }
  for (const name of [instance.name, second.name]) {
    const moments = results.filter(({ instanceName }) => instanceName === name).map(({ sentAt }) => sentAt);
    expect(moments.length).toBeGreaterThan(10);
    expect(moments).toEqual([...moments].sort());
  }
});

interface Result {
  messageId: string;
  instanceName: string;
  sentAt: string;
}
