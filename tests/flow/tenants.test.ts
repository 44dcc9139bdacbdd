import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshNumber, type LinkedInstance, linkInstance, register } from '../support/client.ts';
import { TestGateway } from '../support/gateway.ts';

const EACH = 30;
let gateway: TestGateway;
let tenants: LinkedInstance[];

beforeAll(async () => {
  gateway = await TestGateway.start();
  tenants = [];
  for (const name of ['first', 'second', 'third']) {
    tenants.push(await linkInstance(await register(gateway.url), name));
  }
});
afterAll(() => gateway?.stop());

describe('tenants that talk to the same contact in one process', () => {
  it('lose nothing and see nothing of each other, both ways at once', async () => {
    const contact = gateway.person(freshNumber());
    await Promise.all(
      tenants.flatMap(({ key, phone, name }) => [
        sendAll(EACH, (i) => key.must('POST', '/api/messages/text', { to: contact.number, text: `${name} out ${i}` })),
        sendAll(EACH, (i) => contact.writes(phone, `${name} in ${i}`)),
      ]),
    );
    const seen = await contact.sees((message) => / out /.test(message.text ?? ''), EACH * tenants.length);
    for (const { name, key } of tenants) {
      const texts = seen.map(({ text }) => text).filter((text) => text?.startsWith(`${name} `));
      expect(texts).toEqual(Array.from({ length: EACH }, (_, i) => `${name} out ${i}`));
      const path = '/api/messages?direction=received&per_page=100';
      const list = await key.until(path, ({ body }) => body.data.messages.length >= EACH);
      const received = list.body.data.messages.map((message: { text: string }) => message.text);
      expect(received.sort()).toEqual(Array.from({ length: EACH }, (_, i) => `${name} in ${i}`).sort());
    }
    const phones = [contact, ...tenants.map(({ phone }) => gateway.person(phone))];
    for (const phone of phones) {
      expect(await phone.facts()).toMatchObject({ decryptErrors: [], retryRequests: 0, duplicates: 0 });
    }
  });

  it('get the same answer for what is another tenant’s as for what is not there', async () => {
    const [first, second] = tenants as [LinkedInstance, LinkedInstance];
    const mine = await first.key.must('POST', '/api/messages/text', { to: freshNumber(), text: 'private' });
    const id = mine.body.data.messageId as string;
    const foreign = await second.key.get(`/api/messages/${id}/status`);
    const absent = await second.key.get('/api/messages/msg_3EB0FFFFFFFFFFFFFFFFFF/status');
    expect(foreign.status).toBe(404);
    expect({ ...foreign.body, meta: null }).toEqual({ ...absent.body, meta: null });
    const instance = await second.user.get('/api/instances/first');
    const nothing = await second.user.get('/api/instances/nothing-there');
    expect(instance.status).toBe(404);
    expect(JSON.stringify({ ...instance.body, meta: null })).toBe(JSON.stringify({ ...nothing.body, meta: null }));
  });
});

/** One after the other, as a program that waits for each answer does. */
async function sendAll(count: number, send: (index: number) => Promise<unknown>): Promise<void> {
  for (let index = 0; index < count; index += 1) await send(index);
}
