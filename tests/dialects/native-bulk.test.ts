import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Account, ALL_PERMISSIONS, type Answer, ApiRig, errorBody, ISO, LINKED } from '../support/api-rig.ts';
import { BULK_MESSAGE, BulkSender, number, people } from '../support/bulk-rig.ts';
import { bytesOf } from '../support/faces.ts';

const HOUR_MS = 3_600_000;
/** Another instance of the account. */
const OTHER = 'other-desk';

let rig: ApiRig;
let bulk: BulkSender;
let account: Account;
let name: string;
let instanceId: string;
beforeAll(async () => {
  rig = await ApiRig.start();
});
afterAll(() => rig.stop());
beforeEach(async () => {
  bulk = await BulkSender.start(rig);
  ({ account, name, instanceId } = bulk);
});

describe('a bulk', () => {
  it('is accepted at once and says how far it is', async () => {
    const answer = await bulk.post('', {
      message: BULK_MESSAGE,
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
    expect((await bulk.get(`/${bulkId}`)).body.data).toEqual(expected);
    const byUser = await rig.call('GET', `/api/instances/${name}/bulk/${bulkId}`, undefined, { as: account.token });
    expect(byUser.body.data).toEqual(expected);
  });

  it('names every faulty recipient, and accepts nothing', async () => {
    const recipients = [{ to: number(1), variables: { name: 'A' } }, '12', { to: number(2) }, { to: `+${number(1)}` }];
    const answer = await bulk.post('', { message: BULK_MESSAGE, recipients });
    expect(answer.body).toEqual(
      errorBody('VALIDATION_ERROR', { details: FAULTS, instanceName: name }, { instanceName: name }),
    );
    expect(answer.status).toBe(400);
    expect((await bulk.get('')).body.data.bulks).toEqual([]);
    const skipped = await bulk.post('', { message: BULK_MESSAGE, recipients, skipInvalid: true });
    expect([skipped.status, skipped.body.data.counts.total, skipped.body.data.errors]).toEqual([202, 1, FAULTS]);
    const none = await bulk.post('', { message: BULK_MESSAGE, recipients: ['12'], skipInvalid: true });
    expect(none.status).toBe(400);
  });

  it('takes a CSV as text and as the file of a form, with the line of every fault', async () => {
    const csv = `phone;name\n${number(1)};Ann\n12;Bob\n`;
    const answer = await bulk.post('/preview', { message: BULK_MESSAGE, csv });
    expect(answer.body.data).toEqual({
      ...{ total: 2, valid: 1, invalid: 1 },
      errors: [{ line: 3, path: 'to', message: 'cannot be a phone number or WhatsApp address' }],
      instances: [{ instanceName: name, recipients: 1 }],
      samples: [{ line: 2, to: number(1), instanceName: name, message: { text: 'Hello Ann' } }],
    });
    const form = new FormData();
    form.set('csv', new File([csv], 'people.csv', { type: 'text/csv' }));
    form.set('message', JSON.stringify(BULK_MESSAGE));
    form.set('skipInvalid', 'true');
    const init = { method: 'POST', headers: { authorization: `Bearer ${bulk.key}` }, body: form };
    const sent = await rig.app.request('/api/messages/bulk', init);
    const { data } = (await sent.json()) as Answer['body'];
    expect([sent.status, data.counts.total, data.errors]).toEqual([202, 1, answer.body.data.errors]);
  });

  it.each([
    ['no message', { recipients: people(1) }, 'message'],
    ['a message and a template', { message: BULK_MESSAGE, template: 'x', recipients: people(1) }, 'message'],
    ['nobody', { message: BULK_MESSAGE }, 'recipients'],
    [
      'a recipient in the message',
      { message: { ...BULK_MESSAGE, to: number(1) }, recipients: people(1) },
      'message.to',
    ],
    ['a field that the type lacks', { message: { ...BULK_MESSAGE, caption: 'x' }, recipients: people(1) }, 'message'],
    ['two paces', { message: BULK_MESSAGE, recipients: people(1), pacing: { perSecond: 1, perMinute: 1 } }, 'pacing'],
    [
      'a moment that is over',
      { message: BULK_MESSAGE, recipients: people(1), sendAt: '2020-01-01T00:00:00Z' },
      'sendAt',
    ],
    ['no address', { message: { type: 'image', image: 'http://10.0.0.1/' }, recipients: people(1) }, 'image'],
  ])('is refused for %s', async (_what, body, path) => {
    const answer = await bulk.post('', body);
    expect([answer.status, answer.body.details?.[0]?.path]).toEqual([400, path]);
  });

  it('judges addresses that come out of variables', async () => {
    const message = { type: 'image', image: 'https://{{host}}/a.png' };
    const to = (host: string) => ({ message, recipients: [{ to: number(1), variables: { host } }] });
    expect((await bulk.post('', to('files.example'))).status).toBe(202);
    expect((await bulk.post('', to('127.0.0.1'))).status).toBe(400);
  });

  it('is one for one Idempotency-Key, also for five at a time', async () => {
    const body = { message: BULK_MESSAGE, recipients: people(2) };
    const headers = { 'idempotency-key': `bulk-${name}` };
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => bulk.post('', body, headers)));
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202]);
    expect(new Set(answers.map(({ body: { data } }) => data.bulkId)).size).toBe(1);
    expect(answers.filter((answer) => answer.headers.get('idempotency-replayed') === 'true')).toHaveLength(4);
    expect((await bulk.post('', { ...body, title: 'Other' }, headers)).status).toBe(422);
    expect(
      (await rig.call('POST', '/api/messages/text', { to: number(1), text: 'x' }, { as: bulk.key, headers })).status,
    ).toBe(422);
    expect((await bulk.get('')).body.data.bulks).toHaveLength(1);
    await rig.runner.setState(account.tenantId, instanceId, { status: 'LOGGED_OUT', linked: false });
    expect((await bulk.post('', body, headers)).status).toBe(202);
    expect((await bulk.post('', body)).status).toBe(409);
  });
});

