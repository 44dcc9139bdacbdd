import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiClient, freshNumber, type LinkedInstance, linkInstance, register } from '../support/client.ts';
import { TestGateway } from '../support/gateway.ts';
import { control } from '../support/person.ts';

let gateway: TestGateway;
let user: ApiClient;
let count = 0;

beforeAll(async () => {
  gateway = await TestGateway.start();
});
afterAll(() => gateway?.stop());

async function linked(): Promise<LinkedInstance> {
  count += 1;
  if (count % 4 === 1) user = await register(gateway.url);
  return linkInstance(user, `line-${count}`);
}

function disconnect(instance: LinkedInstance, code: number) {
  return user.must('POST', `/api/test/instances/${instance.name}/disconnect`, { code });
}

function status(instance: LinkedInstance, want: string) {
  return user.until(`/api/instances/${instance.name}/status`, ({ body }) => body.data.status === want);
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + 45_000;
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error('it did not happen in time');
    await new Promise((wake) => setTimeout(wake, 20));
  }
}

describe('a lost connection', () => {
  it.each([428, 503, 500, 515])('with code %i comes back by itself, and messages go on', async (code) => {
    const instance = await linked();
    const before = await status(instance, 'CONNECTED');
    await disconnect(instance, code);
    await user.until(
      `/api/instances/${instance.name}/status`,
      ({ body }) => body.data.status === 'CONNECTED' && body.data.lastConnectedAt > before.body.data.lastConnectedAt,
    );
    const contact = freshNumber();
    expect((await instance.key.post('/api/messages/text', { to: contact, text: `after ${code}` })).status).toBe(201);
    await gateway.person(contact).sees((message) => message.text === `after ${code}`);
  });

  it('an HTTP 429 at the upgrade is survived: the next attempt gets through', async () => {
    const instance = await linked();
    const before = await status(instance, 'CONNECTED');
    await disconnect(instance, 429);
    await user.until(
      `/api/instances/${instance.name}/status`,
      ({ body }) => body.data.status === 'CONNECTED' && body.data.lastConnectedAt > before.body.data.lastConnectedAt,
    );
  });

  it('a message accepted meanwhile waits, and is sent once when it is back', async () => {
    const instance = await linked();
    const contact = freshNumber();
    await disconnect(instance, 503);
    await status(instance, 'RECONNECTING');
    const answers = await Promise.all(
      ['one', 'two', 'three'].map((text) =>
        instance.key.post('/api/messages/text', { to: contact, text }, { prefer: 'respond-async' }),
      ),
    );
    for (const answer of answers) {
      expect(answer.status).toBe(202);
      expect(answer.body.data.status).toBe('QUEUED');
    }
    await status(instance, 'CONNECTED');
    const seen = await gateway.person(contact).sees((message) => message.text !== null, 3);
    expect(seen.map((message) => message.text).sort()).toEqual(['one', 'three', 'two']);
    for (const answer of answers) {
      await instance.key.until(`/api/messages/${answer.body.data.messageId}/status`, ({ body }) =>
        ['SENT', 'DELIVERED', 'READ'].includes(body.data.status),
      );
    }
    await gateway.person(contact).sees(() => true, 3);
    expect(await gateway.person(contact).messages()).toHaveLength(3);
    expect(await gateway.person(contact).facts()).toMatchObject({ duplicates: 0, decryptErrors: [] });
  });

  it('a message on its way when the connection breaks is repeated under the same id', async () => {
    const instance = await linked();
    const contact = gateway.person(freshNumber());
    // Neither ack nor receipt comes in time: each would prove that WhatsApp has the message.
    await control(gateway.controlUrl, 'POST', '/control/faults', { ackDelayMs: 5_000, inboundDelayMs: 5_000 });
    const text = 'was it taken?';
    const sent = await instance.key.post(
      '/api/messages/text',
      { to: contact.number, text },
      { prefer: 'respond-async' },
    );
    await contact.sees((message) => message.text === text);
    await disconnect(instance, 428);
    await control(gateway.controlUrl, 'DELETE', '/control/faults');
    const path = `/api/messages/${sent.body.data.messageId}/status`;
    await instance.key.until(path, ({ body }) => ['SENT', 'DELIVERED', 'READ'].includes(body.data.status));
    // The second arrival proves the repeat; a phone shows an id once.
    await until(async () => (await contact.facts()).duplicates === 1);
    expect(await contact.messages()).toHaveLength(1);
  });

  it('what people wrote meanwhile arrives afterwards', async () => {
    const instance = await linked();
    const writer = gateway.person(freshNumber());
    await disconnect(instance, 503);
    await status(instance, 'RECONNECTING');
    for (const text of ['a', 'b', 'c']) await writer.writes(instance.phone, text);
    await status(instance, 'CONNECTED');
    const path = '/api/messages?direction=received';
    const received = await instance.key.until(path, ({ body }) => (body.data.messages ?? []).length === 3);
    expect(received.body.data.messages.map((message: { text: string }) => message.text).sort()).toEqual([
      'a',
      'b',
      'c',
    ]);
  });
});

