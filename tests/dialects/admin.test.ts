import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AdminAnswer, createAdminHandler } from '../../functions/admin/lambda.ts';
import { ApiRig, ISO } from '../support/api-rig.ts';

let rig: ApiRig;
let invoke: (event: unknown) => Promise<AdminAnswer>;
beforeAll(async () => {
  rig = await ApiRig.start();
  invoke = createAdminHandler(() => rig.ports);
});
afterAll(() => rig.stop());

describe('the operator', () => {
  it('gives a subscription another tier, by its id or by the e-mail of a user', async () => {
    const john = await rig.register();
    const sarah = await rig.member(john);
    const same = { id: john.tenantId, name: "John Doe's Subscription", createdAt: ISO };
    const facts = { ...same, currentInstances: 0, monthlyMessageQuota: null };
    const pro = await invoke({ command: 'tier', subscription: john.tenantId, tier: 'PRO' });
    expect(pro).toEqual({ ok: true, result: { ...facts, tier: 'PRO', maxInstances: 20 } });
    const max = await invoke({ command: 'tier', subscription: sarah.email.toUpperCase(), tier: 'MAX' });
    expect(max).toEqual({ ok: true, result: { ...facts, tier: 'MAX', maxInstances: 40 } });
    expect(await invoke({ command: 'show', subscription: john.email })).toEqual(max);
    const { body } = await rig.call('GET', '/api/audit/logs?action=UPDATE_SUBSCRIPTION', undefined, { as: john.token });
    expect(body.logs[1]).toMatchObject({
      actor: { kind: 'operator' },
      target: { kind: 'subscription', id: john.tenantId },
      before: { tier: 'BASIC', maxInstances: 5 },
      after: { tier: 'PRO', maxInstances: 20 },
    });
  });

  it('sets how many messages a month a subscription means to send, and takes it back', async () => {
    const john = await rig.register();
    const quota = (monthlyMessages: unknown) => {
      return invoke({ command: 'quota', subscription: john.email, monthlyMessages });
    };
    expect(await quota('5000')).toMatchObject({ ok: true, result: { tier: 'BASIC', monthlyMessageQuota: 5000 } });
    expect((await rig.ports.accounts.getSubscription(john.tenantId))?.monthlyMessageQuota).toBe(5000);
    expect(await quota('none')).toMatchObject({ ok: true, result: { monthlyMessageQuota: null } });
    expect((await rig.ports.accounts.getSubscription(john.tenantId))?.monthlyMessageQuota).toBeNull();
    for (const wrong of ['0', '-1', '1.5', 'many']) expect(await quota(wrong)).toMatchObject({ ok: false });
    const { body } = await rig.call('GET', '/api/audit/logs?action=UPDATE_SUBSCRIPTION', undefined, { as: john.token });
    expect(body.logs[1]).toMatchObject({ before: { monthlyMessageQuota: null }, after: { monthlyMessageQuota: 5000 } });
  });

  it('makes room for more instances, and with less room takes none away', async () => {
    const john = await rig.register();
    for (let i = 0; i < 5; i += 1) await rig.instance(john, `i${i}`);
    const create = (name: string) => rig.call('POST', '/api/instances', { name }, { as: john.token });
    expect((await create('sixth')).body.error).toBe('INSTANCE_LIMIT_REACHED');
    await invoke({ command: 'tier', subscription: john.tenantId, tier: 'PRO' });
    expect((await create('sixth')).status).toBe(201);
    await invoke({ command: 'tier', subscription: john.tenantId, tier: 'BASIC' });
    expect((await create('seventh')).body.error).toBe('INSTANCE_LIMIT_REACHED');
    const limits = await rig.call('GET', '/api/subscription/limits', undefined, { as: john.token });
    expect(limits.body.data).toEqual({ tier: 'BASIC', maxInstances: 5, currentInstances: 6, remaining: 0 });
  });

  it('resets a password: sessions end, the temporary one must be replaced', async () => {
    const john = await rig.register();
    const answer = await invoke({ command: 'reset-password', email: john.email });
    const { temporaryPassword } = (answer as { result: { temporaryPassword: string } }).result;
    expect(answer).toEqual({ ok: true, result: { userId: john.userId, email: john.email, temporaryPassword } });
    expect((await rig.call('GET', '/api/auth/me', undefined, { as: john.token })).status).toBe(401);
    const login = { email: john.email, password: temporaryPassword };
    expect((await rig.call('POST', '/api/auth/login', login)).body.mustChangePassword).toBe(true);
  });

  it.each([
    ['nothing', undefined, 'VALIDATION_ERROR'],
    ['an unknown command', { command: 'drop-everything' }, 'VALIDATION_ERROR'],
    ['an unknown tier', { command: 'tier', subscription: 'sub_1', tier: 'GOLD' }, 'VALIDATION_ERROR'],
    ['an unknown field', { command: 'show', subscription: 'sub_1', all: true }, 'VALIDATION_ERROR'],
    ['a subscription that is not there', { command: 'show', subscription: 'sub_none' }, 'RESOURCE_NOT_FOUND'],
    ['an address that is not there', { command: 'reset-password', email: 'no@example.com' }, 'RESOURCE_NOT_FOUND'],
  ])('is told about %s', async (_what, event, error) => {
    expect(await invoke(event)).toMatchObject({ ok: false, error, message: expect.any(String) });
  });
});
