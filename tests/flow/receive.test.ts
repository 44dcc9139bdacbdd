import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshNumber, type LinkedInstance, linkInstance, register } from '../support/client.ts';
import { TestGateway } from '../support/gateway.ts';

let gateway: TestGateway;
let instance: LinkedInstance;

beforeAll(async () => {
  gateway = await TestGateway.start();
  instance = await linkInstance(await register(gateway.url));
});
afterAll(() => gateway?.stop());

function received(count: number) {
  const path = '/api/messages?direction=received&per_page=100';
  return instance.key.until(path, ({ body }) => body.data.messages.length >= count);
}

describe('receiving', () => {
  it('stores a text with both names of its author, and the contact and chat that come with it', async () => {
    const writer = gateway.person(freshNumber());
    const id = await writer.writes(instance.phone, 'good morning');
    const list = await received(1);
    const message = list.body.data.messages.find((m: { messageId: string }) => m.messageId === `msg_${id}`);
    const { lid } = await writer.facts();
    expect(message).toMatchObject({
      direction: 'received',
      status: 'RECEIVED',
      type: 'text',
      text: 'good morning',
      from: writer.number,
      phone: writer.number,
      lid: lid.split('@')[0],
    });
    const { runner } = gateway;
    expect(runner.workers).toHaveLength(1);
  });

  it('keeps the order in which a person wrote, and every message once', async () => {
    const writer = gateway.person(freshNumber());
    const texts = Array.from({ length: 25 }, (_, i) => `line ${i}`);
    for (const text of texts) await writer.writes(instance.phone, text);
    await received(26);
    const all = await instance.key.get('/api/messages?direction=received&per_page=100');
    const own = all.body.data.messages.filter((m: { from: string }) => m.from === writer.number);
    expect(own.map((m: { text: string }) => m.text).sort()).toEqual([...texts].sort());
  });

  it('marks as read, and the writer sees it', async () => {
    const writer = gateway.person(freshNumber());
    const id = await writer.writes(instance.phone, 'did you see this?');
    await instance.key.until(`/api/messages/msg_${id}/status`, ({ status }) => status === 200);
    const read = await instance.key.post(`/api/messages/msg_${id}/read`);
    expect(read.status).toBe(200);
    const after = await instance.key.get(`/api/messages/msg_${id}/status`);
    expect(after.body.data.status).toBe('READ');
    const phone = gateway.gateway.sandbox?.phone(writer.number);
    await expect.poll(() => phone?.sent(id)?.receipts.map(({ type }) => type)).toContain('read');
    const absent = await instance.key.post('/api/messages/msg_3EB000000000000000/read');
    expect([absent.status, absent.body.error]).toEqual([404, 'RESOURCE_NOT_FOUND']);
    const own = await instance.key.must('POST', '/api/messages/text', { to: writer.number, text: 'mine' });
    const sent = await instance.key.post(`/api/messages/${own.body.data.messageId}/read`);
    expect([sent.status, sent.body.error]).toEqual([409, 'INVALID_STATE']);
  });

  it('sends in the order of acceptance', async () => {
    const contact = gateway.person(freshNumber());
    const texts = Array.from({ length: 20 }, (_, i) => `n ${i}`);
    for (const text of texts) {
      const to = contact.number;
      const answer = await instance.key.post('/api/messages/text', { to, text }, { prefer: 'respond-async' });
      expect(answer.status).toBe(202);
    }
    const seen = await contact.sees((message) => message.text !== null, texts.length);
    expect(seen.map(({ text }) => text)).toEqual(texts);
  });

  it('answers which numbers have WhatsApp', async () => {
    const [there, gone] = [freshNumber(), freshNumber('9004')];
    const answer = await instance.key.post('/api/contacts/check', { numbers: [there, gone, `+${there}`] });
    expect(answer.status).toBe(200);
    expect(answer.body.data.results.map((r: { exists: boolean }) => r.exists)).toEqual([true, false, true]);
    expect(answer.body.results).toEqual(answer.body.data.results);
  });

  it('repeats nothing for the same Idempotency-Key', async () => {
    const contact = gateway.person(freshNumber());
    const body = { to: contact.number, text: 'only once' };
    const headers = { 'idempotency-key': 'order-4711' };
    const answers = await Promise.all([1, 2, 3].map(() => instance.key.post('/api/messages/text', body, headers)));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(new Set(answers.map(({ body: b }) => b.data.messageId)).size).toBe(1);
    const other = await instance.key.post('/api/messages/text', { ...body, text: 'something else' }, headers);
    expect(other.body.error).toBe('IDEMPOTENCY_KEY_REUSED');
    await instance.key.must('POST', '/api/messages/text', { to: contact.number, text: 'last' });
    const seen = await contact.sees((message) => message.text === 'last');
    expect(seen).toHaveLength(1);
    expect((await contact.messages()).map(({ text }) => text)).toEqual(['only once', 'last']);
  });
});
