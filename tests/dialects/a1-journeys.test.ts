import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiRig, ISO, id, JWT, LINKED } from '../support/api-rig.ts';

/**
 * Document A1's examples 1, 2 and 5 with the bodies that it prints; what it prints of the answers must be there, under
 * its names. Ids, tokens and times are as they come.
 */
let rig: ApiRig;
beforeAll(async () => {
  rig = await ApiRig.start();
});
afterAll(() => rig.stop());

const PNG = expect.stringMatching(/^data:image\/png;base64,/);
const SOON = () => new Date(Date.now() + 60_000).toISOString();

let john: string;
let subscriptionId: string;
let instanceId: string;

describe('example 1: new user registration and first instance', () => {
  it('step 1: user registration', async () => {
    const { status, body } = await rig.call('POST', '/api/auth/register', {
      email: 'john@company.com',
      password: 'securePassword123',
      name: 'John Doe',
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      success: true,
      user: { id: id('user'), email: 'john@company.com', name: 'John Doe', role: 'ADMINISTRATOR' },
      subscription: {
        id: id('sub'),
        name: "John Doe's Subscription",
        tier: 'BASIC',
        maxInstances: 5,
        currentInstances: 0,
      },
      token: JWT,
    });
    john = body.token;
    subscriptionId = body.subscription.id;
  });

  it('step 2: create first instance', async () => {
    const { status, body } = await rig.call(
      'POST',
      '/api/instances',
      { name: 'customer-service', settings: { autoReconnect: true, messageDelay: 1000 } },
      { as: john },
    );
    expect(status).toBe(201);
    expect(body).toMatchObject({
      success: true,
      instance: { id: id('inst'), name: 'customer-service', status: 'DISCONNECTED', createdAt: ISO },
    });
    instanceId = body.instance.id;
  });

  it('step 3: get QR code for authentication', async () => {
    const qr = { text: '2@abc,def', expiresAt: SOON() };
    await rig.runner.setState(subscriptionId, instanceId, { status: 'WAITING_FOR_SCAN', qr });
    const { status, body } = await rig.call('GET', '/api/instances/customer-service/qr', undefined, { as: john });
    expect(status).toBe(200);
    expect(body).toMatchObject({ success: true, qrCode: PNG, expiresAt: qr.expiresAt, status: 'CONNECTING' });
  });

  it('step 4: monitor connection status', async () => {
    await rig.runner.setState(subscriptionId, instanceId, { ...LINKED, qr: null });
    const { body } = await rig.call('GET', '/api/instances/customer-service/status', undefined, { as: john });
    expect(body).toMatchObject({
      success: true,
      instance: {
        name: 'customer-service',
        status: 'CONNECTED',
        phone: '+6281234567890',
        displayName: 'Customer Service',
        lastConnectedAt: ISO,
      },
    });
    expect(body.instance).toHaveProperty('uptime');
  });

  it('steps 5 and 6: generate API key, send first message with it', async () => {
    const made = await rig.call(
      'POST',
      '/api/instances/customer-service/keys',
      { name: 'Production API Key', permissions: ['message:send', 'message:read', 'contact:check'] },
      { as: john },
    );
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      success: true,
      apiKey: {
        id: id('key'),
        name: 'Production API Key',
        key: expect.stringMatching(/^cs_/),
        permissions: ['message:send', 'message:read', 'contact:check'],
        rateLimit: 1000,
        expiresAt: null,
      },
    });
    const text = 'Hello! Welcome to our customer service. How can we help you today?';
    const sent = await rig.call(
      'POST',
      '/api/messages/text',
      { to: '6281234567890', text },
      { as: made.body.apiKey.key },
    );
    expect(sent.status).toBe(201);
    expect(sent.body).toMatchObject({
      success: true,
      messageId: expect.stringMatching(/^msg_/),
      instanceName: 'customer-service',
      status: 'SENT',
      timestamp: ISO,
    });
  });
});

