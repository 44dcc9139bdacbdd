import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Delivery } from '../../lib/core/model/webhook.ts';
import { DISABLE_AFTER_MS } from '../../lib/core/model/webhook-schedule.ts';
import { type Account, type ApiRig, ISO } from '../support/api-rig.ts';
import { eventually, WebhookRig } from '../support/webhook-rig.ts';
import type { StubAnswer } from '../support/webhooks.ts';

let hooks: WebhookRig;
let rig: ApiRig;
beforeAll(async () => {
  hooks = await WebhookRig.start();
  rig = hooks.rig;
});
afterAll(() => hooks?.stop());

const as = (account: Account) => ({ as: account.token });

describe('deliveries', () => {
  it('fail by one request at a time, and make up for it when the endpoint is mended', async () => {
    const john = await rig.register();
    const { id: webhookId, url, path } = await hooks.hook(john);
    hooks.answers.set(url, () => ({ status: 500, text: 'x'.repeat(5_000) }));
    const first = await hooks.happen(john, webhookId, 'first');
    const failed = await hooks.settled(webhookId, first.delivery.id);
    expect(failed).toMatchObject({ state: 'pending', tries: 1, error: 'The endpoint answered 500.' });
    expect(failed.attempts[0]?.answer).toHaveLength(2_048);
    expect(failed.nextAttemptAtMs).toBeGreaterThan(Date.now() + 2_000);

    let open = 0;
    let most = 0;
    hooks.answers.set(url, async () => {
      open += 1;
      most = Math.max(most, open);
      await new Promise((wake) => setImmediate(wake));
      open -= 1;
      return { status: 503 };
    });
    const more = await Promise.all(Array.from({ length: 3 }, (_, i) => hooks.happen(john, webhookId, `more ${i}`)));
    for (const { delivery } of more) await hooks.settled(webhookId, delivery.id);
    expect(most).toBe(1);
    const stats = await eventually(async () => {
      const { body } = await rig.call('GET', `${path}/stats`, undefined, as(john));
      return body.data.failedAttempts >= 4 ? body.data : undefined;
    });
    expect(stats).toMatchObject({ delivered: 0, successRate: '0.0%', failingSince: ISO, isActive: true });
    hooks.answers.delete(url);
    const mended = await hooks.happen(john, webhookId, 'mended');
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
    const { id: webhookId, url, path } = await hooks.hook(john);
    hooks.answers.set(url, () => ({ status: 429 }));
    const waiting = [];
    for (const name of names) {
      const what = await hooks.happen(john, webhookId, name);
      waiting.push({ ...what, failed: await hooks.settled(webhookId, what.delivery.id) });
    }
    for (const { failed } of waiting) expect(failed.nextAttemptAtMs).toBeGreaterThan(Date.now() + 30_000);
    return { john, webhookId, url, path, waiting };
  }
  const answerBy = (broken: (text: string) => StubAnswer | undefined) => () =>
    broken(String(hooks.calls.at(-1)?.request.body)) ?? { status: 200 };

  it('that wait because of failures follow the first that goes well, and one that fails again keeps its place', async () => {
    const { john, webhookId, url, waiting } = await down(['first', 'poison', 'third']);
    hooks.answers.set(
      url,
      answerBy((text) => (text.includes('poison') ? { status: 500 } : undefined)),
    );
    await untilDelivered(webhookId, await hooks.happen(john, webhookId, 'mended'));
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
    hooks.answers.set(url, () => ({ status: 429 }));
    for (const name of ['down', 'again'])
      await hooks.settled(webhookId, (await hooks.happen(john, webhookId, name)).delivery.id);
    hooks.answers.delete(url);
    await untilDelivered(webhookId, await hooks.happen(john, webhookId, 'mended again'));
    await eventually(async () => {
      const left = [];
      for await (const page of rig.ports.deliveries.waiting(webhookId, 0)) left.push(...page);
      return left.length === 1 ? true : undefined;
    });
    expect(await stateOf(webhookId, poison)).toEqual(tried);
  });

  it('wait as long as the endpoint asked for, unless they are asked for: by a test what failed, by a replay all', async () => {
    const { john, webhookId, url, path, waiting } = await down(['first', 'second']);
    hooks.answers.set(url, () => ({ status: 503, headers: { 'retry-after': '500' } }));
    const asked = await hooks.happen(john, webhookId, 'asked to wait');
    await hooks.settled(webhookId, asked.delivery.id);
    hooks.answers.delete(url);
    // The endpoint asked to be left alone, so a new event is not tried.
    const later = await hooks.happen(john, webhookId, 'later');
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
    hooks.answers.delete(url);
    const [one, another] = waiting as [(typeof waiting)[0], (typeof waiting)[0]];
    const replayed = await rig.call('POST', `${path}/deliveries/${one.delivery.id}/replay`, {}, as(john));
    expect(replayed.body.data).toMatchObject({ status: 'pending', nextAttemptAt: ISO });
    await untilDelivered(webhookId, one);
    await untilDelivered(webhookId, another);

    const moved = await down(['one', 'another']);
    await rig.call('PUT', moved.path, { url: hooks.newUrl() }, as(moved.john));
    for (const what of moved.waiting) await untilDelivered(moved.webhookId, what);
  });

  it('do not burn while the endpoint is down: one at a time finds out, after a rest', async () => {
    const { john, webhookId, path, url } = await down(['1', '2', '3', '4']);
    await rig.ports.deliveries.lease(webhookId, 'rig', 0);
    await rig.ports.deliveries.checkIn(webhookId, 'rig', { restUntilMs: Date.now() + 3_600_000 }, 0);
    const waiting = await Promise.all(Array.from({ length: 5 }, (_, i) => hooks.happen(john, webhookId, `waits ${i}`)));
    expect(await rig.ports.deliveries.lease(webhookId, 'rig', 0)).toBeUndefined();
    hooks.answers.delete(url);
    expect((await rig.call('POST', `${path}/replay`, { failed: true }, as(john))).status).toBe(202);
    for (const what of waiting) await untilDelivered(webhookId, what);
    for (const what of waiting) expect((await stateOf(webhookId, what)).tries).toBe(1);
  });

  it('end an endpoint that has only failed for five days, and this is told once', async () => {
    const john = await rig.register();
    const { id: webhookId, url } = await hooks.hook(john);
    hooks.answers.set(url, () => ({ status: 500 }));
    const { deliveries } = rig.ports;
    await rig.later(-DISABLE_AFTER_MS, async () => {
      const row = await hooks.hookOf(john, webhookId);
      await rig.ports.webhooks.disable(row, 'failing');
      await rig.call('PUT', `/api/webhooks/${webhookId}`, { isActive: true }, as(john));
    });
    const failing = { failingSinceMs: Date.now() - DISABLE_AFTER_MS };
    // Made active, it is looked at; the lease is free after that.
    await eventually(async () => {
      const leased = await deliveries.lease(webhookId, 'earlier', 0);
      return (leased && (await deliveries.checkIn(webhookId, 'earlier', failing, 0))) || undefined;
    });
    await hooks.happen(john, webhookId, 'the last straw');
    const off = await eventually(async () => {
      const now = await hooks.hookOf(john, webhookId);
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
    const { id: webhookId, url, path } = await hooks.hook(john);
    hooks.answers.set(url, () => ({ status: 410 }));
    const { delivery, eventId } = await hooks.happen(john, webhookId, 'one');
    await eventually(async () => ((await hooks.hookOf(john, webhookId)).isActive ? undefined : true));
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
    hooks.answers.delete(url);
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
    const own = hooks.calls.filter((call) => call.url === url).map(({ request }) => request.headers?.['webhook-id']);
    expect(own).toEqual([eventId, eventId, eventId]);

    expect((await rig.call('DELETE', `${path}/deliveries`, undefined, as(john))).status).toBe(204);
    expect(await list()).toEqual([]);
    await eventually(async () => ((await rig.ports.deliveries.get(webhookId, delivery.id)) ? undefined : true));
    await hooks.happen(john, webhookId, 'after');
    await eventually(async () => ((await list()).length === 1 ? true : undefined));
  });

  it('are dropped with their endpoint', async () => {
    const john = await rig.register();
    const { id: webhookId, url, path } = await hooks.hook(john);
    hooks.answers.set(url, () => ({ status: 500 }));
    const { delivery } = await hooks.happen(john, webhookId, 'soon gone');
    await hooks.settled(webhookId, delivery.id);
    await rig.call('DELETE', path, undefined, as(john));
    await eventually(async () => ((await rig.ports.deliveries.get(webhookId, delivery.id)) ? undefined : true));
    expect(await rig.ports.deliveries.due(webhookId, Number.MAX_SAFE_INTEGER, 1)).toEqual([]);
  });
});
