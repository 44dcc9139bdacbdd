import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiClient, freshNumber, type LinkedInstance, linkInstance, register } from '../support/client.ts';
import { TestGateway } from '../support/gateway.ts';
import { type Hit, Receiver } from '../support/receiver.ts';

let gateway: TestGateway;
let receiver: Receiver;
let instance: LinkedInstance;
let user: ApiClient;

beforeAll(async () => {
  [gateway, receiver] = await Promise.all([TestGateway.start(), Receiver.start()]);
  user = await register(gateway.url);
  instance = await linkInstance(user);
});
afterAll(async () => {
  await gateway?.stop();
  await receiver?.stop();
});

let endpoints = 0;

/** An endpoint of its own, made through `/api/webhooks`. */
async function endpoint(fields: object = {}) {
  endpoints += 1;
  const name = `e${endpoints}`;
  const made = await user.must('POST', '/api/webhooks', { url: receiver.url(name), ...fields });
  const { id, secret } = made.body.data;
  await receiver.set(name, { secret });
  return { name, path: `/api/webhooks/${id}`, id: id as string };
}

const RECEIVED = { instanceName: 'customer-service', events: ['message.received'] };
const texts = (hits: Hit[]) => hits.map(({ body }) => body.data.text);
const hasText = (text: string) => (hits: Hit[]) => texts(hits).includes(text);

describe("document A's webhook", () => {
  const path = '/api/instances/customer-service/webhook';

  it('is told of messages and their progress, signed twice', async () => {
    const secret = 'webhook_secret_key_123';
    await receiver.set('shop', { secret });
    const made = await user.must('POST', path, { url: receiver.url('shop'), events: ['message', 'status'], secret });
    expect(made.status).toBe(201);
    const customer = gateway.person(freshNumber());
    const waId = await customer.writes(instance.phone, 'Can I change the delivery address?');
    const [message] = await receiver.until('shop', (hits) => hits.length > 0);
    expect(message).toMatchObject({
      verified: true,
      id: expect.stringMatching(/^evt_[0-9a-f]{24}$/),
      body: {
        event: 'message',
        instanceName: 'customer-service',
        data: {
          messageId: `msg_${waId}`,
          from: customer.number,
          text: 'Can I change the delivery address?',
          timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
        },
      },
    });
    const sent = await instance.key.must('POST', '/api/messages/text', { to: customer.number, text: 'Yes!' });
    const { messageId } = sent.body.data;
    const statusOf = ({ body }: Hit) => (body.data.messageId === messageId ? body.data.status : undefined);
    const all = await receiver.until('shop', (hits) => hits.some((hit) => statusOf(hit) === 'DELIVERED'));
    const own = all.filter(statusOf);
    expect(own.map(statusOf)).toEqual(expect.arrayContaining(['SENT', 'DELIVERED']));
    expect(own.every(({ verified, body }) => verified && body.event === 'status')).toBe(true);
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  });

  it('is tried out: status, latency and first bytes', async () => {
    const tested = await user.must('POST', `${path}/test`);
    expect(tested.body.data).toMatchObject({ delivered: true, status: 200, response: 'thank you', error: null });
    expect(tested.body.data.latencyMs).toBeGreaterThanOrEqual(0);
    const { eventId } = tested.body.data;
    const hit = (await receiver.hits('shop')).find(({ id }) => id === eventId);
    expect(hit).toMatchObject({ verified: true, body: { event: 'test', instanceName: 'customer-service' } });
    await receiver.set('shop', { status: 418 });
    const refused = await user.must('POST', `${path}/test`);
    expect(refused.body.data).toMatchObject({ delivered: false, status: 418, response: 'no thank you' });
    await receiver.set('shop', { status: 200 });
    await user.must('DELETE', path);
    expect((await user.get(path)).status).toBe(404);
  });
});

