import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ApiClient,
  createKey,
  freshNumber,
  type LinkedInstance,
  linkInstance,
  register,
} from '../support/client.ts';
import { TestGateway } from '../support/gateway.ts';

let gateway: TestGateway;
let user: ApiClient;

beforeAll(async () => {
  gateway = await TestGateway.start();
  user = await register(gateway.url);
});
afterAll(() => gateway?.stop());

describe('the main job', () => {
  it('links a phone, sends, is delivered and read, is answered, and finds it all after a restart', async () => {
    const instance = await linkInstance(user);
    const contact = freshNumber('9001');

    const sent = await instance.key.post('/api/messages/text', { to: contact, text: 'Hello from the test' });
    expect(sent.status).toBe(201);
    expect(sent.body).toMatchObject({ success: true, status: 'SENT', data: { status: 'SENT', to: contact } });
    const id = sent.body.data.messageId as string;
    expect(id).toMatch(/^msg_3EB0[0-9A-F]{18}$/);

    const seen = await gateway.person(contact).sees((message) => message.text === 'Hello from the test');
    expect(seen[0]?.id).toBe(id.slice('msg_'.length));

    const read = await instance.key.until(`/api/messages/${id}/status`, ({ body }) => body.data.status === 'READ');
    const { sentAt, deliveredAt, readAt } = read.body.data;
    expect(Date.parse(sentAt)).toBeLessThanOrEqual(Date.parse(deliveredAt));
    expect(Date.parse(deliveredAt)).toBeLessThanOrEqual(Date.parse(readAt));

    const answers = await instance.key.until('/api/messages?direction=received', ({ body }) => items(body).length > 0);
    expect(items(answers.body)[0]).toMatchObject({
      direction: 'received',
      from: contact,
      text: 'Echo: Hello from the test',
    });

    await gateway.restart();
    const after = reconnect(instance);
    await after.user.until('/api/instances/customer-service/status', ({ body }) => body.data.status === 'CONNECTED');
    const again = await after.key.get(`/api/messages/${id}/status`);
    expect(again.body.data.status).toBe('READ');
    expect(items((await after.key.get('/api/messages?direction=received')).body)).toHaveLength(1);

    const second = await after.key.post('/api/messages/text', { to: contact, text: 'And again' });
    expect(second.status).toBe(201);
    await gateway.person(contact).sees((message) => message.text === 'And again');
    const facts = await gateway.person(contact).facts();
    expect(facts).toMatchObject({ duplicates: 0, decryptErrors: [], retryRequests: 0 });
  });

  it('links by pairing code', async () => {
    const phone = freshNumber();
    const other = await register(gateway.url);
    await other.must('POST', '/api/instances', { name: 'by-code', environment: 'test' });
    const asked = await other.must('POST', '/api/instances/by-code/pairing-code', { phone });
    const code = asked.body.data.pairingCode as string;
    expect(code).toMatch(/^[A-Z0-9]{8}$/);
    await gateway.person(phone).typesCode(code);
    const online = await other.until('/api/instances/by-code/status', ({ body }) => body.data.status === 'CONNECTED');
    expect(online.body.data.phone).toBe(`+${phone}`);

    const key = await createKey(other, 'by-code');
    const contact = freshNumber();
    expect((await key.post('/api/messages/text', { to: contact, text: 'paired by code' })).status).toBe(201);
    await gateway.person(contact).sees((message) => message.text === 'paired by code');
  });

  it('logs out, forgets the phone, and can be linked again', async () => {
    const other = await register(gateway.url);
    const instance = await linkInstance(other, 'comes-and-goes');
    expect((await other.post('/api/instances/comes-and-goes/logout')).status).toBe(200);
    const gone = await other.get('/api/instances/comes-and-goes/status');
    expect(gone.body.data.status).toBe('DISCONNECTED');
    expect((await gateway.person(instance.phone).facts()).linkedDevices).toEqual([]);
    const refused = await instance.key.post('/api/messages/text', { to: freshNumber(), text: 'x' });
    expect(refused.body).toMatchObject({ success: false, error: 'INSTANCE_NOT_CONNECTED' });

    await other.must('GET', '/api/instances/comes-and-goes/qr');
    await other.must('POST', '/api/test/instances/comes-and-goes/scan', { phone: instance.phone });
    await other.until('/api/instances/comes-and-goes/status', ({ body }) => body.data.status === 'CONNECTED');
    expect((await instance.key.post('/api/messages/text', { to: freshNumber(), text: 'back' })).status).toBe(201);
  });

  it('deletes an instance with everything of it', async () => {
    const other = await register(gateway.url);
    const instance = await linkInstance(other, 'short-lived');
    await instance.key.must('POST', '/api/messages/text', { to: freshNumber(), text: 'soon gone' });
    expect((await other.call('DELETE', '/api/instances/short-lived')).status).toBe(204);
    expect((await other.get('/api/instances/short-lived')).status).toBe(404);
    expect((await instance.key.get('/api/messages')).status).toBe(401);
    await waitFor(async () => (await gateway.person(instance.phone).facts()).linkedDevices.length === 0);
    expect((await other.post('/api/instances', { name: 'short-lived', environment: 'test' })).status).toBe(201);
  });
});

function items(body: { data: { messages?: unknown[]; items?: unknown[] } }): Record<string, unknown>[] {
  return (body.data.messages ?? body.data.items ?? body.data) as Record<string, unknown>[];
}

/** The same credentials against the restarted gateway, which has another port. */
function reconnect(instance: LinkedInstance): LinkedInstance {
  const at = (client: ApiClient) => Object.assign(Object.create(client) as ApiClient, { url: gateway.url });
  return { ...instance, user: at(instance.user), key: at(instance.key) };
}

async function waitFor(condition: () => Promise<boolean>, withinMs = 45_000): Promise<void> {
  const endMs = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error('it did not happen in time');
    await new Promise((wake) => setTimeout(wake, 20));
  }
}
