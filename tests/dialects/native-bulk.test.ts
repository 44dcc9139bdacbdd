import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Command } from '../../lib/core/model/command.ts';
import { bulkCommandId, publicMessageId, whatsappMessageId } from '../../lib/core/model/ids.ts';
import { OUT_SCOPE } from '../../lib/core/model/message.ts';
import type { BulkEntry } from '../../lib/core/ports/index.ts';
import { feedBulk } from '../../lib/core/usecases/feed-bulk.ts';
import { type Account, ALL_PERMISSIONS, type Answer, ApiRig, errorBody, ISO, LINKED } from '../support/api-rig.ts';
import { bytesOf } from '../support/faces.ts';

const HOUR_MS = 3_600_000;

let rig: ApiRig;
let account: Account;
let key: string;
let name: string;
let instanceId: string;
let count = 0;
/** Says which instance a key of the account means. */
let wholeAccount = '';

beforeAll(async () => {
  rig = await ApiRig.start();
});
afterAll(() => rig.stop());
beforeEach(async () => {
  count += 1;
  wholeAccount = '';
  name = `bulk-${count}`;
  account = await rig.register();
  instanceId = await rig.instance(account, name, LINKED);
  await unpaced(name);
  key = (await rig.key(account, name)).text;
});

/** As instances of the test network are. */
const unpaced = (instance: string) =>
  rig.call('PUT', `/api/instances/${instance}`, { settings: { pacing: false } }, { as: account.token });
const number = (i: number) => `62812345${String(i).padStart(5, '0')}`;
const people = (n: number) => Array.from({ length: n }, (_, i) => ({ to: number(i), variables: { name: `P${i}` } }));
const MESSAGE = { type: 'text', text: 'Hello {{name}}' };
const post = (path: string, body: object = {}, headers = {}, as = key) =>
  rig.call('POST', `/api/messages/bulk${path}`, body, { as, headers });
const get = (path: string, as = key) =>
  rig.call(
    'GET',
    `/api/messages/bulk${path}${path.includes('?') ? wholeAccount.replace('?', '&') : wholeAccount}`,
    undefined,
    { as },
  );
const create = async (fields: object) => {
  const answer = await post('', { message: MESSAGE, ...fields });
  expect(answer.status, answer.text).toBe(202);
  return answer.body.data.bulkId as string;
};
const countsOf = async (bulkId: string) => (await get(`/${bulkId}`)).body.data.counts;
const resultsOf = async (bulkId: string, query = '') =>
  (await get(`/${bulkId}/results${query}`)).body.data.results as Record<string, unknown>[];

const entries = async () =>
  (await rig.ports.schedule.due(0, rig.ports.clock(), 100)).filter(
    (entry): entry is BulkEntry => entry.kind === 'bulk' && entry.tenantId === account.tenantId,
  );
/** What the runner that owns the shard does about once a second; nobody rings, so what is accepted stays queued. */
async function look(ms = 0): Promise<number> {
  return rig.later(ms, async () => {
    const due = await entries();
    for (const entry of due) await feedBulk(feedPorts(), entry);
    return due.length;
  });
}
const feedPorts = () => ({ ...rig.ports, random: () => 0.5, announce: () => undefined });
const pending = () => rig.ports.commands.listPending(0, instanceId);
/** Has the stub runner send what is queued. */
async function send(): Promise<void> {
  const [first] = await pending();
  if (first) await rig.ports.bells.ring(0, { v: 1, instanceId, commandId: first.commandId });
  await expect.poll(async () => (await pending()).length, { timeout: 20_000 }).toBe(0);
}
const told = async (type: string) =>
  (await rig.ports.events.latest(account.tenantId, 100)).filter((event) => event.type === type);

