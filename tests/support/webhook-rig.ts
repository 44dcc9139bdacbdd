import { expect } from 'vitest';
import type { WebhookLoop } from '../../functions/webhooks/loop.ts';
import type { Delivery, Webhook } from '../../lib/core/model/webhook.ts';
import type { OutboundRequest } from '../../lib/core/ports/index.ts';
import { type Account, type Answer, ApiRig } from './api-rig.ts';
import { aDelivery, type StubAnswer, startStubWebhooks } from './webhooks.ts';

/** An endpoint as it was made. */
interface Hook {
  path: string;
  id: string;
  url: string;
  body: Answer['body'];
}

/** An API rig with the deliveries' worker beside it; the endpoints are functions. */
export class WebhookRig {
  readonly rig: ApiRig;
  /** Every call of an endpoint, oldest first. */
  readonly calls: { url: string; request: OutboundRequest }[] = [];
  /** What an endpoint answers, by its URL; the others answer 200. */
  readonly answers = new Map<string, () => StubAnswer | Promise<StubAnswer>>();
  readonly #loop: WebhookLoop;
  #urls = 0;

  private constructor(rig: ApiRig) {
    this.rig = rig;
    this.#loop = startStubWebhooks(rig, (url, request) => {
      this.calls.push({ url, request });
      return this.answers.get(url)?.() ?? { status: 200 };
    });
  }

  static async start(): Promise<WebhookRig> {
    return new WebhookRig(await ApiRig.start());
  }

  async stop(): Promise<void> {
    await this.#loop.stop();
    await this.rig.stop();
  }

  newUrl(): string {
    this.#urls += 1;
    return `https://hooks.example/${this.#urls}`;
  }

  async hook(account: Account, fields: object = {}): Promise<Hook> {
    const asked = { url: this.newUrl(), ...fields };
    const { status, body } = await this.rig.call('POST', '/api/webhooks', asked, { as: account.token });
    expect(status).toBe(201);
    return { path: `/api/webhooks/${body.data.id}`, id: body.data.id as string, url: body.data.url as string, body };
  }

  async hookOf(account: Account, webhookId: string): Promise<Webhook> {
    const webhook = await this.rig.ports.webhooks.get(account.tenantId, webhookId);
    if (!webhook) throw new Error('there is no such webhook');
    return webhook;
  }

  /** An event of the account, delivered to the endpoint. */
  async happen(account: Account, webhookId: string, what: string): Promise<{ delivery: Delivery; eventId: string }> {
    const { events: store, deliveries, deliveryQueue } = this.rig.ports;
    const data = { webhookId: what, reason: 'gone' as const, description: null };
    const event = { type: 'webhook.disabled' as const, instanceId: null, timestampMs: Date.now(), data };
    const bell = await store.recordAccountEvent(account.tenantId, event, what);
    const { events } = await store.list(account.tenantId, (bell?.seq as number) - 1, 1);
    const { id: eventId, seq, type: eventType, timestampMs } = events[0] as (typeof events)[number];
    const delivery = aDelivery(account.tenantId, webhookId, { eventId, seq, eventType, timestampMs });
    await deliveries.enqueue(delivery, 'event');
    await deliveryQueue.ring({ v: 1, tenantId: account.tenantId, webhookId });
    return { delivery, eventId };
  }

  /** Resolves when the delivery was tried. */
  settled(webhookId: string, deliveryId: string): Promise<Delivery> {
    return eventually(async () => {
      const now = await this.rig.ports.deliveries.get(webhookId, deliveryId);
      return now && now.tries > 0 ? now : undefined;
    });
  }
}

/** Resolves with what `read` says once it says something. */
export async function eventually<T>(read: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const endMs = performance.now() + 45_000;
  for (;;) {
    const value = await read();
    if (value !== undefined) return value;
    if (performance.now() > endMs) throw new Error('it did not happen');
    await new Promise((wake) => setTimeout(wake, 20));
  }
}
