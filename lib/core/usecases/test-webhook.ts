import { GatewayError } from '../errors.ts';
import type { Principal } from '../model/account.ts';
import { newId } from '../model/ids.ts';
import { type Attempt, type Delivery, deliveryId } from '../model/webhook.ts';
import type { Ports } from '../ports/index.ts';
import { ringDeliveries } from './ring-deliveries.ts';
import { waitFor } from './wait.ts';
import { type FoundWebhook, findWebhook, type WebhookTarget } from './webhook-access.ts';

/** A call's own 15 s, and some for whoever makes it. */
const WAIT_MS = 20_000;

/**
 * Has the worker send an endpoint a `webhook.test`, before anything else that waits, and waits for what comes of it. It
 * is tried once, whether or not the endpoint is active, and does not count for its health; but when it goes well, what
 * waits because of earlier failures follows.
 * @throws GatewayError as `findWebhook`; COMMAND_TIMEOUT when nobody made the call in time
 */
export async function testWebhook(
  ports: Pick<Ports, 'webhooks' | 'instances' | 'deliveries' | 'deliveryQueue' | 'log' | 'clock'>,
  principal: Principal,
  input: { target: WebhookTarget },
): Promise<{ delivery: Delivery; attempt: Attempt }> {
  return sendTest(ports, await findWebhook(ports, principal, input.target));
}

async function sendTest(
  ports: Pick<Ports, 'deliveries' | 'deliveryQueue' | 'log' | 'clock'>,
  { webhook, instanceName }: FoundWebhook,
): Promise<{ delivery: Delivery; attempt: Attempt }> {
  const nowMs = ports.clock();
  const event = { id: newId('evt'), timestampMs: nowMs };
  const id = deliveryId(webhook.id, event);
  const delivery: Delivery = {
    id,
    tenantId: webhook.tenantId,
    webhookId: webhook.id,
    eventId: event.id,
    eventType: 'webhook.test',
    streamId: webhook.tenantId,
    seq: 0,
    instanceId: webhook.instanceId,
    instanceName,
    instancePhone: null,
    timestampMs: nowMs,
    createdAtMs: nowMs,
    ...{ state: 'pending', tries: 0, nextAttemptAtMs: nowMs, endedAtMs: null, error: null, attempts: [] },
  };
  await Promise.all([ports.deliveries.enqueue(delivery, 'test'), ports.deliveries.wake(webhook.id)]);
  await ringDeliveries(ports, webhook);
  const ended = await waitFor(async () => {
    const now = await ports.deliveries.get(webhook.id, id);
    return now?.state === 'pending' ? undefined : now;
  }, WAIT_MS);
  const attempt = ended?.attempts.at(-1);
  if (!ended || !attempt) throw new GatewayError('COMMAND_TIMEOUT', 'The test call was not made in time.');
  return { delivery: ended, attempt };
}
