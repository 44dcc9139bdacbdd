import type { Attempt, Webhook } from '../model/webhook.ts';
import { pauseAfter, retryAfterMs } from '../model/webhook-schedule.ts';
import type { AfterAttempt, DueAttempt, DueKey, OutboundClient, Ports, RecordedEvent } from '../ports/index.ts';
import { callWebhook } from './call-webhook.ts';
import type { WebhookPayloads } from './enqueue-deliveries.ts';
import { ringDeliveries } from './ring-deliveries.ts';

export interface AttemptResult {
  attempt: Attempt;
  retryAfter: string | undefined;
  /** It failed, and is not tried again. */
  exhausted: boolean;
}

/**
 * Makes one attempt at a delivery of the event `recorded` and records it with what follows. One that was brought
 * forward and fails keeps its place in the schedule. Returns undefined when there was nothing to call for: the event is
 * gone, or the endpoint was switched off; the delivery has then failed.
 */
export async function attemptDelivery(
  ports: Pick<Ports, 'deliveries' | 'deliveryQueue' | 'seal' | 'log' | 'clock'> & {
    outbound: OutboundClient;
    payloads: WebhookPayloads;
  },
  webhook: Webhook,
  entry: DueKey & DueAttempt,
  recorded: RecordedEvent | undefined,
): Promise<AttemptResult | undefined> {
  const { deliveries } = ports;
  const { eventId, instanceName, instancePhone } = entry.delivery;
  if (!webhook.isActive && entry.kind !== 'test') {
    await deliveries.finish(entry, null, { state: 'failed', error: 'The webhook is not active.' });
    return undefined;
  }
  const event = entry.kind === 'test' ? testEvent(entry) : recorded;
  const payload = event && ports.payloads[webhook.format](event, instanceName, instancePhone);
  if (!payload) {
    await deliveries.finish(entry, null, { state: 'failed', error: 'The event is no longer there.' });
    return undefined;
  }
  const headers = payload.headers?.(entry) ?? {};
  const called = await callWebhook(ports, webhook, { id: eventId, body: JSON.stringify(payload.body), headers });
  const { attempt, retryAfter } = called;
  if (attempt.error === null) {
    await deliveries.finish(entry, attempt, { state: 'delivered' });
    return { attempt, retryAfter, exhausted: false };
  }
  const nowMs = ports.clock();
  const made = entry.attempt + 1;
  const pauseMs =
    entry.kind === 'test'
      ? null
      : pauseAfter({ attempt: made, status: attempt.status, retryAfter, nowMs }, Math.random());
  if (pauseMs === null) {
    await deliveries.finish(entry, attempt, { state: 'failed', error: attempt.error });
    return { attempt, retryAfter, exhausted: true };
  }
  const asked = (retryAfterMs(retryAfter, nowMs) ?? 0) > 0;
  const next: AfterAttempt =
    entry.dueAtMs > nowMs
      ? { state: 'pending', atMs: entry.dueAtMs + 1, attempt: entry.attempt, held: 'tried' }
      : { state: 'pending', atMs: nowMs + pauseMs, attempt: made, held: asked ? 'asked' : undefined };
  if (await deliveries.finish(entry, attempt, next)) await ringDeliveries(ports, webhook, next.atMs - nowMs);
  return { attempt, retryAfter, exhausted: false };
}

function testEvent({ tenantId, webhookId, delivery }: DueKey & DueAttempt): RecordedEvent {
  const { eventId: id, timestampMs, seq } = delivery;
  const data = { webhookId, message: 'This is a test. The webhook works.' };
  return { id, seq, tenantId, type: 'webhook.test', instanceId: null, timestampMs, data };
}
