import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLocalMediaStore, type LocalMediaStore } from '../../lib/core/adapters/local/media-files.ts';
import { OPERATION_NAMES, OPERATIONS } from '../../lib/core/catalogue/operations.ts';
import { PERMISSIONS } from '../../lib/core/model/account.ts';
import type { LaterEntry } from '../../lib/core/ports/index.ts';
import { type Account, ApiRig, LINKED } from '../support/api-rig.ts';
import { png } from '../support/sample-files.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

let rig: ApiRig;
let folder: string;
let media: LocalMediaStore;
let account: Account;
let key: string;
let count = 0;
let name: string;
let instanceId: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchboard-media-'));
  media = createLocalMediaStore(folder);
  rig = await ApiRig.start({ media });
  account = await rig.register();
});
afterAll(async () => {
  await rig.stop();
  media.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  count += 1;
  name = `later-${count}`;
  // A subscription of its own for each test: the free one has few instances.
  account = await rig.register();
  instanceId = await rig.instance(account, name, LINKED);
  key = (await rig.key(account, name)).text;
});

const at = (ms: number) => new Date(Date.now() + ms).toISOString();
const post = (path: string, body: object, headers = {}) => rig.call('POST', path, body, { as: key, headers });
const text = (fields: object = {}, headers = {}) =>
  post('/api/messages/text', { to: '6281234567890', text: 'later', sendAt: at(HOUR_MS), ...fields }, headers);
const scheduled = (query = '') => rig.call('GET', `/api/instances/${name}/scheduled${query}`, undefined, { as: key });
const patch = (id: string, body: object) =>
  rig.call('PATCH', `/api/instances/${name}/scheduled/${id}`, body, { as: account.token });
const cancel = (id: string) => rig.call('DELETE', `/api/instances/${name}/scheduled/${id}`, undefined, { as: key });
const status = async (id: string) =>
  (await rig.call('GET', `/api/messages/${id}/status`, undefined, { as: key })).body.data;

/** What the runner that owns the shard would release by then. */
const dueBy = (ms: number) => rig.ports.schedule.due(0, Date.now() + ms, 100);
const mine = async (ms: number) =>
  (await dueBy(ms)).filter((entry) => entry.kind === undefined && entry.instanceId === instanceId) as LaterEntry[];

describe('sendAt', () => {
  it('accepts at once, waits for nothing, and says when', async () => {
    const sendAt = at(HOUR_MS);
    const answer = await text({ sendAt }, { prefer: 'wait=25' });
    expect([answer.status, answer.body.data.status, answer.body.data.sendAt]).toEqual([202, 'SCHEDULED', sendAt]);
    const { messageId } = answer.body.data;
    expect(await status(messageId)).toMatchObject({ status: 'SCHEDULED', sendAt, sentAt: null });
    expect((await rig.ports.commands.listPending(0, instanceId)).length).toBe(0);
    expect(await mine(HOUR_MS + 1_000)).toHaveLength(1);
    expect(await mine(HOUR_MS - 60_000)).toHaveLength(0);
  });

  it.each([
    ['the past', () => at(-1_000), 'must be in the future'],
    ['more than 366 days ahead', () => at(367 * DAY_MS), 'must be at most 366 days ahead'],
    ['no time zone', () => '2027-05-01T09:30:00', 'time zone'],
    ['no date', () => 'tomorrow', 'time zone'],
  ])('refuses %s', async (_what, sendAt, words) => {
    const answer = await text({ sendAt: sendAt() });
    expect([answer.status, answer.body.details[0].path]).toEqual([400, 'sendAt']);
    expect(answer.body.details[0].message).toContain(words);
    expect((await scheduled()).body.data.messages).toEqual([]);
  });

  it('is taken by everything that sends a message, groups and channels among it', async () => {
    const sending = OPERATION_NAMES.filter((op) => OPERATIONS[op].sendsMessage);
    expect(sending.filter((op) => !('sendAt' in OPERATIONS[op].input.shape))).toEqual([]);
    const { text: all } = await rig.key(account, name, [...PERMISSIONS]);
    const send = (path: string, body: object) =>
      rig.call('POST', `/api/instances/${name}/${path}`, { ...body, sendAt: at(HOUR_MS) }, { as: all });
    const image = 'https://files.example/a.png';
    for (const answer of [
      await send('groups/120363041234567890@g.us/messages', { text: 'in the group', mentionAll: true }),
      await send('channels/120363041234567890@newsletter/messages/text', { text: 'in the channel' }),
      await send('channels/120363041234567890@newsletter/messages/image', { image, caption: 'a picture' }),
    ]) {
      expect([answer.status, answer.body.data?.status]).toEqual([202, 'SCHEDULED']);
    }
    const { messages } = (await scheduled()).body.data;
    expect(messages.map((one: { type: string; text: string }) => [one.type, one.text])).toEqual([
      ['text', 'in the group'],
      ['text', 'in the channel'],
      ['image', 'a picture'],
    ]);
  });

  it('takes a file of the request for a day, one by address for longer', async () => {
    const image = png().toString('base64');
    const send = (fields: object) => post('/api/messages/image', { to: '6281234567890', ...fields });
    expect((await send({ image, sendAt: at(23 * HOUR_MS) })).status).toBe(202);
    const late = await send({ image, sendAt: at(25 * HOUR_MS) });
    expect([late.status, late.body.details[0].path]).toEqual([400, 'sendAt']);
    expect((await send({ image: 'https://files.example/a.png', sendAt: at(300 * DAY_MS) })).status).toBe(202);
  });

  it('is one message for one Idempotency-Key', async () => {
    const body = { sendAt: at(HOUR_MS) };
    const headers = { 'idempotency-key': `later-${name}` };
    const [first, second] = [await text(body, headers), await text(body, headers)];
    expect([second.status, second.body.data]).toEqual([202, first.body.data]);
    expect((await text({ sendAt: at(2 * HOUR_MS) }, headers)).status).toBe(422);
    expect((await scheduled()).body.data.messages).toHaveLength(1);
  });

  it('is done when its moment has come, once', async () => {
    const { messageId } = (await text()).body.data;
    const [entry] = await mine(HOUR_MS);
    if (!entry) throw new Error('nothing is due');
    const nowMs = Date.now() + HOUR_MS;
    const released = await Promise.all([1, 2, 3].map(() => rig.ports.schedule.release(entry, nowMs)));
    expect(released.filter(Boolean)).toHaveLength(1);
    expect(await mine(HOUR_MS)).toEqual([]);
    const [pending] = await rig.ports.commands.listPending(0, instanceId);
    expect(pending).toMatchObject({
      acceptedAtMs: nowMs,
      notAfterMs: nowMs + DAY_MS,
      to: '6281234567890@s.whatsapp.net',
    });
    expect((await status(messageId)).status).toBe('QUEUED');
    expect((await cancel(messageId)).status).toBe(409);
    await rig.ports.bells.ring(0, { v: 1, instanceId, commandId: entry.commandId });
    await expect.poll(async () => (await status(messageId)).status).toBe('SENT');
  });
});