describe('webhooks', () => {
  it('are tried again under the same id, until they are mended', async () => {
    const { name, path } = await endpoint(RECEIVED);
    await receiver.set(name, { status: 500 });
    await gateway.person(freshNumber()).writes(instance.phone, 'mend me');
    await receiver.until(name, (hits) => hits.length === 1);
    const pending = await user.until(
      `${path}/deliveries?status=pending`,
      ({ body }) => body.data.deliveries[0]?.tries === 1,
    );
    const [delivery] = pending.body.data.deliveries;
    expect(delivery).toMatchObject({ event: 'message.received', status: 'pending' });
    expect(delivery.attempts).toEqual([
      {
        at: expect.any(String),
        status: 500,
        durationMs: expect.any(Number),
        error: 'The endpoint answered 500.',
        response: 'no thank you',
      },
    ]);
    await receiver.set(name, { status: 200 });
    // The next attempt comes after 5 s ± 20 %.
    const [first, second] = await receiver.until(name, (hits) => hits.length === 2);
    expect(second?.id).toBe(first?.id);
    expect(Number(second?.headers['webhook-timestamp'])).toBeGreaterThan(Number(first?.headers['webhook-timestamp']));
    expect(second?.verified).toBe(true);
    const log = `${path}/deliveries?status=delivered`;
    const done = await user.until(log, ({ body }) => body.data.deliveries.length === 1);
    expect(done.body.data.deliveries[0]).toMatchObject({ tries: 2, error: null, nextAttemptAt: null });
  });

  it('are switched off by 410, which is told, and catch up by a replay once they are mended', async () => {
    const [broken, watcher] = [await endpoint(RECEIVED), await endpoint({ events: ['webhook.disabled'] })];
    await receiver.set(broken.name, { status: 410 });
    await gateway.person(freshNumber()).writes(instance.phone, 'gone?');
    const [told] = await receiver.until(watcher.name, (hits) => hits.length > 0);
    expect(told).toMatchObject({
      verified: true,
      body: { type: 'webhook.disabled', instance: null, data: { webhookId: broken.id, reason: 'gone' } },
    });
    const off = await user.until(broken.path, ({ body }) => body.data.isActive === false);
    expect(off.body.data.disabledReason).toBe('gone');
    expect((await user.post(`${broken.path}/replay`, { failed: true })).status).toBe(409);

    await receiver.set(broken.name, { status: 200 });
    const on = await user.must('PUT', broken.path, { isActive: true });
    expect(on.body.data).toMatchObject({ isActive: true, disabledReason: null });
    await user.must('POST', `${broken.path}/replay`, { failed: true });
    const [before, after] = await receiver.until(broken.name, (hits) => hits.length === 2);
    expect(after).toMatchObject({ verified: true, id: before?.id, body: { data: { text: 'gone?' } } });
  });

  it('that are slow delay no other', async () => {
    const [slow, fast] = [await endpoint(RECEIVED), await endpoint(RECEIVED)];
    await receiver.set(slow.name, { hold: true });
    const writer = gateway.person(freshNumber());
    const lines = Array.from({ length: 20 }, (_, i) => `quick ${i}`);
    for (const line of lines) await writer.writes(instance.phone, line);
    const got = await receiver.until(fast.name, (hits) => hits.length >= lines.length);
    expect(texts(got).sort()).toEqual([...lines].sort());
    // The slow one has answered nothing yet, and has no more than a few calls open.
    const held = await receiver.hits(slow.name);
    expect(held.length).toBeGreaterThan(0);
    expect(held.length).toBeLessThanOrEqual(8);
    await receiver.set(slow.name, { hold: false });
    const all = await receiver.until(slow.name, (hits) => hits.length >= lines.length);
    expect(texts(all).sort()).toEqual([...lines].sort());
  });

  it('of another subscription hear nothing', async () => {
    const stranger = await register(gateway.url);
    const url = receiver.url('stranger');
    await stranger.must('POST', '/api/webhooks', { url });
    const mine = await endpoint(RECEIVED);
    await gateway.person(freshNumber()).writes(instance.phone, 'between us');
    await receiver.until(mine.name, hasText('between us'));
    // Its own events do arrive, and nothing came before them.
    const own = await linkInstance(stranger);
    const hits = await receiver.until('stranger', (all) => all.some(({ body }) => body.type === 'instance.connected'));
    expect(hits.every(({ body }) => body.instance?.name === own.name)).toBe(true);
    expect(JSON.stringify(hits)).not.toContain('between us');
  });
});
