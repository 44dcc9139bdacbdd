import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WebhookLoop } from '../../functions/webhooks/loop.ts';
import type { Delivery } from '../../lib/core/model/webhook.ts';
import { DISABLE_AFTER_MS } from '../../lib/core/model/webhook-schedule.ts';
import type { OutboundRequest } from '../../lib/core/ports/index.ts';
import { type Account, ApiRig, errorBody, ISO, id } from '../support/api-rig.ts';
import { aDelivery, type StubAnswer, startStubWebhooks } from '../support/webhooks.ts';

interface Call {
  url: string;
  request: OutboundRequest;
}

let rig: ApiRig;
let loop: WebhookLoop;
const calls: Call[] = [];
const answers = new Map<string, () => StubAnswer | Promise<StubAnswer>>();

beforeAll(async () => {
  rig = await ApiRig.start();
  loop = startStubWebhooks(rig, (url, request) => {
    calls.push({ url, request });
    return answers.get(url)?.() ?? { status: 200 };
  });
});
afterAll(async () => {
  await loop.stop();
  await rig.stop();
});

const as = (account: Account) => ({ as: account.token });
const A1 = '/api/instances/customer-service/webhook';
const A1_BODY = {
  url: 'https://mystore.com/webhook/whatsapp',
  events: ['message', 'status'],
  secret: 'webhook_secret_key_123',
};
let urls = 0;
const newUrl = () => {
  urls += 1;
  return `https://hooks.example/${urls}`;
};

async function hook(account: Account, fields: object = {}) {
  const { status, body } = await rig.call('POST', '/api/webhooks', { url: newUrl(), ...fields }, as(account));
  expect(status).toBe(201);
  return { path: `/api/webhooks/${body.data.id}`, id: body.data.id as string, url: body.data.url as string, body };
}

/** Resolves with what `read` says once it says something. */
async function eventually<T>(read: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const endMs = performance.now() + 20_000;
  for (;;) {
    const value = await read();
    if (value !== undefined) return value;
    if (performance.now() > endMs) throw new Error('it did not happen');
    await new Promise((wake) => setTimeout(wake, 20));
  }
}

/** An event of the account, delivered to the endpoint. */
async function happen(account: Account, webhookId: string, what: string) {
  const data = { webhookId: what, reason: 'gone' as const, description: null };
  const event = { type: 'webhook.disabled' as const, instanceId: null, timestampMs: Date.now(), data };
  const bell = await rig.ports.events.recordAccountEvent(account.tenantId, event, what);
  const { events } = await rig.ports.events.list(account.tenantId, (bell?.seq as number) - 1, 1);
  const { id: eventId, seq, type: eventType, timestampMs } = events[0] as (typeof events)[number];
  const delivery = aDelivery(account.tenantId, webhookId, { eventId, seq, eventType, timestampMs });
  await rig.ports.deliveries.enqueue(delivery, 'event');
  await rig.ports.deliveryQueue.ring({ v: 1, tenantId: account.tenantId, webhookId });
  return { delivery, eventId };
}

