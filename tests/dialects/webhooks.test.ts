import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Account, type ApiRig, errorBody, ISO, id } from '../support/api-rig.ts';
import { WebhookRig } from '../support/webhook-rig.ts';
import { aDelivery } from '../support/webhooks.ts';

let hooks: WebhookRig;
let rig: ApiRig;
beforeAll(async () => {
  hooks = await WebhookRig.start();
  rig = hooks.rig;
});
afterAll(() => hooks?.stop());

const as = (account: Account) => ({ as: account.token });
const A1 = '/api/instances/customer-service/webhook';
const A1_BODY = {
  url: 'https://mystore.com/webhook/whatsapp',
  events: ['message', 'status'],
  secret: 'webhook_secret_key_123',
};

describe("document A's webhook of an instance", () => {
  it('is made, read, changed and removed as A1 and A2 show', async () => {
    const john = await rig.register();
    await rig.instance(john, 'customer-service');
    const made = await rig.call('POST', A1, A1_BODY, as(john));
    expect(made.status).toBe(201);
    const shown = { id: id('webhook'), url: A1_BODY.url, events: ['message', 'status'], isActive: true };
    expect(made.body).toMatchObject({ success: true, webhook: shown, data: shown });
    expect(made.text).not.toContain('webhook_secret_key_123');
    expect(made.body.data.secret).toBeUndefined();
    expect((await rig.call('POST', A1, A1_BODY, as(john))).body.error).toBe('RESOURCE_ALREADY_EXISTS');
    const changed = await rig.call('PUT', A1, { events: ['status'], isActive: false }, as(john));
    expect(changed.body.data).toMatchObject({ events: ['status'], isActive: false, url: A1_BODY.url });
    const read = await rig.call('GET', A1, undefined, as(john));
    expect(read.body.data).toEqual(changed.body.data);
    expect((await rig.call('PUT', A1, { events: ['message.received'] }, as(john))).status).toBe(400);
    expect((await rig.call('DELETE', A1, undefined, as(john))).status).toBe(204);
    const gone = await rig.call('GET', A1, undefined, as(john));
    expect(gone.body).toMatchObject({ error: 'RESOURCE_NOT_FOUND' });
    expect((await rig.call('POST', A1, { url: A1_BODY.url }, as(john))).body.data.secret).toMatch(/^whsec_/);
  });

  it('goes with its instance', async () => {
    const john = await rig.register();
    await rig.instance(john, 'customer-service');
    await rig.call('POST', A1, A1_BODY, as(john));
    await rig.call('DELETE', '/api/instances/customer-service', undefined, as(john));
    expect(await rig.ports.webhooks.list(john.tenantId)).toEqual([]);
    await rig.instance(john, 'customer-service');
    expect((await rig.call('GET', A1, undefined, as(john))).status).toBe(404);
  });
});