describe('what is scheduled', () => {
  it('is listed soonest first, in pages', async () => {
    for (const hours of [3, 1, 2]) await text({ text: `in ${hours}`, sendAt: at(hours * HOUR_MS) });
    const texts = (answer: Awaited<ReturnType<typeof scheduled>>) =>
      answer.body.data.messages.map((message: { text: string }) => message.text);
    expect(texts(await scheduled())).toEqual(['in 1', 'in 2', 'in 3']);
    const first = await scheduled('?per_page=2');
    expect(texts(first)).toEqual(['in 1', 'in 2']);
    const cursor = first.body.pagination?.next_cursor ?? first.body.meta?.pagination?.next_cursor;
    expect(texts(await scheduled(`?per_page=2&cursor=${cursor}`))).toEqual(['in 3']);
    expect((await scheduled('?cursor=bm8')).status).toBe(400);
  });

  it('can be given another text and moment', async () => {
    const { messageId } = (await text()).body.data;
    const sendAt = at(5 * HOUR_MS);
    const changed = await patch(messageId, { text: 'other words', sendAt });
    expect(changed.body.data).toMatchObject({ messageId, text: 'other words', sendAt, status: 'SCHEDULED' });
    expect(await mine(4 * HOUR_MS)).toEqual([]);
    const [entry] = await mine(5 * HOUR_MS);
    const command = await rig.ports.commands.get(instanceId, entry?.commandId as string);
    expect(command?.input).toMatchObject({ text: 'other words' });
    expect((await scheduled()).body.data.messages).toEqual([changed.body.data]);
    expect(await status(messageId)).toMatchObject({ status: 'SCHEDULED', sendAt });
    expect((await patch(messageId, { sendAt: at(-1) })).status).toBe(400);
    expect((await patch(messageId, {})).status).toBe(400);
    const { messageId: place } = (
      await post('/api/messages/location', { to: '6281234567890', latitude: 1, longitude: 2, sendAt })
    ).body.data;
    expect((await patch(place, { text: 'x' })).body.details[0].path).toBe('text');
  });

  it('can be cancelled, once; of two who change it at a time one wins', async () => {
    const { messageId } = (await text()).body.data;
    expect((await cancel(messageId)).status).toBe(204);
    expect((await status(messageId)).status).toBe('CANCELLED');
    expect([(await cancel(messageId)).status, (await patch(messageId, { text: 'x' })).status]).toEqual([409, 409]);
    expect(await mine(HOUR_MS)).toEqual([]);
    expect((await cancel('msg_3EB0ABCDEF')).status).toBe(404);

    const other = (await text()).body.data.messageId;
    const [entry] = await mine(HOUR_MS);
    const [cancelled, released] = await Promise.all([
      cancel(other),
      rig.ports.schedule.release(entry as NonNullable<typeof entry>, Date.now()),
    ]);
    expect([cancelled.status, released]).toSatisfy(
      ([code, done]) => (code === 204 && done === false) || (code === 409 && done === true),
    );
    const pending = await rig.ports.commands.listPending(0, instanceId);
    expect(pending.length).toBe(released ? 1 : 0);
  });
});