const settled = (webhookId: string, deliveryId: string) =>
  eventually(async () => {
    const now = await rig.ports.deliveries.get(webhookId, deliveryId);
    return now && now.tries > 0 ? now : undefined;
  });

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
    const answer = await rig.call('POST', '/api/webhooks', { url: newUrl(), ...fields }, as(john));
    expect([400, 404]).toContain(answer.status);
    expect(await rig.ports.webhooks.list(john.tenantId)).toEqual([]);
  });

  it('keeps its secrets: in no answer, no log line, no audit entry, no row', async () => {
    const john = await rig.register();
    const secret = 'a-very-secret-text-1';
    const headers = { Authorization: 'Bearer their-own-token-1' };
    const { path, body } = await hook(john, { secret, headers, description: 'The shop' });
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
    expect(calls.at(-1)?.request.headers).toMatchObject({ authorization: 'Bearer their-own-token-1' });
  });

  it('is written to the audit log, with what changed', async () => {
    const john = await rig.register();
    const { path, id: webhookId } = await hook(john, { url: 'https://hooks.example/a?token=hidden1' });
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
    const { path, body } = await hook(john);
    const rotated = await rig.call('POST', `${path}/rotate-secret`, {}, as(john));
    expect(rotated.body.data).toEqual({
      id: body.data.id,
      secret: expect.stringMatching(/^whsec_/),
      oldSecretUntil: ISO,
    });
    expect(rotated.body.data.secret).not.toBe(body.data.secret);
    const signatures = async () => {
      await rig.call('POST', `${path}/test`, {}, as(john));
      return calls.at(-1)?.request.headers?.['webhook-signature']?.split(' ').length;
    };
    expect(await signatures()).toBe(2);
    await rig.later(25 * 3_600_000, async () => {
      const { delivery } = await happen(john, body.data.id, 'a day later');
      await settled(body.data.id, delivery.id);
    });
    expect(calls.at(-1)?.request.headers?.['webhook-signature']).toMatch(/^v1,[^ ]+$/);
  });

  it('belongs to its subscription, and a USER reaches those of their instances only', async () => {
    const [john, stranger] = [await rig.register(), await rig.register()];
    const sarah = await rig.member(john);
    await rig.instance(john, 'johns');
    await rig.instance(sarah, 'sarahs');
    const account = await hook(john);
    const johns = await hook(john, { instanceName: 'johns' });
    const sarahs = await hook(sarah, { instanceName: 'sarahs' });
    const ids = async (who: Account) =>
      (await rig.call('GET', '/api/webhooks', undefined, as(who))).body.data.webhooks.map(
        (one: { id: string }) => one.id,
      );
    expect(await ids(john)).toEqual([account.id, johns.id, sarahs.id]);
    expect(await ids(sarah)).toEqual([sarahs.id]);
    expect(await ids(stranger)).toEqual([]);
    expect((await rig.call('POST', '/api/webhooks', { url: newUrl() }, as(sarah))).status).toBe(403);
    expect((await rig.call('POST', '/api/webhooks', { url: newUrl(), instanceName: 'johns' }, as(sarah))).status).toBe(
      404,
    );

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
    expect(await hookOf(john, johns.id)).toBeTruthy();
  });
});

const hookOf = async (account: Account, webhookId: string) => {
  const webhook = await rig.ports.webhooks.get(account.tenantId, webhookId);
  if (!webhook) throw new Error('there is no such webhook');
  return webhook;
};

