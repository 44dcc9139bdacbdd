import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { GatewayError } from '../../lib/core/errors.ts';
import type { TestNetwork } from '../../lib/core/ports/index.ts';
import { type Account, ApiRig, errorBody, LINKED, REQUEST_ID } from '../support/api-rig.ts';

const done: unknown[][] = [];
let refusal: GatewayError | undefined;
const note = (...what: unknown[]) => {
  done.push(what);
  if (refusal) throw refusal;
};
const testNetwork: TestNetwork = {
  scan: async (qr, phone) => {
    note('scan', qr, phone);
    return { phone: phone ?? '6281300000009' };
  },
  enterPairingCode: async (phone, code) => {
    note('enterPairingCode', phone, code);
    return { phone };
  },
  incoming: async (to, from, text) => {
    note('incoming', to, from, text);
    return { id: 'INCOMING1' };
  },
  disconnect: async (phone, code) => note('disconnect', phone, code),
};

let rig: ApiRig;
let account: Account;
let instanceId: string;
beforeAll(async () => {
  rig = await ApiRig.start({ testNetwork });
  account = await rig.register();
  const body = { name: 'trial', environment: 'test' };
  const answer = await rig.call('POST', '/api/instances', body, { as: account.token });
  expect(answer.body.instance.environment).toBe('test');
  instanceId = answer.body.instance.id;
  await rig.instance(account, 'live', LINKED);
});
afterAll(() => rig.stop());
beforeEach(async () => {
  done.length = 0;
  refusal = undefined;
  await rig.runner.setState(account.tenantId, instanceId, {
    linked: false,
    status: 'DISCONNECTED',
    qr: null,
    pairingCode: null,
  });
});

const expiresAt = () => new Date(Date.now() + 60_000).toISOString();
const call = (what: string, body?: object, name = 'trial') =>
  rig.call('POST', `/api/test/instances/${name}/${what}`, body, { as: account.token });
const setState = (set: Parameters<ApiRig['runner']['setState']>[2]) =>
  rig.runner.setState(account.tenantId, instanceId, set);

describe('POST /api/test/instances/:name/scan', () => {
  it('scans the QR code that is shown', async () => {
    await setState({ status: 'WAITING_FOR_SCAN', qr: { text: '2@shown', expiresAt: expiresAt() } });
    const answer = await call('scan', { phone: '+62 813-0000-0001' });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      success: true,
      data: { message: 'Scanned', phone: '+6281300000001' },
      meta: { request_id: REQUEST_ID, instanceName: 'trial' },
    });
    expect(done).toEqual([['scan', '2@shown', '6281300000001']]);
  });

  it('has one shown when there is none', async () => {
    rig.runner.behave(instanceId, 'instance.connect', async () => {
      await setState({ status: 'WAITING_FOR_SCAN', qr: { text: '2@opened', expiresAt: expiresAt() } });
      return { state: 'done', output: { status: 'WAITING_FOR_SCAN' } };
    });
    expect((await call('scan')).body.data.phone).toBe('+6281300000009');
    expect(done).toEqual([['scan', '2@opened', undefined]]);
  });

  it('types the pairing code that is shown', async () => {
    await setState({
      status: 'WAITING_FOR_SCAN',
      pairingCode: { code: 'ABCD1234', phone: '6281300000001', expiresAt: expiresAt() },
    });
    expect((await call('scan', {})).status).toBe(200);
    expect(done).toEqual([['enterPairingCode', '6281300000001', 'ABCD1234']]);
  });

  it("passes on the sandbox's refusal, and refuses a linked instance itself", async () => {
    refusal = new GatewayError('INVALID_STATE', 'This phone is switched off.');
    await setState({ status: 'WAITING_FOR_SCAN', qr: { text: '2@shown', expiresAt: expiresAt() } });
    const refused = await call('scan');
    expect([refused.status, refused.body.message]).toEqual([409, 'This phone is switched off.']);
    await setState(LINKED);
    done.length = 0;
    expect((await call('scan')).body.error).toBe('INVALID_STATE');
    expect(done).toEqual([]);
  });
});

describe('POST /api/test/instances/:name/incoming and /disconnect', () => {
  it('write to the linked phone and cut its connection', async () => {
    await setState(LINKED);
    const written = await call('incoming', { from: '6281300000002', text: 'hello' });
    expect(written.status).toBe(201);
    expect(written.body.data).toEqual({ messageId: 'msg_INCOMING1' });
    expect((await call('disconnect', { code: 440 })).body.data).toEqual({ message: 'Disconnected', code: 440 });
    expect((await call('disconnect')).status).toBe(200);
    expect(done).toEqual([
      ['incoming', '6281234567890', '6281300000002', 'hello'],
      ['disconnect', '6281234567890', 440],
      ['disconnect', '6281234567890', 408],
    ]);
  });

  it('want a linked instance and fields that fit', async () => {
    for (const [what, body] of [
      ['incoming', { from: '6281300000002', text: 'x' }],
      ['disconnect', {}],
    ] as const) {
      const answer = await call(what, body);
      expect([answer.status, answer.body.error]).toEqual([409, 'INSTANCE_NOT_CONNECTED']);
    }
    for (const [what, body] of [
      ['incoming', { from: '6281300000002' }],
      ['disconnect', { code: 200 }],
    ] as const) {
      expect((await call(what, body)).status).toBe(400);
    }
    expect(done).toEqual([]);
  });
});

describe('a live instance', () => {
  it.each([
    ['scan', {}],
    ['incoming', { from: '6281300000002', text: 'x' }],
    ['disconnect', {}],
  ])('is never reached by %s', async (what, body) => {
    const answer = await call(what, body, 'live');
    expect(answer.status).toBe(403);
    expect(answer.body).toEqual(errorBody('PERMISSION_DENIED', { instanceName: 'live' }, { instanceName: 'live' }));
    expect(answer.body.message).toContain('test instances only');
    expect(done).toEqual([]);
  });
});
