import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiClient, freshNumber, type LinkedInstance, linkInstance, register } from '../support/client.ts';
import { adaptersOf, eventTold } from '../support/event-log.ts';
import { TestGateway } from '../support/gateway.ts';
import { control } from '../support/person.ts';

let gateway: TestGateway;
let user: ApiClient;
let first: LinkedInstance;
let second: LinkedInstance;

beforeAll(async () => {
  gateway = await TestGateway.start();
  user = await register(gateway.url);
  first = await linkInstance(user, 'first');
  second = await linkInstance(user, 'second');
});
afterAll(() => gateway?.stop());

const statusIs = (status: string) => (answer: { body: { data: { status: string } } }) =>
  answer.body.data.status === status;
const bulkPath = (bulkId: string, rest = '') => `/api/instances/first/bulk/${bulkId}${rest}`;
const post = async (body: object) => (await user.must('POST', '/api/instances/first/bulk', body)).body.data;
const resultsOf = async (bulkId: string) =>
  (await user.must('GET', bulkPath(bulkId, '/results?per_page=100'))).body.data.results as Record<string, string>[];

describe('a bulk', () => {
  it('of a CSV over two instances: everybody gets their own words, once, and always from the same instance', async () => {
    const people = Array.from({ length: 20 }, () => freshNumber());
    const csv = ['phone,name', ...people.map((number, i) => `${number},Person ${i}`)].join('\n');
    const message = { type: 'text', text: 'Hello {{name}}!' };
    const sender = new Map<string, string>();
    for (const round of [1, 2]) {
      const { bulkId } = await post({ message, csv, instances: ['first', 'second'], title: `round ${round}` });
      const { body } = await user.until(bulkPath(bulkId), statusIs('COMPLETED'), 60_000);
      expect(body.data.counts).toMatchObject({ total: 20, sent: 20, failed: 0, pending: 0 });
      for (const [i, number] of people.entries()) {
        const seen = await gateway.person(number).sees(({ own }) => !own, round, 60_000);
        expect(seen.map(({ text }) => text)).toEqual(Array(round).fill(`Hello Person ${i}!`));
        const from = new Set(seen.map((one) => one.from));
        expect(from.size).toBe(1);
        sender.set(number, [...from][0] as string);
      }
      const results = await resultsOf(bulkId);
      expect(results.map(({ line }) => line)).toEqual(people.map((_, i) => i + 2));
      expect(results.map(({ messageId }) => messageId)).toEqual(expect.not.arrayContaining([null]));
    }
    expect([...new Set(sender.values())].map((jid) => jid.split(/[:@]/)[0]).sort()).toEqual(
      [first.phone, second.phone].sort(),
    );
    const adapters = adaptersOf(gateway.dataDir);
    const tenantId = (await user.must('GET', '/api/subscription')).body.data.id as string;
    const completed = await eventTold(adapters, tenantId, 'bulk.completed', ({ title }) => title === 'round 2');
    adapters.close();
    expect(completed.data).toMatchObject({ instanceName: 'first', status: 'COMPLETED', total: 20, sent: 20 });
  });

  it('of pictures with their own captions leaves out who has no WhatsApp', async () => {
    const [ann, nobody] = [freshNumber(), freshNumber('9004')];
    const picture = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';
    const { bulkId } = await post({
      message: { type: 'image', image: picture, caption: 'For {{name}}' },
      recipients: [
        { to: nobody, variables: { name: 'Nobody' } },
        { to: ann, variables: { name: 'Ann' } },
      ],
      skipUnregistered: true,
    });
    const [seen] = await gateway.person(ann).sees(({ own }) => !own, 1, 60_000);
    expect(seen).toMatchObject({ type: 'image', text: 'For Ann' });
    await user.until(bulkPath(bulkId), statusIs('COMPLETED'), 60_000);
    const results = await resultsOf(bulkId);
    expect(results[0]).toMatchObject({ to: nobody, status: 'SKIPPED', error: { code: 'INVALID_PHONE_NUMBER' } });
    expect(['SENT', 'DELIVERED', 'READ']).toContain(results[1]?.status);
  });

  it('stops while it is paused, goes on, and ends where it is cancelled', async () => {
    const people = Array.from({ length: 6 }, () => freshNumber());
    const message = { type: 'text', text: 'slowly' };
    // The next one would come in an hour: only the first is sent.
    const pacing = { minDelayMs: 3_600_000 };
    const { bulkId } = await post({ message, recipients: people, pacing });
    await gateway.person(people[0] as string).sees(({ text }) => text === 'slowly', 1, 60_000);
    expect((await user.must('POST', bulkPath(bulkId, '/pause'), {})).body.data.status).toBe('PAUSED');
    expect((await user.must('POST', bulkPath(bulkId, '/resume'), {})).body.data.status).toBe('RUNNING');
    expect((await user.must('POST', bulkPath(bulkId, '/cancel'), {})).body.data.status).toBe('CANCELLED');
    const { body } = await user.until(bulkPath(bulkId), (one) => one.body.data.counts.pending === 0, 60_000);
    expect(body.data.counts).toMatchObject({ total: 6, sent: 1, cancelled: 5 });
  });

  it('does not wait for one answer before it writes to the next, and writes to nobody twice', async () => {
    const people = Array.from({ length: 6 }, () => freshNumber());
    // Nothing answers: neither the server, nor a receipt.
    const faults = { dropAcks: true, inboundDelayMs: 600_000, phones: [first.phone] };
    await control(gateway.controlUrl, 'POST', '/control/faults', faults);
    const { bulkId } = await post({ message: { type: 'text', text: 'together' }, recipients: people });
    const sees = (number: string) => gateway.person(number).sees(({ text }) => text === 'together', 1, 60_000);
    await Promise.all(people.map(sees));
    const { body } = await user.must('GET', bulkPath(bulkId));
    expect(body.data.counts).toMatchObject({ total: 6, queued: 6, sent: 0 });
    await control(gateway.controlUrl, 'DELETE', '/control/faults');
    const done = await user.until(bulkPath(bulkId), statusIs('COMPLETED'), 60_000);
    expect(done.body.data.counts).toMatchObject({ sent: 6 });
    for (const number of people) {
      const seen = (await gateway.person(number).messages()).filter(({ text }) => text === 'together');
      expect([number, seen.length]).toEqual([number, 1]);
    }
  });

  it('takes back what nobody has begun to send when it is paused, and sends it once when it goes on', async () => {
    await control(gateway.controlUrl, 'POST', '/control/faults', { ackDelayMs: 5_000, phones: [first.phone] });
    const recipients = Array.from({ length: 41 }, () => freshNumber());
    const { bulkId } = await post({ message: { type: 'text', text: 'paused' }, recipients });
    await user.until(bulkPath(bulkId), (one) => one.body.data.counts.queued > 0, 60_000);
    await user.must('POST', bulkPath(bulkId, '/pause'), {});
    const { body } = await user.until(bulkPath(bulkId), (one) => one.body.data.counts.queued === 0, 60_000);
    await control(gateway.controlUrl, 'POST', '/control/faults', { ackDelayMs: 0, phones: [first.phone] });
    const { sent, pending } = body.data.counts;
    expect([body.data.status, sent + pending]).toEqual(['PAUSED', 41]);
    expect(pending).toBeGreaterThan(10);
    const seenBy = async (to: string) =>
      (await gateway.person(to).messages()).filter(({ text }) => text === 'paused').length;
    for (const { to, status } of await resultsOf(bulkId)) {
      expect([to, await seenBy(to as string)]).toEqual([to, status === 'PENDING' ? 0 : 1]);
    }
    await user.must('POST', bulkPath(bulkId, '/resume'), {});
    const done = await user.until(bulkPath(bulkId), statusIs('COMPLETED'), 60_000);
    expect(done.body.data.counts).toMatchObject({ total: 41, sent: 41, pending: 0, queued: 0 });
    for (const { to } of await resultsOf(bulkId)) expect([to, await seenBy(to as string)]).toEqual([to, 1]);
  });

  it('takes back what waits for a connection when it is cancelled', async () => {
    const person = freshNumber();
    await control(gateway.controlUrl, 'POST', '/control/faults', { ackDelayMs: 5_000, phones: [first.phone] });
    const recipients = [person, ...Array.from({ length: 40 }, () => freshNumber())];
    const { bulkId } = await post({ message: { type: 'text', text: 'once' }, recipients });
    await user.until(bulkPath(bulkId), (one) => one.body.data.counts.queued > 0, 60_000);
    await user.must('POST', bulkPath(bulkId, '/cancel'), {});
    const isStill = ({ body }: { body: { data: { counts: Record<string, number> } } }) =>
      body.data.counts.pending === 0 && body.data.counts.queued === 0;
    const { body } = await user.until(bulkPath(bulkId), isStill, 60_000);
    await control(gateway.controlUrl, 'POST', '/control/faults', { ackDelayMs: 0, phones: [first.phone] });
    const { sent, cancelled } = body.data.counts;
    expect(sent + cancelled).toBe(41);
    expect(cancelled).toBeGreaterThan(10);
    const results = await resultsOf(bulkId);
    for (const { to, status } of results) {
      const seen = await gateway.person(to as string).messages();
      expect([to, seen.filter(({ text }) => text === 'once').length]).toEqual([to, status === 'CANCELLED' ? 0 : 1]);
    }
  });
});

it('a template arrives filled in, alone and by a bulk', async () => {
  const [ann, bob] = [freshNumber(), freshNumber()];
  const message = { type: 'text', text: 'Order {{order}} for {{name}}' };
  await user.must('POST', '/api/templates', { name: 'order', message });
  const alone = await first.key.post('/api/messages/template', {
    ...{ to: ann, template: 'order', variables: { name: 'Ann', order: 1 } },
  });
  expect(alone.status).toBe(201);
  await post({ template: 'order', recipients: [bob], variables: { name: 'Bob', order: 2 } });
  expect((await gateway.person(ann).sees(({ own }) => !own))[0]?.text).toBe('Order 1 for Ann');
  expect((await gateway.person(bob).sees(({ own }) => !own, 1, 60_000))[0]?.text).toBe('Order 2 for Bob');
});
