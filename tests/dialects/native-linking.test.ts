import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Account, ApiRig, errorBody, LINKED, REQUEST_ID } from '../support/api-rig.ts';

let rig: ApiRig;
beforeAll(async () => {
  rig = await ApiRig.start();
});
afterAll(() => rig.stop());

const as = (account: Account) => ({ as: account.token });
const PNG = expect.stringMatching(/^data:image\/png;base64,iVBORw0KGgo/);
const inOneMinute = () => new Date(Date.now() + 60_000).toISOString();

describe('GET /api/instances/:name/qr', () => {
  it('has the session opened and shows what the runner shows', async () => {
    const account = await rig.register();
    const instanceId = await rig.instance(account, 'fresh');
    const expiresAt = inOneMinute();
    rig.runner.behave(instanceId, 'instance.connect', async () => {
      await rig.runner.setState(account.tenantId, instanceId, {
        status: 'WAITING_FOR_SCAN',
        qr: { text: '2@first,code', expiresAt },
      });
      return { state: 'done', output: { status: 'WAITING_FOR_SCAN' } };
    });
    const first = await rig.call('GET', '/api/instances/fresh/qr', undefined, as(account));
    expect(first.status).toBe(200);
    expect(first.body).toEqual({
      success: true,
      qrCode: PNG,
      expiresAt,
      status: 'CONNECTING',
      data: { qrCode: PNG, qr: '2@first,code', expiresAt, status: 'WAITING_FOR_SCAN' },
      meta: { request_id: REQUEST_ID, instanceName: 'fresh' },
    });
    const again = await rig.call('GET', '/api/instances/fresh/qr', undefined, as(account));
    expect(again.body.data).toEqual(first.body.data);
    const connects = rig.runner.seen.filter((command) => command.instanceId === instanceId);
    expect(connects.map(({ operation }) => operation)).toEqual(['instance.connect']);
  });

  it('is refused for a linked instance', async () => {
    const account = await rig.register();
    await rig.instance(account, 'linked', LINKED);
    const answer = await rig.call('GET', '/api/instances/linked/qr', undefined, as(account));
    expect(answer.status).toBe(409);
    expect(answer.body).toEqual(errorBody('INVALID_STATE', { instanceName: 'linked' }, { instanceName: 'linked' }));
  });

  it('passes on why the session could not be opened', async () => {
    const account = await rig.register();
    const instanceId = await rig.instance(account, 'refused');
    const error = { code: 'SERVICE_UNAVAILABLE' as const, message: 'WhatsApp cannot be reached.' };
    rig.runner.behave(instanceId, 'instance.connect', () => ({ state: 'failed', error }));
    const answer = await rig.call('GET', '/api/instances/refused/qr', undefined, as(account));
    expect(answer.status).toBe(503);
    expect(answer.body.message).toBe(error.message);
  });
});

describe('POST /api/instances/:name/pairing-code', () => {
  it('asks for a code for that number', async () => {
    const account = await rig.register();
    const instanceId = await rig.instance(account, 'pairing');
    const expiresAt = inOneMinute();
    rig.runner.behave(instanceId, 'instance.connect', async ({ input }) => {
      const { pairWithPhone: phone } = input as { pairWithPhone: string };
      await rig.runner.setState(account.tenantId, instanceId, {
        status: 'WAITING_FOR_SCAN',
        pairingCode: { code: 'ABCD1234', phone, expiresAt },
      });
      return { state: 'done', output: { status: 'WAITING_FOR_SCAN' } };
    });
    const path = '/api/instances/pairing/pairing-code';
    const answer = await rig.call('POST', path, { phone: '+62 812-3456-7890' }, as(account));
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      success: true,
      pairingCode: 'ABCD1234',
      expiresAt,
      data: { pairingCode: 'ABCD1234', phone: '6281234567890', expiresAt, status: 'WAITING_FOR_SCAN' },
      meta: { request_id: REQUEST_ID, instanceName: 'pairing' },
    });
    const wrong = await rig.call('POST', path, { phone: '12' }, as(account));
    expect(wrong.status).toBe(400);
    expect(wrong.body.error).toBe('INVALID_PHONE_NUMBER');
  });
});

describe('POST /api/instances/:name/restart and /logout', () => {
  it('restart a linked instance at once', async () => {
    const account = await rig.register();
    await rig.instance(account, 'customer-service', LINKED);
    const answer = await rig.call('POST', '/api/instances/customer-service/restart', undefined, as(account));
    const instance = { name: 'customer-service', status: 'CONNECTING' };
    expect(answer.status).toBe(202);
    expect(answer.body).toEqual({
      success: true,
      message: 'Instance restart initiated',
      instance,
      data: { message: 'Instance restart initiated', instance },
      meta: { request_id: REQUEST_ID, instanceName: 'customer-service' },
    });
  });

  it('restart an unlinked one with its new QR code', async () => {
    const account = await rig.register();
    const instanceId = await rig.instance(account, 'unlinked', {
      status: 'WAITING_FOR_SCAN',
      qr: { text: '2@old', expiresAt: inOneMinute() },
    });
    rig.runner.behave(instanceId, 'instance.restart', async () => {
      await rig.runner.setState(account.tenantId, instanceId, { qr: { text: '2@new', expiresAt: inOneMinute() } });
      return { state: 'done', output: { status: 'CONNECTING' } };
    });
    const answer = await rig.call('POST', '/api/instances/unlinked/restart', {}, as(account));
    expect(answer.status).toBe(202);
    expect(answer.body.instance).toEqual({ name: 'unlinked', status: 'CONNECTING', qrCode: PNG });
  });

  it('log out and say how it stands then', async () => {
    const account = await rig.register();
    const instanceId = await rig.instance(account, 'leaving', LINKED);
    rig.runner.behave(instanceId, 'instance.logout', async () => {
      await rig.runner.setState(account.tenantId, instanceId, { status: 'LOGGED_OUT', linked: false });
      return { state: 'done', output: { status: 'LOGGED_OUT' } };
    });
    const answer = await rig.call('POST', '/api/instances/leaving/logout', {}, as(account));
    expect(answer.status).toBe(200);
    expect(answer.body.data).toEqual({
      message: 'Instance logged out',
      instance: { name: 'leaving', status: 'LOGGED_OUT' },
    });
  });

  it('log out without waiting when the caller does not want to', async () => {
    const account = await rig.register();
    const instanceId = await rig.instance(account, 'later', LINKED);
    const go = Promise.withResolvers<void>();
    rig.runner.behave(instanceId, 'instance.logout', async () => {
      await go.promise;
      return { state: 'done', output: { status: 'LOGGED_OUT' } };
    });
    const options = { ...as(account), headers: { prefer: 'respond-async' } };
    const answer = await rig.call('POST', '/api/instances/later/logout', {}, options);
    go.resolve();
    expect(answer.status).toBe(202);
    expect(answer.body.message).toBe('Instance logout initiated');
  });
});