describe('example 2: administrator adding team member', () => {
  let sarah: string;
  let sarahId: string;

  it('step 1: administrator creates new user', async () => {
    const { status, body } = await rig.call(
      'POST',
      '/api/users',
      { email: 'sarah@company.com', password: 'tempPassword123', name: 'Sarah Smith', role: 'USER' },
      { as: john },
    );
    expect(status).toBe(201);
    expect(body).toMatchObject({
      success: true,
      user: { id: id('user'), email: 'sarah@company.com', name: 'Sarah Smith', role: 'USER', subscriptionId },
      temporaryPassword: 'tempPassword123',
    });
    sarahId = body.user.id;
  });

  it('step 2: Sarah logs in and changes password', async () => {
    const { status, body } = await rig.call('POST', '/api/auth/login', {
      email: 'sarah@company.com',
      password: 'tempPassword123',
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      success: true,
      user: { id: sarahId, name: 'Sarah Smith', role: 'USER' },
      subscription: { tier: 'BASIC', maxInstances: 5, currentInstances: 1 },
      token: JWT,
      mustChangePassword: true,
    });
    const changed = await rig.call(
      'POST',
      '/api/auth/change-password',
      { currentPassword: 'tempPassword123', newPassword: 'sarahSecurePass456' },
      { as: body.token },
    );
    expect(changed.body).toMatchObject({ success: true, token: JWT });
    sarah = changed.body.token;
  });

  it('step 3: Sarah creates sales instance', async () => {
    const { status, body } = await rig.call('POST', '/api/instances', { name: 'sales-team' }, { as: sarah });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      success: true,
      instance: { id: id('inst'), name: 'sales-team', status: 'DISCONNECTED', createdById: sarahId },
    });
  });

  it('step 4: check subscription usage', async () => {
    const { status, body } = await rig.call('GET', '/api/subscription/usage', undefined, { as: sarah });
    const subscription = {
      tier: 'BASIC',
      limits: { maxInstances: 5, currentInstances: 2, remaining: 3 },
      instances: [
        { name: 'customer-service', owner: 'John Doe', status: 'CONNECTED' },
        { name: 'sales-team', owner: 'Sarah Smith', status: 'DISCONNECTED' },
      ],
    };
    expect(status).toBe(200);
    expect(body).toMatchObject({ success: true, subscription, data: subscription });
    const limits = await rig.call('GET', '/api/subscription/limits', undefined, { as: sarah });
    expect(limits.body.data).toEqual({ tier: 'BASIC', maxInstances: 5, currentInstances: 2, remaining: 3 });
    const whole = await rig.call('GET', '/api/subscription', undefined, { as: sarah });
    expect(whole.body.subscription).toEqual({
      ...{ id: subscriptionId, name: "John Doe's Subscription", tier: 'BASIC' },
      ...{ maxInstances: 5, currentInstances: 2, createdAt: ISO },
    });
  });
});

describe('example 5: error handling and recovery', () => {
  it('instance connection lost', async () => {
    const lastErrorAt = '2024-01-01T11:00:00.000Z';
    const nextRetryAt = '2024-01-01T11:05:00.000Z';
    const lastError = 'Connection lost: WhatsApp session expired';
    const lost = {
      status: 'ERROR' as const,
      linked: false,
      lastError,
      lastErrorAt,
      connectionAttempts: 3,
      nextRetryAt,
    };
    await rig.runner.setState(subscriptionId, instanceId, lost);
    const { body } = await rig.call('GET', '/api/instances/customer-service/status', undefined, { as: john });
    expect(body).toMatchObject({
      success: true,
      instance: {
        ...{ name: 'customer-service', status: 'ERROR', lastError, lastErrorAt },
        ...{ connectionAttempts: 3, nextRetry: nextRetryAt },
      },
    });
  });

  it('manual restart instance', async () => {
    rig.runner.behave(instanceId, 'instance.restart', async () => {
      const qr = { text: '2@new,qr', expiresAt: SOON() };
      await rig.runner.setState(subscriptionId, instanceId, { status: 'WAITING_FOR_SCAN', qr });
      return { state: 'done', output: { status: 'WAITING_FOR_SCAN' } };
    });
    const { status, body } = await rig.call('POST', '/api/instances/customer-service/restart', undefined, { as: john });
    expect(status).toBe(202);
    expect(body).toMatchObject({
      success: true,
      message: 'Instance restart initiated',
      instance: { name: 'customer-service', status: 'CONNECTING', qrCode: PNG },
    });
  });
});
