import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiClient, freshNumber, type LinkedInstance, linkInstance, register } from '../support/client.ts';
import { TestGateway } from '../support/gateway.ts';

/**
 * Document A1's examples 3 and 4 and its additional ones, told once on a real session: the bodies are the document's,
 * but for the shop's own URL. What it prints of the answers must be there, under its names.
 */
const CUSTOMER = '6281234567890';
const SECRET = 'webhook_secret_key_123';
const ISO = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

interface Hook {
  headers: IncomingHttpHeaders;
  text: string;
  body: { event: string; instanceName: string; data: Record<string, unknown> };
}

let gateway: TestGateway;
let shop: Server;
let hooks: Hook[];
let heard: () => void = () => undefined;
let user: ApiClient;
let instance: LinkedInstance;

beforeAll(async () => {
  hooks = [];
  shop = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      hooks.push({ headers: request.headers, text, body: JSON.parse(text) });
      response.end('ok');
      heard();
    });
  });
  await new Promise<void>((listening) => shop.listen(0, '127.0.0.1', listening));
  gateway = await TestGateway.start();
  user = await register(gateway.url, 'John Doe');
  instance = await linkInstance(user, 'customer-service', freshNumber());
});
afterAll(async () => {
  await gateway?.stop();
  shop?.close();
});

/** The first webhook that `accept` likes, as soon as it is there. */
async function hook(accept: (hook: Hook) => boolean): Promise<Hook> {
  const endMs = performance.now() + 45_000;
  for (;;) {
    const found = hooks.find(accept);
    if (found) return found;
    const leftMs = endMs - performance.now();
    if (leftMs <= 0) throw new Error(`no such webhook among ${hooks.length}`);
    await new Promise<void>((wake) => {
      const timer = setTimeout(wake, leftMs);
      heard = () => {
        clearTimeout(timer);
        wake();
      };
    });
  }
}

describe('example 3: API integration flow', () => {
  it('step 1: configure webhook', async () => {
    const { port } = shop.address() as { port: number };
    const url = `http://127.0.0.1:${port}/webhook/whatsapp`;
    const { status, body } = await user.post('/api/instances/customer-service/webhook', {
      url,
      events: ['message', 'status'],
      secret: SECRET,
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      success: true,
      webhook: { id: expect.stringMatching(/^webhook_/), url, events: ['message', 'status'], isActive: true },
    });
    expect(JSON.stringify(body)).not.toContain(SECRET);
  });

  it('step 2: external app sends order confirmation', async () => {
    const text =
      'Your order #12345 has been confirmed! Expected delivery: Jan 5, 2024. Track: https://mystore.com/track/12345';
    const { status, body } = await instance.key.post('/api/messages/text', { to: CUSTOMER, text });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      success: true,
      messageId: expect.stringMatching(/^msg_/),
      instanceName: 'customer-service',
      status: 'SENT',
    });
    await gateway.person(CUSTOMER).sees((message) => message.text === text);
    const told = await hook(({ body: { event, data } }) => event === 'status' && data.messageId === body.messageId);
    expect(told.body.instanceName).toBe('customer-service');
  });

  it('step 3: customer replies, the webhook triggers, signed', async () => {
    const text = 'Can I change the delivery address?';
    const id = await gateway.person(CUSTOMER).writes(instance.phone, text);
    const {
      headers,
      text: raw,
      body,
    } = await hook((one) => one.body.event === 'message' && one.body.data.text === text);
    expect(body).toMatchObject({
      event: 'message',
      instanceName: 'customer-service',
      data: { messageId: `msg_${id}`, from: CUSTOMER, text, timestamp: ISO },
    });
    const signature = createHmac('sha256', SECRET).update(raw).digest('hex');
    expect(headers['x-webhook-signature']).toBe(`sha256=${signature}`);
  });

  it('step 4: auto-reply', async () => {
    const text =
      'I can help you change the delivery address! Please provide your order number and new address. Or contact our support at support@mystore.com';
    const { status, body } = await instance.key.post('/api/messages/text', { to: CUSTOMER, text, isAutoReply: true });
    expect(status).toBe(201);
    expect(body).toMatchObject({ success: true, instanceName: 'customer-service', status: 'SENT', isAutoReply: true });
  });
});

