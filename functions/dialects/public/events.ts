import type { EventData, EventName } from '../../../lib/core/catalogue/events.ts';
import type { Party } from '../../../lib/core/model/message.ts';
import type { RecordedEvent, WebhookPayload } from '../../../lib/core/ports/index.ts';
import { numberOf } from './numbers.ts';

/** What endpoints of document D subscribe to; `webhook.test` goes to whoever is tested, subscribed or not. */
export const PUBLIC_EVENTS = [
  'message.received',
  'message.sent',
  'message.failed',
  'device.connected',
  'device.disconnected',
  'contact.updated',
  'webhook.test',
] as const;
export type PublicEvent = (typeof PUBLIC_EVENTS)[number];

interface Device {
  device_id: string | null;
  device_name: string | null;
  phone_number: string | null;
}
type Told = { event: PublicEvent; data: object };
type Teller<N extends EventName> = (data: EventData<N>, device: Device, atMs: number) => Told;

/** What document D's endpoints are sent of an event; null: nothing. Of groups it tells nothing. */
const PUBLIC: { [N in EventName]?: Teller<N> | null } = {
  'message.received': ({ messageId, from, authorName, text, type, timestampMs }, { device_id }) => ({
    event: 'message.received',
    data: {
      ...{
        message_id: messageId,
        contact_id: contactId(from),
        phone_number: numberOf(from.phone),
        from: numberOf(from.phone),
      },
      ...{ contact_name: authorName, message: text, message_type: type, device_id },
      ...{ timestamp: iso(timestampMs), created_at: iso(timestampMs) },
    },
  }),
  'message.sent': (data, { device_id }) => sent('message.sent', data, { device_id, status: 'sent' }),
  'message.failed': ({ code, reason, ...data }, { device_id }) =>
    sent('message.failed', data, { device_id, status: 'failed', error: reason, error_code: code }),
  'instance.connected': (_data, device, atMs) => ({
    event: 'device.connected',
    data: { ...device, connected_at: iso(atMs) },
  }),
  'instance.disconnected': disconnected,
  'instance.logged_out': disconnected,
  'instance.conflict': disconnected,
  'instance.error': disconnected,
  'contact.updated': ({ name, ...party }, { device_id }, atMs) => ({
    event: 'contact.updated',
    data: { contact_id: contactId(party), phone_number: numberOf(party.phone), name, device_id, updated_at: iso(atMs) },
  }),
  'webhook.test': ({ message, webhookId }, _device, atMs) => ({
    event: 'webhook.test',
    data: { webhook_id: webhookId, message, timestamp: iso(atMs) },
  }),
};

function sent(event: PublicEvent, { messageId, to, timestampMs }: EventData<'message.delivered'>, more: object): Told {
  const who = { message_id: messageId, contact_id: contactId(to), phone_number: numberOf(to.phone) };
  return { event, data: { ...who, timestamp: iso(timestampMs), ...more } };
}

function disconnected({ reason }: EventData<'instance.disconnected'>, device: Device, atMs: number): Told {
  return { event: 'device.disconnected', data: { ...device, reason, disconnected_at: iso(atMs) } };
}

/** `{event, timestamp, data}`, with the event and the delivery named in headers. */
export function publicPayload(
  { type, data, timestampMs, instanceId }: RecordedEvent,
  instanceName: string | null,
  instancePhone: string | null = null,
): WebhookPayload | null {
  if ('isGroup' in data && data.isGroup) return null;
  const tell = (Object.hasOwn(PUBLIC, type) ? PUBLIC[type] : null) as Teller<EventName> | null;
  const phone = instancePhone ?? ('phone' in data && instanceId !== null ? data.phone : null);
  const device = { device_id: instanceId, device_name: instanceName, phone_number: numberOf(phone) };
  const told = tell?.(data as EventData<EventName>, device, timestampMs);
  if (!told) return null;
  return {
    name: told.event,
    body: { event: told.event, timestamp: iso(timestampMs), data: told.data },
    headers: ({ id }) => ({ 'x-webhook-event': told.event, 'x-webhook-delivery-id': id }),
  };
}

/** A contact by what never changes where it is known: its LID, else its number. */
function contactId({ phone, lid }: Party): string | null {
  return lid ?? phone;
}

function iso(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