describe('deliveries', () => {
  it('fail by one request at a time, and make up for it when the endpoint is mended', async () => {
    const john = await rig.register();
    const { id: webhookId, url, path } = await hook(john);
    answers.set(url, () => ({ status: 500, text: 'x'.repeat(5_000) }));
    const first = await happen(john, webhookId, 'first');
    const failed = await settled(webhookId, first.delivery.id);
    expect(failed).toMatchObject({ state: 'pending', tries: 1, error: 'The endpoint answered 500.' });
    expect(failed.attempts[0]?.answer).toHaveLength(2_048);
    expect(failed.nextAttemptAtMs).toBeGreaterThan(Date.now() + 2_000);

    let open = 0;
    let most = 0;
    answers.set(url, async () => {
      open += 1;
      most = Math.max(most, open);
      await new Promise((wake) => setImmediate(wake));
      open -= 1;
      return { status: 503 };
    });
    const more = await Promise.all(Array.from({ length: 3 }, (_, i) => happen(john, webhookId, `more ${i}`)));
    for (const { delivery } of more) await settled(webhookId, delivery.id);
    expect(most).toBe(1);
    const stats = await eventually(async () => {
      const { body } = await rig.call('GET', `${path}/stats`, undefined, as(john));
      return body.data.failedAttempts >= 4 ? body.data : undefined;
    });
    expect(stats).toMatchObject({ delivered: 0, successRate: '0.0%', failingSince: ISO, isActive: true });
    answers.delete(url);
    const mended = await happen(john, webhookId, 'mended');
    await eventually(async () => {
      const now = await rig.ports.deliveries.get(webhookId, mended.delivery.id);
      return now?.state === 'delivered' ? now : undefined;
    });
  });

  const stateOf = async (webhookId: string, { delivery }: { delivery: { id: string } }) => {
    const { state, tries, nextAttemptAtMs } = (await rig.ports.deliveries.get(webhookId, delivery.id)) as Delivery;
    return { state, tries, nextAttemptAtMs };
  };
  const untilDelivered = (webhookId: string, what: { delivery: { id: string } }) =>
    eventually(async () => ((await stateOf(webhookId, what)).state === 'delivered' ? true : undefined));

  /** An endpoint at which some events have failed, and wait for a minute or more: the host was too busy. */
  async function down(names: readonly string[]) {
    const john = await rig.register();
    const { id: webhookId, url, path } = await hook(john);
    answers.set(url, () => ({ status: 429 }));
    const waiting = [];
    for (const name of names) {
      const what = await happen(john, webhookId, name);
      waiting.push({ ...what, failed: await settled(webhookId, what.delivery.id) });
    }
    for (const { failed } of waiting) expect(failed.nextAttemptAtMs).toBeGreaterThan(Date.now() + 30_000);
    return { john, webhookId, url, path, waiting };
  }
  const answerBy = (broken: (text: string) => StubAnswer | undefined) => () =>
    broken(String(calls.at(-1)?.request.body)) ?? { status: 200 };

  it('that wait because of failures follow the first that goes well, and one that fails again keeps its place', async () => {
    const { john, webhookId, url, waiting } = await down(['first', 'poison', 'third']);
    answers.set(
      url,
      answerBy((text) => (text.includes('poison') ? { status: 500 } : undefined)),
    );
    await untilDelivered(webhookId, await happen(john, webhookId, 'mended'));
    const [first, poison] = waiting as [(typeof waiting)[0], (typeof waiting)[0]];
    await untilDelivered(webhookId, first);
    const tried = await eventually(async () => {
      const now = await stateOf(webhookId, poison);
      return now.tries === 2 ? now : undefined;
    });
    expect(tried).toEqual({
      state: 'pending',
      tries: 2,
      nextAttemptAtMs: (poison.failed.nextAttemptAtMs as number) + 1,
    });
    // It is not brought forward for a second time, whatever fails and goes well around it.
    answers.set(url, () => ({ status: 429 }));
    for (const name of ['down', 'again']) await settled(webhookId, (await happen(john, webhookId, name)).delivery.id);
    answers.delete(url);
    await untilDelivered(webhookId, await happen(john, webhookId, 'mended again'));
    await eventually(async () => {
      const left = [];
      for await (const page of rig.ports.deliveries.waiting(webhookId, 0)) left.push(...page);
      return left.length === 1 ? true : undefined;
    });
    expect(await stateOf(webhookId, poison)).toEqual(tried);
  });

  it('wait as long as the endpoint asked for, unless they are asked for: by a test what failed, by a replay all', async () => {
    const { john, webhookId, url, path, waiting } = await down(['first', 'second']);
    answers.set(url, () => ({ status: 503, headers: { 'retry-after': '500' } }));
    const asked = await happen(john, webhookId, 'asked to wait');
    await settled(webhookId, asked.delivery.id);
    answers.delete(url);
    // The endpoint asked to be left alone, so a new event is not tried.
    const later = await happen(john, webhookId, 'later');
    const test = await rig.call('POST', `${path}/test`, {}, as(john));
    expect(test.body.data.delivered).toBe(true);
    for (const what of [...waiting, later]) await untilDelivered(webhookId, what);
    expect(await stateOf(webhookId, asked)).toMatchObject({ state: 'pending', tries: 1 });
    await rig.call('POST', `${path}/replay`, { failed: true }, as(john));
    await untilDelivered(webhookId, asked);
    expect(await stateOf(webhookId, asked)).toMatchObject({ tries: 2 });
    expect((await stateOf(webhookId, later)).tries).toBe(1);
  });

  it('that wait are sent at once by a replay of one, and by a new URL', async () => {
    const { john, webhookId, url, path, waiting } = await down(['one', 'another']);
    answers.delete(url);
    const [one, another] = waiting as [(typeof waiting)[0], (typeof waiting)[0]];
    const replayed = await rig.call('POST', `${path}/deliveries/${one.delivery.id}/replay`, {}, as(john));
    expect(replayed.body.data).toMatchObject({ status: 'pending', nextAttemptAt: ISO });
    await untilDelivered(webhookId, one);
    await untilDelivered(webhookId, another);

    const moved = await down(['one', 'another']);
    await rig.call('PUT', moved.path, { url: newUrl() }, as(moved.john));
    for (const what of moved.waiting) await untilDelivered(moved.webhookId, what);
  });

  it('do not burn while the endpoint is down: one at a time finds out, after a rest', async () => {
    const { john, webhookId, path, url } = await down(['1', '2', '3', '4']);
    await rig.ports.deliveries.lease(webhookId, 'rig', 0);
    await rig.ports.deliveries.checkIn(webhookId, 'rig', { restUntilMs: Date.now() + 3_600_000 }, 0);
    const waiting = await Promise.all(Array.from({ length: 5 }, (_, i) => happen(john, webhookId, `waits ${i}`)));
    expect(await rig.ports.deliveries.lease(webhookId, 'rig', 0)).toBeUndefined();
    answers.delete(url);
    expect((await rig.call('POST', `${path}/replay`, { failed: true }, as(john))).status).toBe(202);
    for (const what of waiting) await untilDelivered(webhookId, what);
    for (const what of waiting) expect((await stateOf(webhookId, what)).tries).toBe(1);
  });

  it('end an endpoint that has only failed for five days, and this is told once', async () => {
    const john = await rig.register();
    const { id: webhookId, url } = await hook(john);
    answers.set(url, () => ({ status: 500 }));
    const { deliveries } = rig.ports;
    await rig.later(-DISABLE_AFTER_MS, async () => {
      const row = await hookOf(john, webhookId);
      await rig.ports.webhooks.disable(row, 'failing');
      await rig.call('PUT', `/api/webhooks/${webhookId}`, { isActive: true }, as(john));
    });
    const failing = { failingSinceMs: Date.now() - DISABLE_AFTER_MS };
    // Made active, it is looked at; the lease is free after that.
    await eventually(async () => {
      const leased = await deliveries.lease(webhookId, 'earlier', 0);
      return (leased && (await deliveries.checkIn(webhookId, 'earlier', failing, 0))) || undefined;
    });
    await happen(john, webhookId, 'the last straw');
    const off = await eventually(async () => {
      const now = await hookOf(john, webhookId);
      return now.isActive ? undefined : now;
    });
    expect(off.disabledReason).toBe('failing');
    const told = (await rig.ports.events.latest(john.tenantId, 10)).filter(({ data }) => {
      return 'webhookId' in data && data.webhookId === webhookId;
    });
    expect(told).toMatchObject([{ type: 'webhook.disabled', data: { reason: 'failing' } }]);
  });

  it('are logged, filtered, sent again one by one or all of a time, and cleared', async () => {
    const john = await rig.register();
    const { id: webhookId, url, path } = await hook(john);
    answers.set(url, () => ({ status: 410 }));
    const { delivery, eventId } = await happen(john, webhookId, 'one');
    await eventually(async () => ((await hookOf(john, webhookId)).isActive ? undefined : true));
    const list = async (query = '') =>
      (await rig.call('GET', `${path}/deliveries${query}`, undefined, as(john))).body.data.deliveries;
    expect(await list('?status=failed&event=webhook.disabled')).toMatchObject([
      { id: delivery.id, eventId, tries: 1, attempts: [{ status: 410 }], nextAttemptAt: null },
    ]);
    for (const query of ['?status=delivered', '?event=message.read', '?to=2020-01-01', '?from=2099-01-01']) {
      expect(await list(query)).toEqual([]);
    }
    for (const query of ['?status=lost', '?cursor=!', '?from=soon', '?page=0']) {
      expect((await rig.call('GET', `${path}/deliveries${query}`, undefined, as(john))).status).toBe(400);
    }
    answers.delete(url);
    await rig.call('PUT', path, { isActive: true }, as(john));
    const again = await rig.call('POST', `${path}/deliveries/${delivery.id}/replay`, {}, as(john));
    expect(again.status).toBe(202);
    const delivered = (tries: number) =>
      eventually(async () => (await list('?status=delivered')).find((one: { tries: number }) => one.tries === tries));
    expect((await delivered(2)).attempts.map((attempt: { status: number }) => attempt.status)).toEqual([410, 200]);
    expect((await rig.call('POST', `${path}/replay`, {}, as(john))).status).toBe(400);
    const from = new Date(delivery.timestampMs).toISOString();
    expect((await rig.call('POST', `${path}/replay`, { from }, as(john))).status).toBe(202);
    await delivered(3);
    const own = calls.filter((call) => call.url === url).map(({ request }) => request.headers?.['webhook-id']);
    expect(own).toEqual([eventId, eventId, eventId]);

    expect((await rig.call('DELETE', `${path}/deliveries`, undefined, as(john))).status).toBe(204);
    expect(await list()).toEqual([]);
    await eventually(async () => ((await rig.ports.deliveries.get(webhookId, delivery.id)) ? undefined : true));
    await happen(john, webhookId, 'after');
    await eventually(async () => ((await list()).length === 1 ? true : undefined));
  });

  it('are dropped with their endpoint', async () => {
    const john = await rig.register();
    const { id: webhookId, url, path } = await hook(john);
    answers.set(url, () => ({ status: 500 }));
    const { delivery } = await happen(john, webhookId, 'soon gone');
    await settled(webhookId, delivery.id);
    await rig.call('DELETE', path, undefined, as(john));
    await eventually(async () => ((await rig.ports.deliveries.get(webhookId, delivery.id)) ? undefined : true));
    expect(await rig.ports.deliveries.due(webhookId, Number.MAX_SAFE_INTEGER, 1)).toEqual([]);
  });
});