describe('a bulk', () => {
  it('is accepted at once and says how far it is', async () => {
    const answer = await post('', {
      message: MESSAGE,
      recipients: people(3),
      title: 'Sale',
      pacing: { perMinute: 20 },
    });
    const { bulkId } = answer.body.data;
    expect(answer.headers.get('location')).toBe(`/api/messages/bulk/${bulkId}`);
    const zero = { queued: 0, sent: 0, failed: 0, unknown: 0, skipped: 0, cancelled: 0 };
    const expected = {
      ...{ bulkId, title: 'Sale', status: 'RUNNING', type: 'text', text: 'Hello {{name}}', template: null },
      counts: { total: 3, pending: 3, ...zero },
      instances: [{ instanceName: name, counts: { total: 3, pending: 3, ...zero } }],
      ...{ pacing: { minDelayMs: 3_000, maxDelayMs: 3_000 }, skipUnregistered: false, createdAt: ISO, sendAt: ISO },
    };
    expect(answer.body.data).toEqual({ ...expected, errors: [] });
    expect((await get(`/${bulkId}`)).body.data).toEqual(expected);
    const byUser = await rig.call('GET', `/api/instances/${name}/bulk/${bulkId}`, undefined, { as: account.token });
    expect(byUser.body.data).toEqual(expected);
  });

  it('names every faulty recipient, and accepts nothing', async () => {
    const recipients = [{ to: number(1), variables: { name: 'A' } }, '12', { to: number(2) }, { to: `+${number(1)}` }];
    const answer = await post('', { message: MESSAGE, recipients });
    expect(answer.body).toEqual(
      errorBody('VALIDATION_ERROR', { details: FAULTS, instanceName: name }, { instanceName: name }),
    );
    expect(answer.status).toBe(400);
    expect((await get('')).body.data.bulks).toEqual([]);
    const skipped = await post('', { message: MESSAGE, recipients, skipInvalid: true });
    expect([skipped.status, skipped.body.data.counts.total, skipped.body.data.errors]).toEqual([202, 1, FAULTS]);
    const none = await post('', { message: MESSAGE, recipients: ['12'], skipInvalid: true });
    expect(none.status).toBe(400);
  });

  it('takes a CSV as text and as the file of a form, with the line of every fault', async () => {
    const csv = `phone;name\n${number(1)};Ann\n12;Bob\n`;
    const answer = await post('/preview', { message: MESSAGE, csv });
    expect(answer.body.data).toEqual({
      ...{ total: 2, valid: 1, invalid: 1 },
      errors: [{ line: 3, path: 'to', message: 'cannot be a phone number or WhatsApp address' }],
      instances: [{ instanceName: name, recipients: 1 }],
      samples: [{ line: 2, to: number(1), instanceName: name, message: { text: 'Hello Ann' } }],
    });
    const form = new FormData();
    form.set('csv', new File([csv], 'people.csv', { type: 'text/csv' }));
    form.set('message', JSON.stringify(MESSAGE));
    form.set('skipInvalid', 'true');
    const init = { method: 'POST', headers: { authorization: `Bearer ${key}` }, body: form };
    const sent = await rig.app.request('/api/messages/bulk', init);
    const { data } = (await sent.json()) as Answer['body'];
    expect([sent.status, data.counts.total, data.errors]).toEqual([202, 1, answer.body.data.errors]);
  });

  it.each([
    ['no message', { recipients: people(1) }, 'message'],
    ['a message and a template', { message: MESSAGE, template: 'x', recipients: people(1) }, 'message'],
    ['nobody', { message: MESSAGE }, 'recipients'],
    ['a recipient in the message', { message: { ...MESSAGE, to: number(1) }, recipients: people(1) }, 'message.to'],
    ['a field that the type lacks', { message: { ...MESSAGE, caption: 'x' }, recipients: people(1) }, 'message'],
    ['two paces', { message: MESSAGE, recipients: people(1), pacing: { perSecond: 1, perMinute: 1 } }, 'pacing'],
    ['a moment that is over', { message: MESSAGE, recipients: people(1), sendAt: '2020-01-01T00:00:00Z' }, 'sendAt'],
    ['no address', { message: { type: 'image', image: 'http://10.0.0.1/' }, recipients: people(1) }, 'image'],
  ])('is refused for %s', async (_what, body, path) => {
    const answer = await post('', body);
    expect([answer.status, answer.body.details?.[0]?.path]).toEqual([400, path]);
  });

  it('judges addresses that come out of variables', async () => {
    const message = { type: 'image', image: 'https://{{host}}/a.png' };
    const to = (host: string) => ({ message, recipients: [{ to: number(1), variables: { host } }] });
    expect((await post('', to('files.example'))).status).toBe(202);
    expect((await post('', to('127.0.0.1'))).status).toBe(400);
  });

  it('is one for one Idempotency-Key, also for five at a time', async () => {
    const body = { message: MESSAGE, recipients: people(2) };
    const headers = { 'idempotency-key': `bulk-${name}` };
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => post('', body, headers)));
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202]);
    expect(new Set(answers.map(({ body: { data } }) => data.bulkId)).size).toBe(1);
    expect(answers.filter((answer) => answer.headers.get('idempotency-replayed') === 'true')).toHaveLength(4);
    expect((await post('', { ...body, title: 'Other' }, headers)).status).toBe(422);
    expect(
      (await rig.call('POST', '/api/messages/text', { to: number(1), text: 'x' }, { as: key, headers })).status,
    ).toBe(422);
    expect((await get('')).body.data.bulks).toHaveLength(1);
    await rig.runner.setState(account.tenantId, instanceId, { status: 'LOGGED_OUT', linked: false });
    expect((await post('', body, headers)).status).toBe(202);
    expect((await post('', body)).status).toBe(409);
  });
});