describe('an endpoint', () => {
  it.each([
    ['no URL', { url: undefined }],
    ['http', { url: 'http://hooks.example/x' }],
    ['the metadata service', { url: 'https://169.254.169.254/latest' }],
    ['loopback', { url: 'https://127.0.0.1/x' }],
    ['loopback in disguise', { url: 'https://2130706433/x' }],
    ['a private address', { url: 'https://10.0.0.1/x' }],
    ['a user and password', { url: 'https://u:p@hooks.example/x' }],
    ['an odd port', { url: 'https://hooks.example:8443/x' }],
    ['no events', { events: [] }],
    ['an unknown event', { events: ['message.lost'] }],
    ["document A's event", { events: ['message'] }],
    ['a test as an event', { events: ['webhook.test'] }],
    ['a short secret', { secret: 'short' }],
    ['a secret that is no base64', { secret: 'whsec_not base64 at all, nor long' }],
    ['a secret of too few bytes', { secret: 'whsec_c2hvcnQ=' }],
    ['a chat type that is none', { chatTypes: ['channel'] }],
    ['Host', { headers: { Host: 'evil.example' } }],
    ['a header of the connection', { headers: { 'Transfer-Encoding': 'chunked' } }],
    ['our signature', { headers: { 'Webhook-Signature': 'v1,x' } }],
    ["document A's signature", { headers: { 'x-webhook-signature': 'sha256=x' } }],
    ['a header with a line break', { headers: { 'X-A': 'a\r\nX-B: b' } }],
    ['a header twice', { headers: { 'X-A': '1', 'x-a': '2' } }],
    ['somebody else as its owner', { tenantId: 'sub_1' }],
    ['an instance that is not there', { instanceName: 'nobody' }],
  ])('is refused with %s', async (_what, fields) => {
    const john = await rig.register();
    const answer = await rig.call('POST', '/api/webhooks', { url: hooks.newUrl(), ...fields }, as(john));
    expect([400, 404]).toContain(answer.status);
    expect(await rig.ports.webhooks.list(john.tenantId)).toEqual([]);
  });

  it('keeps its secrets: in no answer, no log line, no audit entry, no row', async () => {
    const john = await rig.register();
    const secret = 'a-very-secret-text-1';
    const headers = { Authorization: 'Bearer their-own-token-1' };
    const { path, body } = await hooks.hook(john, { secret, headers, description: 'The shop' });
    expect(body.data).toMatchObject({ headers: ['Authorization'], description: 'The shop', format: 'native' });
    const answers = [
      body,
      (await rig.call('GET', path, undefined, as(john))).body,
      (await rig.call('PUT', path, { isActive: true, secret: `${secret}2` }, as(john))).body,
      (await rig.call('GET', '/api/webhooks', undefined, as(john))).body,
      (await rig.call('POST', `${path}/test`, {}, as(john))).body,
      (await rig.call('GET', '/api/audit/logs', undefined, as(john))).body,
      await rig.ports.webhooks.list(john.tenantId),
      rig.logs,
    ];
    expect(JSON.stringify(answers)).not.toMatch(/a-very-secret-text-1|their-own-token-1/);
    expect(hooks.calls.at(-1)?.request.headers).toMatchObject({ authorization: 'Bearer their-own-token-1' });
  });

  it('is written to the audit log, with what changed', async () => {
    const john = await rig.register();
    const { path, id: webhookId } = await hooks.hook(john, { url: 'https://hooks.example/a?token=hidden1' });
    await rig.call('PUT', path, { isActive: false }, as(john));
    await rig.call('POST', `${path}/rotate-secret`, {}, as(john));
    await rig.call('DELETE', path, undefined, as(john));
    const { body } = await rig.call('GET', '/api/audit/logs', undefined, as(john));
    expect(body.logs.map(({ action }: { action: string }) => action)).toEqual([
      'DELETE_WEBHOOK',
      'UPDATE_WEBHOOK',
      'UPDATE_WEBHOOK',
      'CREATE_WEBHOOK',
      'REGISTER',
    ]);
    expect(body.logs[2]).toMatchObject({
      target: { kind: 'webhook', id: webhookId },
      before: { isActive: true },
      after: { isActive: false },
    });
    expect(body.logs[1].after).toEqual({ secretReplaced: true, oldSecretUntil: ISO });
    expect(JSON.stringify(body)).not.toContain('hidden1');
  });

  it('signs with both secrets for 24 hours after a rotation', async () => {
    const john = await rig.register();
    const { path, body } = await hooks.hook(john);
    const rotated = await rig.call('POST', `${path}/rotate-secret`, {}, as(john));
    expect(rotated.body.data).toEqual({
      id: body.data.id,
      secret: expect.stringMatching(/^whsec_/),
      oldSecretUntil: ISO,
    });
    expect(rotated.body.data.secret).not.toBe(body.data.secret);
    const signatures = async () => {
      await rig.call('POST', `${path}/test`, {}, as(john));
      return hooks.calls.at(-1)?.request.headers?.['webhook-signature']?.split(' ').length;
    };
    expect(await signatures()).toBe(2);
    await rig.later(25 * 3_600_000, async () => {
      const { delivery } = await hooks.happen(john, body.data.id, 'a day later');
      await hooks.settled(body.data.id, delivery.id);
    });
    expect(hooks.calls.at(-1)?.request.headers?.['webhook-signature']).toMatch(/^v1,[^ ]+$/);
  });

  it('belongs to its subscription, and a USER reaches those of their instances only', async () => {
    const [john, stranger] = [await rig.register(), await rig.register()];
    const sarah = await rig.member(john);
    await rig.instance(john, 'johns');
    await rig.instance(sarah, 'sarahs');
    const account = await hooks.hook(john);
    const johns = await hooks.hook(john, { instanceName: 'johns' });
    const sarahs = await hooks.hook(sarah, { instanceName: 'sarahs' });
    const ids = async (who: Account) =>
      (await rig.call('GET', '/api/webhooks', undefined, as(who))).body.data.webhooks.map(
        (one: { id: string }) => one.id,
      );
    expect(await ids(john)).toEqual([account.id, johns.id, sarahs.id]);
    expect(await ids(sarah)).toEqual([sarahs.id]);
    expect(await ids(stranger)).toEqual([]);
    expect((await rig.call('POST', '/api/webhooks', { url: hooks.newUrl() }, as(sarah))).status).toBe(403);
    expect(
      (await rig.call('POST', '/api/webhooks', { url: hooks.newUrl(), instanceName: 'johns' }, as(sarah))).status,
    ).toBe(404);

    const delivery = aDelivery(john.tenantId, johns.id);
    await rig.ports.deliveries.enqueue(delivery, 'event');
    const rows: [string, string, object?][] = [
      ['GET', ''],
      ['PUT', '', { isActive: true }],
      ['DELETE', ''],
      ['POST', '/test', {}],
      ['POST', '/rotate-secret', {}],
      ['GET', '/deliveries'],
      ['DELETE', '/deliveries'],
      ['POST', `/deliveries/${delivery.id}/replay`, {}],
      ['POST', '/replay', { failed: true }],
      ['GET', '/stats'],
    ];
    const absent = '/api/webhooks/webhook_0000000000000000000000';
    for (const who of [stranger, sarah]) {
      for (const [method, rest, body] of rows) {
        const [foreign, none] = [
          await rig.call(method, `${johns.path}${rest}`, body, as(who)),
          await rig.call(method, `${absent}${rest}`, body, as(who)),
        ];
        expect([method, rest, foreign.status, foreign.body]).toEqual([
          method,
          rest,
          404,
          errorBody('RESOURCE_NOT_FOUND'),
        ]);
        const plain = (answer: typeof foreign) => answer.text.replace(answer.body.meta.request_id, '');
        expect(plain(foreign)).toBe(plain(none));
      }
    }
    // A delivery of another endpoint is none of this one.
    const crossed = await rig.call('POST', `${account.path}/deliveries/${delivery.id}/replay`, {}, as(john));
    expect(crossed.status).toBe(404);
    expect(await hooks.hookOf(john, johns.id)).toBeTruthy();
  });
});
