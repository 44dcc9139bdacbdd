import type { WebhookFormat } from '../../lib/core/model/webhook.ts';
import type { WebhookPayloads } from '../../lib/core/usecases/enqueue-deliveries.ts';
import { GATEWAY_EVENTS, gatewayPayload } from './gateway/events.ts';
import { A1_EVENTS, a1Payload, NATIVE_EVENTS, nativePayload } from './native/events.ts';
import { PUBLIC_EVENTS, publicPayload } from './public/events.ts';
import { SESSION_EVENTS, sessionPayload } from './sessions/events.ts';

/** The words for events of each format. */
export const EVENT_WORDS: Record<WebhookFormat, readonly string[]> = {
  a1: A1_EVENTS,
  native: NATIVE_EVENTS,
  gateway: GATEWAY_EVENTS,
  sessions: SESSION_EVENTS,
  public: PUBLIC_EVENTS,
};

/** What endpoints are sent, by the face of the API through which they were made. */
export const WEBHOOK_PAYLOADS: WebhookPayloads = {
  a1: a1Payload,
  native: nativePayload,
  gateway: gatewayPayload,
  sessions: sessionPayload,
  public: publicPayload,
};