const FAULTS = [
  { line: 2, path: 'to', message: 'cannot be a phone number or WhatsApp address' },
  { line: 3, path: 'variables.name', message: 'is missing' },
  { line: 4, path: 'to', message: 'is the recipient of line 1 again' },
];

describe('a bulk on its way', () => {
  it('is accepted in parts, by whoever looks, each recipient once', async () => {
    const bulkId = await create({ recipients: people(70) });
    const [entry] = (await entries()) as [BulkEntry];
    const looks = await Promise.all([1, 2, 3].map(() => feedBulk(feedPorts(), entry)));
    expect(looks.filter(({ accepted }) => accepted)).toEqual([{ accepted: true, again: true }]);
    expect(await countsOf(bulkId)).toMatchObject({ pending: 40, queued: 30, sent: 0 });
    await look(5);
    // No more than 40 wait in the queue of an instance.
    expect(await look(2_000)).toBe(1);
    expect(await countsOf(bulkId)).toMatchObject({ pending: 30, queued: 40 });
    await send();
    await look(5_000);
    await send();
    await look(60_000);
    expect(await countsOf(bulkId)).toMatchObject({ total: 70, pending: 0, queued: 0, sent: 70 });
    expect((await get(`/${bulkId}`)).body.data.status).toBe('COMPLETED');
    expect(await look(60_000)).toBe(1);
    expect(await look(120_000)).toBe(0);

    const mine = rig.runner.seen.filter((command) => command.instanceId === instanceId);
    const texts = mine.filter(({ operation }) => operation === 'message.sendText');
    expect(texts.map(({ input }) => (input as { text: string }).text)).toEqual(
      Array.from({ length: 70 }, (_, i) => `Hello P${i}`),
    );
    expect(await told('bulk.completed')).toMatchObject([{ data: { bulkId, instanceName: name, sent: 70, total: 70 } }]);
    expect((await told('bulk.progress')).length).toBeGreaterThan(0);
  });

  it('says of each recipient what became of it, in pages and as a file', async () => {
    rig.runner.behave(instanceId, 'message.sendText', ({ input, messageId, acceptedAtMs }) =>
      (input as { text: string }).text.endsWith('P1')
        ? { state: 'failed', error: { code: 'MESSAGE_SEND_FAILED', message: '=no, "never"' } }
        : { state: 'done', output: { messageId: `msg_${messageId}`, to: '', timestampMs: acceptedAtMs } },
    );
    const bulkId = await create({ recipients: people(4), pacing: { minDelayMs: 1, maxDelayMs: 3_600_000 } });
    expect((await resultsOf(bulkId)).map(({ status }) => status)).toEqual(Array(4).fill('PENDING'));
    await look();
    await look(2 * HOUR_MS);
    await send();
    await look(4 * HOUR_MS);
    const [startAtMs] = [Date.parse((await get(`/${bulkId}`)).body.data.sendAt)];
    const idOf = (i: number) =>
      publicMessageId(whatsappMessageId(account.tenantId, instanceId, bulkCommandId(bulkId, startAtMs, i)));
    const results = await resultsOf(bulkId);
    expect(results).toMatchObject([
      { line: 1, to: number(0), instanceName: name, status: 'SENT', messageId: idOf(0), error: null, sentAt: ISO },
      { line: 2, status: 'FAILED', messageId: idOf(1), error: { code: 'MESSAGE_SEND_FAILED' }, sentAt: null },
      { line: 3, status: 'QUEUED', messageId: idOf(2) },
      { line: 4, status: 'PENDING', messageId: null },
    ]);
    const first = await get(`/${bulkId}/results?per_page=3`);
    expect(first.body.data.results).toEqual(results.slice(0, 3));
    const cursor = first.body.meta.pagination.next_cursor;
    expect(await resultsOf(bulkId, `?per_page=3&cursor=${cursor}`)).toEqual(results.slice(3));
    expect((await get(`/${bulkId}/results?cursor=x`)).status).toBe(400);
    const file = await get(`/${bulkId}/results.csv`);
    expect(file.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(file.headers.get('content-disposition')).toBe(`attachment; filename="${bulkId}.csv"`);
    const lines = file.text.split('\r\n');
    expect(lines[0]).toBe('line,to,instanceName,status,messageId,errorCode,error,sentAt,deliveredAt,readAt');
    expect(lines[2]).toBe(`2,${number(1)},${name},FAILED,${idOf(1)},MESSAGE_SEND_FAILED,"'=no, ""never""",,,`);
    expect(lines).toHaveLength(6);
  });

  it('keeps its pace, for each instance', async () => {
    const bulkId = await create({ recipients: people(10), pacing: { perMinute: 1 } });
    const queuedAfter = async (ms: number) => {
      await look(ms);
      return (await countsOf(bulkId)).queued;
    };
    expect([await queuedAfter(0), await queuedAfter(20_000), await queuedAfter(61_000)]).toEqual([1, 1, 2]);
    // After a long pause it does not make up for what it has missed.
    expect(await queuedAfter(HOUR_MS)).toBe(3);
  });

  it('holds few back in the queue of an instance that is paced itself', async () => {
    await rig.call('PUT', `/api/instances/${name}`, { settings: { messageDelay: 500 } }, { as: account.token });
    const bulkId = await create({ recipients: people(10) });
    await look();
    expect(await countsOf(bulkId)).toMatchObject({ queued: 3, pending: 7 });
  });

  it('waits for an instance that is away', async () => {
    const bulkId = await create({ recipients: people(2) });
    await rig.runner.setState(account.tenantId, instanceId, { status: 'LOGGED_OUT', linked: false });
    await look();
    await look(HOUR_MS);
    expect(await countsOf(bulkId)).toMatchObject({ pending: 2, queued: 0 });
    await rig.runner.setState(account.tenantId, instanceId, LINKED);
    await look(2 * HOUR_MS);
    expect(await countsOf(bulkId)).toMatchObject({ pending: 0, queued: 2 });
  });

  it('begins at its moment, and can be cancelled before', async () => {
    const sendAt = new Date(Date.now() + HOUR_MS).toISOString();
    const bulkId = await create({ recipients: people(2), sendAt });
    expect((await get(`/${bulkId}`)).body.data).toMatchObject({ status: 'SCHEDULED', sendAt });
    expect(await look(HOUR_MS / 2)).toBe(0);
    expect(await look(HOUR_MS)).toBe(1);
    expect((await countsOf(bulkId)).queued).toBe(2);
    const other = await create({ recipients: people(2), sendAt });
    expect((await post(`/${other}/cancel`)).status).toBe(200);
    await look(5);
    expect(await countsOf(other)).toMatchObject({ pending: 0, cancelled: 2, queued: 0 });
  });

  it('leaves out numbers without WhatsApp before it writes to anybody of them', async () => {
    const absent = number(1);
    rig.runner.behave(instanceId, 'contact.check', ({ input }) => ({
      state: 'done',
      output: {
        results: (input as { numbers: string[] }).numbers.map((one) => ({
          ...{ number: one, exists: one !== absent, jid: null, name: null, profilePicture: null },
        })),
      },
    }));
    const bulkId = await create({ recipients: people(3), skipUnregistered: true });
    await look();
    expect((await pending()).map(({ operation }) => operation)).toEqual(['contact.check']);
    await send();
    await look(2_000);
    await look(2_050);
    expect(await countsOf(bulkId)).toMatchObject({ queued: 2, skipped: 1, pending: 0 });
    expect((await resultsOf(bulkId)).map(({ status }) => status)).toEqual(['QUEUED', 'SKIPPED', 'QUEUED']);
    const others = ALL_PERMISSIONS.filter((permission) => permission !== 'contact:check');
    const poor = (await rig.key(account, name, others)).text;
    const body = { message: MESSAGE, recipients: people(1), skipUnregistered: true };
    expect((await post('', body, {}, poor)).status).toBe(403);
  });
});

describe('steering', () => {
  it('pauses and resumes', async () => {
    const bulkId = await create({ recipients: people(50), pacing: { perMinute: 60 } });
    await look();
    expect((await post(`/${bulkId}/pause`)).body.data.status).toBe('PAUSED');
    await look(HOUR_MS);
    expect(await countsOf(bulkId)).toMatchObject({ queued: 0, pending: 50 });
    const again = await post(`/${bulkId}/pause`);
    expect([again.status, again.body.details]).toEqual([409, { status: 'PAUSED' }]);
    expect((await post(`/${bulkId}/resume`)).body.data.status).toBe('RUNNING');
    await look(2 * HOUR_MS);
    expect(await countsOf(bulkId)).toMatchObject({ queued: 1, pending: 49 });
    await look(3 * HOUR_MS);
    expect(await countsOf(bulkId)).toMatchObject({ queued: 3, pending: 47 });
  });

  it('takes back what nobody has begun to send while it is paused, and begins with it when it goes on', async () => {
    const bulkId = await create({ recipients: people(50) });
    await look();
    const before = await pending();
    expect(before.length).toBeGreaterThan(20);
    await rig.ports.commands.claim(instanceId, before[0]?.commandId as string, 'somebody', 99, Date.now());
    await post(`/${bulkId}/pause`);
    // A look that dies after it has taken one back, before it could say so.
    const lost = await rig.ports.commands.get(instanceId, before[3]?.commandId as string);
    expect(await rig.ports.commands.takeBack(lost as Command)).toBe(true);
    await look(5);
    expect(await countsOf(bulkId)).toMatchObject({ queued: 1, pending: 49, failed: 0 });
    const results = await resultsOf(bulkId, '?per_page=100');
    expect(results.map(({ status }) => status)).toEqual(['QUEUED', ...Array(49).fill('PENDING')]);
    expect(await pending()).toEqual([before[0]]);
    await post(`/${bulkId}/resume`);
    await look(10);
    expect((await pending()).map(({ commandId }) => commandId)).toEqual(before.map(({ commandId }) => commandId));
    await look(2_000);
    const all = (await pending()).map(({ to }) => to);
    expect([all.length, new Set(all).size]).toEqual([40, 40]);
  });

  it('ends as cancelled what a pause has taken back', async () => {
    const bulkId = await create({ recipients: people(5) });
    await look();
    await post(`/${bulkId}/pause`);
    await look(5);
    await post(`/${bulkId}/cancel`);
    await look(10);
    expect(await countsOf(bulkId)).toMatchObject({ queued: 0, pending: 0, cancelled: 5 });
    expect((await resultsOf(bulkId)).map(({ status }) => status)).toEqual(Array(5).fill('CANCELLED'));
  });

  it('cancels, and takes back what nobody has begun to send', async () => {
    const bulkId = await create({ recipients: people(50) });
    await look();
    const [first] = await pending();
    const claimed = await rig.ports.commands.claim(instanceId, first?.commandId as string, 'somebody', 99, Date.now());
    expect(claimed?.state).toBe('running');
    expect((await post(`/${bulkId}/cancel`)).body.data.status).toBe('CANCELLED');
    await look(5);
    expect(await countsOf(bulkId)).toMatchObject({ queued: 1, cancelled: 49, sent: 0, pending: 0 });
    expect((await pending()).map(({ commandId }) => commandId)).toEqual([first?.commandId]);
    const results = await resultsOf(bulkId, '?per_page=100');
    expect(results.map(({ status }) => status)).toEqual(['QUEUED', ...Array(49).fill('CANCELLED')]);
    expect((await post(`/${bulkId}/resume`)).status).toBe(409);
    expect(await told('bulk.completed')).toEqual([]);
    const { messageId } = results[0] as { messageId: string };
    const id = messageId.slice('msg_'.length);
    await rig.runner.write(account.tenantId, instanceId, [
      { kind: 'message', id, scope: OUT_SCOPE, once: { sentAtMs: Date.now() } },
    ]);
    await look(HOUR_MS);
    await look(2 * HOUR_MS);
    expect(await told('bulk.completed')).toMatchObject([{ data: { status: 'CANCELLED', sent: 1, cancelled: 49 } }]);
  });
});

describe('who may', () => {
  it("sees no bulk of another tenant's, nor of another instance, nor sends from there", async () => {
    const bulkId = await create({ recipients: people(1) });
    await rig.instance(account, `other-${count}`, LINKED);
    const neighbour = (await rig.key(account, `other-${count}`)).text;
    const stranger = await rig.register();
    await rig.instance(stranger, 'theirs', LINKED);
    const theirs = (await rig.key(stranger, 'theirs')).text;
    const absent = 'bulk_00000000000000000000000000';
    for (const as of [neighbour, theirs]) {
      for (const path of ['', '/results', '/results.csv']) {
        const [foreign, none] = [await get(`/${bulkId}${path}`, as), await get(`/${absent}${path}`, as)];
        expect([foreign.status, bytesOf(foreign)]).toEqual([404, bytesOf(none)]);
      }
      for (const steer of ['pause', 'resume', 'cancel']) {
        expect((await post(`/${bulkId}/${steer}`, {}, {}, as)).status).toBe(404);
      }
      expect((await get('', as)).body.data.bulks).toEqual([]);
      const from = { message: MESSAGE, recipients: people(1), instances: [name] };
      expect((await post('', from, {}, as)).status).toBe(404);
    }
    expect((await get(`/${bulkId}`)).body.data.status).toBe('RUNNING');
    const reader = (await rig.key(account, name, ['message:read'])).text;
    expect((await post(`/${bulkId}/cancel`, {}, {}, reader)).status).toBe(403);
    expect((await post('', { message: MESSAGE, recipients: people(1) }, {}, reader)).status).toBe(403);
  });

  it('sends from several instances of the account, of one environment', async () => {
    await rig.instance(account, `other-${count}`, LINKED);
    await unpaced(`other-${count}`);
    const body = { message: MESSAGE, recipients: people(60), instances: [name, `Other-${count}`] };
    const made = await rig.call('POST', `/api/instances/${name}/bulk`, body, { as: account.token });
    const { bulkId, instances } = made.body.data;
    expect(instances.map(({ instanceName }: { instanceName: string }) => instanceName)).toEqual([
      name,
      `other-${count}`,
    ]);
    const shares = instances.map(({ counts }: { counts: { total: number } }) => counts.total);
    expect(shares[0] + shares[1]).toBe(60);
    expect(Math.min(...shares)).toBeGreaterThan(10);
    const shown = await rig.call('GET', `/api/instances/${name}/bulk/${bulkId}`, undefined, { as: account.token });
    expect(shown.body.data.instances).toEqual(instances);
    // A key of one instance does not see what others send.
    for (const path of ['', '/results', '/results.csv']) expect((await get(`/${bulkId}${path}`)).status).toBe(404);
    for (const steer of ['pause', 'resume', 'cancel']) expect((await post(`/${bulkId}/${steer}`)).status).toBe(404);
    expect((await get('')).body.data.bulks).toEqual([]);
    const wide = { name: 'wide', permissions: ALL_PERMISSIONS };
    key = (await rig.call('POST', '/api/keys', wide, { as: account.token })).body.data.key;
    wholeAccount = `?instanceName=${name}`;
    await look();
    await look(10);
    const fitting = shares.map((share: number) => Math.min(share, 40));
    expect((await countsOf(bulkId)).queued).toBe(fitting[0] + fitting[1]);
    const later = { ...body, sendAt: new Date(Date.now() + HOUR_MS).toISOString() };
    const second = (await rig.call('POST', `/api/instances/${name}/bulk`, later, { as: account.token })).body.data
      .bulkId;
    expect(
      (await rig.call('DELETE', `/api/instances/other-${count}`, undefined, { as: account.token })).status,
    ).toBeLessThan(300);
    await look(2 * HOUR_MS);
    const ofGone = await resultsOf(second, '?per_page=100');
    expect(ofGone.filter(({ status }) => status === 'FAILED')).toHaveLength(shares[1]);
    expect(await countsOf(second)).toMatchObject({ failed: shares[1] });
  });
});

it('lists bulks newest first, in pages', async () => {
  const made = [];
  for (let i = 0; i < 5; i += 1) made.unshift(await create({ recipients: people(1), title: `n ${i}` }));
  const idsOf = (answer: Answer) => answer.body.data.bulks.map(({ bulkId }: { bulkId: string }) => bulkId);
  expect(idsOf(await get(''))).toEqual(made);
  const first = await get('?per_page=2');
  expect(idsOf(first)).toEqual(made.slice(0, 2));
  const second = await get(`?per_page=3&cursor=${first.body.meta.pagination.next_cursor}`);
  expect([idsOf(second), second.body.meta.pagination.has_more]).toEqual([made.slice(2), false]);
  expect((await get('?cursor=bm8')).status).toBe(400);
});
