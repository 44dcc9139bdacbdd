import { afterAll, beforeAll, expect, it } from 'vitest';
import { ApiClient, freshNumber, linkInstance, register } from '../support/client.ts';
import { TestGateway } from '../support/gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await TestGateway.start();
});
afterAll(() => gateway.stop());

const DELAY_MS = 800;

it('takes over new settings without a new connection', async () => {
  const user = await register(gateway.url);
  const { name, key } = await linkInstance(user);
  const connectedAt = async () => (await user.get(`/api/instances/${name}/status`)).body.data.lastConnectedAt;
  const before = await connectedAt();
  await user.must('PUT', `/api/instances/${name}`, { settings: { messageDelay: DELAY_MS, markOnline: true } });
  const to = freshNumber();
  const first = await key.must('POST', '/api/messages/text', { to, text: 'one' });
  const second = await key.must('POST', '/api/messages/text', { to, text: 'two' });
  // Each is paced from the start of the one before; its ack comes a little later.
  const gapMs = Date.parse(second.body.timestamp) - Date.parse(first.body.timestamp);
  expect(gapMs).toBeGreaterThan(DELAY_MS / 2);
  expect(await connectedAt()).toBe(before);
});

it('finds a changed name and its settings again after a restart', async () => {
  const user = await register(gateway.url);
  const { name, key } = await linkInstance(user);
  const settings = { autoReconnect: false, messageDelay: 10, rejectCalls: true, readReceipts: false };
  await user.must('PUT', `/api/instances/${name}`, { name: 'renamed', settings });
  await gateway.restart();
  const again = new ApiClient(gateway.url, user.credential);
  await again.until('/api/instances/renamed/status', ({ body }) => body.data.status === 'CONNECTED');
  expect((await again.get('/api/instances/renamed')).body.data.settings).toMatchObject(settings);
  const sent = await new ApiClient(gateway.url, key.credential).must('POST', '/api/messages/text', {
    ...{ to: freshNumber(), text: 'hello' },
  });
  expect(sent.body.instanceName).toBe('renamed');
});
