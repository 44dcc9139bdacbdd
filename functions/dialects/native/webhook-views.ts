import type { Attempt, Delivery, Webhook } from '../../../lib/core/model/webhook.ts';
import type { EndpointHealth } from '../../../lib/core/ports/index.ts';
import type { FoundWebhook } from '../../../lib/core/usecases/webhook-access.ts';
import { iso } from './views.ts';

export function webhookView({ webhook, instanceName }: FoundWebhook) {
  const { id, url, events, isActive, disabledReason, format, chatTypes, headers, description, createdAt } = webhook;
  return {
    ...{ id, url, events, isActive, disabledReason, instanceName, format, chatTypes, description },
    headers: Object.keys(headers),
    oldSecretUntil: webhook.previous?.until ?? null,
    createdAt,
  };
}

export function testView({ delivery, attempt }: { delivery: Delivery; attempt: Attempt }) {
  const { status, durationMs, error, answer } = attempt;
  return {
    delivered: error === null,
    ...{ deliveryId: delivery.id, eventId: delivery.eventId, status, latencyMs: durationMs, response: answer, error },
  };
}

export function deliveryView(delivery: Delivery) {
  const { id, eventId, eventType, instanceName, state, timestampMs, tries, nextAttemptAtMs, error } = delivery;
  return {
    ...{ id, eventId, event: eventType, instanceName, status: state, timestamp: iso(timestampMs), tries, error },
    nextAttemptAt: isoOrNull(nextAttemptAtMs),
    attempts: delivery.attempts.map(({ atMs, status, durationMs, error, answer }) => {
      return { at: iso(atMs), status, durationMs, error, response: answer };
    }),
  };
}

export function webhookStatsView({ id, isActive }: Webhook, health: EndpointHealth) {
  const { delivered, failedAttempts, exhausted, answered, latencyTotalMs } = health;
  const all = delivered + failedAttempts;
  return {
    ...{ id, isActive, delivered, failedAttempts, givenUp: exhausted },
    successRate: `${all === 0 ? '100.0' : ((delivered / all) * 100).toFixed(1)}%`,
    averageLatencyMs: answered === 0 ? null : Math.round(latencyTotalMs / answered),
    failingSince: isoOrNull(health.failingSinceMs),
    lastDeliveredAt: isoOrNull(health.lastDeliveredAtMs),
    lastFailedAt: isoOrNull(health.lastFailedAtMs),
  };
}

function isoOrNull(timeMs: number | null): string | null {
  return timeMs === null ? null : iso(timeMs);
}
