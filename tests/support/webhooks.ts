import { WEBHOOK_PAYLOADS } from '../../functions/dialects/webhook-formats.ts';
import { startWebhookLoop, type WebhookLoop } from '../../functions/webhooks/loop.ts';
import { newId } from '../../lib/core/model/ids.ts';
import { type Delivery, deliveryId } from '../../lib/core/model/webhook.ts';
import type { OutboundClient, OutboundRequest, OutboundResponse } from '../../lib/core/ports/index.ts';
import type { ApiRig } from './api-rig.ts';

/** What a stubbed endpoint answers. */
export interface StubAnswer {
  status: number;
  headers?: Record<string, string>;
  text?: string;
}

/** An outbound client whose hosts are a function. */
export function stubOutbound(
  answer: (url: string, request: OutboundRequest) => StubAnswer | Promise<StubAnswer>,
): OutboundClient {
  return {
    async request(url, request): Promise<OutboundResponse> {
      const { status, headers = {}, text = 'ok' } = await answer(url, request);
      const body = (async function* () {
        yield Buffer.from(text);
      })();
      return { status, headers, url, body, discard: () => undefined };
    },
    proxy: () => {
      throw new Error('no proxies here');
    },
    close: async () => undefined,
  };
}

/** The deliveries' worker beside an API rig. */
export function startStubWebhooks(
  rig: ApiRig,
  answer: Parameters<typeof stubOutbound>[0] = () => ({ status: 200 }),
): WebhookLoop {
  return startWebhookLoop({ ...rig.ports, outbound: stubOutbound(answer), payloads: WEBHOOK_PAYLOADS }, 'rig');
}

/** A delivery as it begins. */
export function aDelivery(tenantId: string, webhookId: string, fields: Partial<Delivery> = {}): Delivery {
  const createdAtMs = fields.createdAtMs ?? Date.now();
  const eventId = fields.eventId ?? newId('evt');
  const timestampMs = fields.timestampMs ?? createdAtMs;
  return {
    id: deliveryId(webhookId, { id: eventId, timestampMs }),
    tenantId,
    webhookId,
    eventId,
    eventType: 'message.received',
    streamId: tenantId,
    seq: 1,
    instanceId: null,
    instanceName: null,
    instancePhone: null,
    timestampMs,
    createdAtMs,
    state: 'pending',
    tries: 0,
    nextAttemptAtMs: createdAtMs,
    endedAtMs: null,
    error: null,
    attempts: [],
    ...fields,
  };
}