const FAULTS = [
  { line: 2, path: 'to', message: 'cannot be a phone number or WhatsApp address' },
  { line: 3, path: 'variables.name', message: 'is missing' },
  { line: 4, path: 'to', message: 'is the recipient of line 1 again' },
];

describe('who may', () => {
  it("sees no bulk of another tenant's, nor of another instance, nor sends from there", async () => {
    const bulkId = await bulk.create({ recipients: people(1) });
    await rig.instance(account, OTHER, LINKED);
    const neighbour = (await rig.key(account, OTHER)).text;
    const stranger = await rig.register();
    await rig.instance(stranger, 'theirs', LINKED);
    const theirs = (await rig.key(stranger, 'theirs')).text;
    const absent = 'bulk_00000000000000000000000000';
    for (const as of [neighbour, theirs]) {
      for (const path of ['', '/results', '/results.csv']) {
        const [foreign, none] = [await bulk.get(`/${bulkId}${path}`, as), await bulk.get(`/${absent}${path}`, as)];
        expect([foreign.status, bytesOf(foreign)]).toEqual([404, bytesOf(none)]);
      }
      for (const steer of ['pause', 'resume', 'cancel']) {
        expect((await bulk.post(`/${bulkId}/${steer}`, {}, {}, as)).status).toBe(404);
      }
      expect((await bulk.get('', as)).body.data.bulks).toEqual([]);
      const from = { message: BULK_MESSAGE, recipients: people(1), instances: [name] };
      expect((await bulk.post('', from, {}, as)).status).toBe(404);
    }
    expect((await bulk.get(`/${bulkId}`)).body.data.status).toBe('RUNNING');
    const reader = (await rig.key(account, name, ['message:read'])).text;
    expect((await bulk.post(`/${bulkId}/cancel`, {}, {}, reader)).status).toBe(403);
    expect((await bulk.post('', { message: BULK_MESSAGE, recipients: people(1) }, {}, reader)).status).toBe(403);
  });

  it('sends from several instances of the account, of one environment', async () => {
    await rig.instance(account, OTHER, LINKED);
    await bulk.unpaced(OTHER);
    const body = { message: BULK_MESSAGE, recipients: people(60), instances: [name, 'Other-Desk'] };
    const made = await rig.call('POST', `/api/instances/${name}/bulk`, body, { as: account.token });
    const { bulkId, instances } = made.body.data;
    expect(instances.map(({ instanceName }: { instanceName: string }) => instanceName)).toEqual([name, OTHER]);
    const shares = instances.map(({ counts }: { counts: { total: number } }) => counts.total);
    expect(shares[0] + shares[1]).toBe(60);
    expect(Math.min(...shares)).toBeGreaterThan(10);
    const shown = await rig.call('GET', `/api/instances/${name}/bulk/${bulkId}`, undefined, { as: account.token });
    expect(shown.body.data.instances).toEqual(instances);
    // A key of one instance does not see what others send.
    for (const path of ['', '/results', '/results.csv']) expect((await bulk.get(`/${bulkId}${path}`)).status).toBe(404);
    for (const steer of ['pause', 'resume', 'cancel'])
      expect((await bulk.post(`/${bulkId}/${steer}`)).status).toBe(404);
    expect((await bulk.get('')).body.data.bulks).toEqual([]);
    const wide = { name: 'wide', permissions: ALL_PERMISSIONS };
    bulk.key = (await rig.call('POST', '/api/keys', wide, { as: account.token })).body.data.key;
    bulk.wholeAccount = `?instanceName=${name}`;
    await bulk.look();
    await bulk.look(10);
    const fitting = shares.map((share: number) => Math.min(share, 40));
    expect((await bulk.countsOf(bulkId)).queued).toBe(fitting[0] + fitting[1]);
    const later = { ...body, sendAt: new Date(Date.now() + HOUR_MS).toISOString() };
    const second = (await rig.call('POST', `/api/instances/${name}/bulk`, later, { as: account.token })).body.data
      .bulkId;
    expect((await rig.call('DELETE', `/api/instances/${OTHER}`, undefined, { as: account.token })).status).toBeLessThan(
      300,
    );
    await bulk.look(2 * HOUR_MS);
    const ofGone = await bulk.resultsOf(second, '?per_page=100');
    expect(ofGone.filter(({ status }) => status === 'FAILED')).toHaveLength(shares[1]);
    expect(await bulk.countsOf(second)).toMatchObject({ failed: shares[1] });
  });
});

it('lists bulks newest first, in pages', async () => {
  const made = [];
  for (let i = 0; i < 5; i += 1) made.unshift(await bulk.create({ recipients: people(1), title: `n ${i}` }));
  const idsOf = (answer: Answer) => answer.body.data.bulks.map(({ bulkId }: { bulkId: string }) => bulkId);
  expect(idsOf(await bulk.get(''))).toEqual(made);
  const first = await bulk.get('?per_page=2');
  expect(idsOf(first)).toEqual(made.slice(0, 2));
  const second = await bulk.get(`?per_page=3&cursor=${first.body.meta.pagination.next_cursor}`);
  expect([idsOf(second), second.body.meta.pagination.has_more]).toEqual([made.slice(2), false]);
  expect((await bulk.get('?cursor=bm8')).status).toBe(400);
});
