import { EVENTS, type EventData, type EventName } from '../../../lib/core/catalogue/events.ts';
import type { RecordedEvent, WebhookPayload } from '../../../lib/core/ports/index.ts';

/** The names of events that endpoints of document A subscribe to. */
export const A1_EVENTS = ['message', 'status'] as const;

/** What endpoints of the gateway's own face subscribe to. `webhook.test` goes to whoever is tested, subscribed or not. */
export const NATIVE_EVENTS = ['*', ...Object.keys(EVENTS).filter((name) => name !== 'webhook.test')] as [
  '*',
  ...EventName[],
];

type Told = { event: (typeof A1_EVENTS)[number] | 'test'; data: object };
type Teller<N extends EventName> = (data: EventData<N>, timestampMs: number) => Told;

/**
 * What document A's endpoints are sent of an event: `{event, instanceName, data}`.
 *
 *   a message came in                              → message
 *   a message of ours was sent, delivered, read …  → status, with its messageId
 *   the session connects, is connected, is lost …  → status, without one
 *   null                                           → nothing: document A has no word for it
 */
const A1: { [N in EventName]: Teller<N> | null } = {
  'message.received': ({ messageId, from, text, type, isGroup, chat, authorName, timestampMs }) => ({
    event: 'message',
    data: {
      ...{ messageId, from: from.phone ?? from.lid, text, timestamp: iso(timestampMs) },
      ...{ type, isGroup, chat, lid: from.lid, authorName },
    },
  }),
  'message.undecryptable': null,
  'message.edited': null,
  'message.revoked': null,
  'message.reaction': null,
  'message.selection': null,
  'media.stored': null,
  'media.failed': null,
  'poll.vote': null,
  'message.sent': (data) => progress('SENT', data),
  'message.delivered': (data) => progress('DELIVERED', data),
  'message.read': (data) => progress('READ', data),
  'message.failed': ({ code, reason, ...data }) => progress('FAILED', data, { error: { code, message: reason } }),
  'instance.qr': null,
  'instance.connecting': connection,
  'instance.connected': connection,
  'instance.disconnected': connection,
  'instance.logged_out': connection,
  'instance.conflict': connection,
  'instance.error': connection,
  'instance.time_lock': null,
  'instance.new_chats': null,
  'contact.updated': null,
  'group.joined': null,
  'group.left': null,
  'group.updated': null,
  'group.participants': null,
  'group.join_request': null,
  'community.updated': null,
  'channel.updated': null,
  'channel.reaction': null,
  'chat.updated': null,
  'presence.updated': null,
  'call.received': null,
  'call.rejected': null,
  'call.ended': null,
  'label.updated': null,
  'label.association': null,
  'usage.limit_warning': null,
  'bulk.progress': null,
  'bulk.completed': null,
  'api_key.rotation_due': null,
  'webhook.disabled': null,
  'webhook.test': (data, atMs) => ({ event: 'test', data: { ...data, timestamp: iso(atMs) } }),
};

function progress(
  status: string,
  { messageId, to, chat, timestampMs }: EventData<'message.delivered'>,
  more: object = {},
): Told {
  const data = { messageId, to: to.phone ?? to.lid ?? chat, status, timestamp: iso(timestampMs), ...more };
  return { event: 'status', data };
}

function connection({ status, phone, reason }: EventData<'instance.connected'>, atMs: number): Told {
  return { event: 'status', data: { status, phone, reason, timestamp: iso(atMs) } };
}

export function a1Payload(
  { type, data, timestampMs }: RecordedEvent,
  instanceName: string | null,
): WebhookPayload | null {
  // An event's name and data belong together; the table says so, a look-up in it cannot.
  const tell = (Object.hasOwn(A1, type) ? A1[type] : null) as Teller<EventName> | null;
  const told = tell?.(data as EventData<EventName>, timestampMs);
  return told ? { name: told.event, body: { event: told.event, instanceName, data: told.data } } : null;
}

/** The gateway's own shape: every event as it is recorded, in an envelope. */
export function nativePayload(event: RecordedEvent, instanceName: string | null): WebhookPayload {
  const { id, type, timestampMs, instanceId, seq, data } = event;
  const instance = instanceId === null ? null : { id: instanceId, name: instanceName };
  return { name: type, body: { id, type, timestamp: iso(timestampMs), instance, seq, data } };
}

function iso(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