describe('example 4: monitoring and analytics', () => {
  it('daily usage check', async () => {
    const path = '/api/stats?period=7days';
    const { body } = await instance.key.until(path, (answer) => answer.body.stats?.summary.totalSent === 2);
    expect(body.stats).toMatchObject({
      instanceName: 'customer-service',
      period: '7days',
      summary: { totalSent: 2, totalReceived: 1, totalFailed: 0, successRate: '100.0%', avgPerDay: 0 },
    });
    expect(body.stats.daily).toHaveLength(7);
    const today = new Date().toISOString().slice(0, 10);
    expect(body.stats.daily.at(-1)).toMatchObject({ date: today, sent: 2, received: 1, failed: 0 });
  });

  it('subscription overview dashboard', async () => {
    const { body } = await user.get('/api/dashboard/overview');
    expect(body).toMatchObject({
      success: true,
      dashboard: {
        subscription: {
          name: "John Doe's Subscription",
          tier: 'BASIC',
          usage: { instances: '1/5', monthlyMessages: '2', apiCalls: expect.stringMatching(/^[\d,]+$/) },
        },
        instances: [
          {
            name: 'customer-service',
            status: 'CONNECTED',
            phone: `+${instance.phone}`,
            owner: 'John Doe',
            todayStats: { sent: 2, received: 1, failed: 0 },
            uptime: expect.stringMatching(/^\d+(\.\d)?%$/),
          },
        ],
      },
    });
    const activity = body.dashboard.recentActivity;
    expect(activity.map(({ action }: { action: string }) => action)).toContain('MESSAGE_SENT');
    expect(activity[0]).toMatchObject({ instance: 'customer-service', timestamp: ISO });
  });
});

describe('additional examples', () => {
  it('check if numbers exist on WhatsApp', async () => {
    const numbers = [CUSTOMER, '6281234569004', '6281234567892'];
    const { status, body } = await instance.key.post('/api/contacts/check', { numbers });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      success: true,
      instanceName: 'customer-service',
      results: [
        { number: CUSTOMER, exists: true, name: expect.any(String) },
        { number: '6281234569004', exists: false, name: null },
        { number: '6281234567892', exists: true },
      ],
    });
  });

  it('send location', async () => {
    const place = {
      latitude: -6.2088,
      longitude: 106.8456,
      name: 'Our Store Location',
      address: 'Jl. Sudirman No.1, Jakarta',
    };
    const { status, body } = await instance.key.post('/api/messages/location', { to: CUSTOMER, ...place });
    expect(status).toBe(201);
    expect(body.status).toBe('SENT');
    const [seen] = await gateway.person(CUSTOMER).sees((message) => message.type === 'location');
    expect(`msg_${seen?.id}`).toBe(body.messageId);
  });

  it('get current instance info', async () => {
    const { body } = await instance.key.get('/api/instance/info');
    expect(body).toMatchObject({
      success: true,
      instance: {
        name: 'customer-service',
        status: 'CONNECTED',
        phone: `+${instance.phone}`,
        lastConnectedAt: ISO,
      },
      apiKey: { name: 'test key', rateLimit: 1000, usageCount: expect.any(Number) },
    });
  });

  it('API key rate limit exceeded (example 5)', async () => {
    const made = await user.must('POST', '/api/instances/customer-service/keys', {
      name: 'Small Key',
      permissions: ['message:send'],
      rateLimit: 1,
    });
    const small = user.as(made.body.apiKey.key);
    const send = () => small.post('/api/messages/text', { to: CUSTOMER, text: 'Hello!' });
    expect((await send()).status).toBe(201);
    const { status, headers, body } = await send();
    expect(status).toBe(429);
    expect(body).toMatchObject({
      success: false,
      error: 'RATE_LIMIT_EXCEEDED',
      message: expect.stringMatching(/^API key rate limit exceeded\. Limit: 1\/hour, Used: 1, Resets at: /),
      instanceName: 'customer-service',
      retryAfter: expect.any(Number),
    });
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  });
});