describe('what a person must mend', () => {
  it('401: unlinked on the phone', async () => {
    const instance = await linked();
    await disconnect(instance, 401);
    await status(instance, 'LOGGED_OUT');
    const refused = await instance.key.post('/api/messages/text', { to: freshNumber(), text: 'x' });
    expect(refused.status).toBe(409);
    expect(refused.body.error).toBe('INSTANCE_NOT_CONNECTED');
    await user.must('GET', `/api/instances/${instance.name}/qr`);
    await user.must('POST', `/api/test/instances/${instance.name}/scan`, { phone: instance.phone });
    await status(instance, 'CONNECTED');
  });

  it.each([
    [403, 'BANNED'],
    [405, 'ERROR'],
  ])('%i: %s', async (code, want) => {
    const instance = await linked();
    await disconnect(instance, code);
    const stopped = await status(instance, want);
    expect(stopped.body.data.lastError).toEqual(expect.any(String));
    expect((await instance.key.post('/api/messages/text', { to: freshNumber(), text: 'x' })).body.error).toBe(
      'INSTANCE_NOT_CONNECTED',
    );
  });

  it('440: somebody else uses the session; it waits before it tries again', async () => {
    const instance = await linked();
    await disconnect(instance, 440);
    const waiting = await status(instance, 'RECONNECTING');
    expect(Date.parse(waiting.body.data.nextRetry) - Date.now()).toBeGreaterThan(15_000);
  });

  it('402: a ban for a time is waited out', async () => {
    const instance = await linked();
    await disconnect(instance, 402);
    const waiting = await status(instance, 'RECONNECTING');
    expect(Date.parse(waiting.body.data.nextRetry) - Date.now()).toBeGreaterThan(15_000);
    expect(waiting.body.data.lastError).toMatch(/banned/);
  });
});

describe('what WhatsApp refuses', () => {
  it('a recipient that is not on WhatsApp fails at once, and the row says so', async () => {
    const instance = await linked();
    const refused = await instance.key.post('/api/messages/text', { to: freshNumber('9004'), text: 'nobody there' });
    expect(refused.status).toBe(422);
    expect(refused.body).toMatchObject({ error: 'MESSAGE_SEND_FAILED', details: { reason: 'NOT_ON_WHATSAPP' } });
    const list = await instance.key.get('/api/messages?direction=sent');
    expect(list.body.data.messages[0]).toMatchObject({ status: 'FAILED' });
  });

  it('463 is reported and never tried again', async () => {
    const instance = await linked();
    const contact = freshNumber('9005');
    const refused = await instance.key.post('/api/messages/text', { to: contact, text: 'spam' });
    expect(refused.status).toBe(422);
    expect(refused.body).toMatchObject({ error: 'MESSAGE_SEND_FAILED', details: { whatsappCode: 463 } });
    const next = await instance.key.post('/api/messages/text', { to: freshNumber(), text: 'fine' });
    expect(next.status).toBe(201);
    expect(await gateway.person(contact).messages()).toEqual([]);
  });

  it('a message that nobody receives stays SENT, one that nobody reads stays DELIVERED', async () => {
    const instance = await linked();
    const [away, silent] = [freshNumber('9002'), freshNumber('9003')];
    const sent = await instance.key.must('POST', '/api/messages/text', { to: away, text: 'anyone?' });
    const other = await instance.key.must('POST', '/api/messages/text', { to: silent, text: 'hello?' });
    await instance.key.until(
      `/api/messages/${other.body.data.messageId}/status`,
      ({ body }) => body.data.status === 'DELIVERED',
    );
    const still = await instance.key.get(`/api/messages/${sent.body.data.messageId}/status`);
    expect(still.body.data.status).toBe('SENT');
  });

  it('an ack that is late is waited for', async () => {
    const instance = await linked();
    // Receipts of the contact, and of the own phone, would say the same: they stay away.
    await control(gateway.controlUrl, 'POST', '/control/faults', { ackDelayMs: 700, inboundDelayMs: 60_000 });
    try {
      const contact = gateway.person(freshNumber());
      const sent = await instance.key.post('/api/messages/text', { to: contact.number, text: 'slow' });
      expect(sent.status).toBe(201);
      expect(sent.body.data.status).toBe('SENT');
      expect(await contact.messages()).toHaveLength(1);
      expect(await contact.facts()).toMatchObject({ duplicates: 0 });
    } finally {
      await control(gateway.controlUrl, 'DELETE', '/control/faults');
    }
  });
});
