import type { EventData, EventName } from '../../../lib/core/catalogue/events.ts';
import { jidOfParty as jidOf, userJid } from '../../../lib/core/model/phone.ts';
import type { RecordedEvent, WebhookPayload } from '../../../lib/core/ports/index.ts';
import { deliveryName } from './delivery-name.ts';
import { type GatewayStatus, gatewayStatus } from './vocabulary.ts';

/** What endpoints of document C subscribe to. */
export const GATEWAY_EVENTS = [
  '*',
  ...['message.received', 'message.sent', 'message.failed', 'message.read', 'message.delivered'],
  ...['message.edited', 'message.revoked', 'message.reaction', 'poll.vote'],
  ...['connection.open', 'connection.close', 'connection.update'],
  ...['group.join', 'group.leave', 'group.update', 'group.participants.update'],
  ...['call.received', 'call.rejected', 'presence.update'],
] as const;

interface About {
  /** JID of the instance itself. */
  self: string | null;
  instanceId: string | null;
  timestampMs: number;
}
type Told = { event: string; data: object };
type Teller<N extends EventName> = (data: EventData<N>, about: About) => Told;

/** What document C's endpoints are sent of an event; null: nothing, it has no word for it. */
const GATEWAY: { [N in EventName]: Teller<N> | null } = {
  'message.received': (data, { self, instanceId }) => ({
    event: 'message.received',
    data: {
      // Document C's auto-reply reads the instance from here.
      ...{ instanceId, messageId: data.messageId, from: jidOf(data.from), to: self, chatId: data.chat },
      message: { conversation: data.text },
      ...{ body: data.text, type: data.type, isGroup: data.isGroup, pushName: data.authorName },
      ...{ media: data.media, location: data.location, contacts: data.contacts, poll: data.poll },
      timestamp: seconds(data.timestampMs),
    },
  }),
  'message.undecryptable': null,
  'message.edited': ({ messageId, chat, from, text, timestampMs }) => ({
    event: 'message.edited',
    data: { messageId, chatId: chat, from: jidOf(from), body: text, timestamp: seconds(timestampMs) },
  }),
  'message.revoked': ({ messageId, chat, from, timestampMs }) => ({
    event: 'message.revoked',
    data: { messageId, chatId: chat, from: jidOf(from), timestamp: seconds(timestampMs) },
  }),
  'message.reaction': ({ messageId, chat, from, emoji, timestampMs }) => ({
    event: 'message.reaction',
    data: { messageId, chatId: chat, from: jidOf(from), reaction: emoji, timestamp: seconds(timestampMs) },
  }),
  'message.selection': ({ messageId, replyMessageId, chat, from, optionId, title, timestampMs }) => ({
    event: 'message.selection',
    data: {
      ...{ messageId: replyMessageId, quotedMessageId: messageId, chatId: chat, from: jidOf(from) },
      ...{ selectedId: optionId, selectedText: title, timestamp: seconds(timestampMs) },
    },
  }),
  'media.stored': null,
  'media.failed': null,
  'poll.vote': ({ messageId, chat, from, options, timestampMs }) => ({
    event: 'poll.vote',
    data: { messageId, chatId: chat, from: jidOf(from), options, timestamp: seconds(timestampMs) },
  }),
  'message.sent': (data, about) => progress('sent', data, about),
  'message.delivered': (data, about) => progress('delivered', data, about),
  'message.read': (data, about) => progress('read', data, about),
  'message.failed': ({ code, reason, ...data }, about) => progress('failed', data, about, { code, error: reason }),
  'instance.qr': ({ qr }) => ({ event: 'connection.update', data: { status: 'qr', qrCode: qr } }),
  'instance.connecting': (data) => connection('connection.update', data),
  'instance.connected': (data) => connection('connection.open', data),
  'instance.disconnected': (data) => connection('connection.close', data),
  'instance.logged_out': (data) => connection('connection.close', data),
  'instance.conflict': (data) => connection('connection.close', data),
  'instance.error': (data) => connection('connection.close', data),
  'instance.time_lock': null,
  'instance.new_chats': null,
  'contact.updated': null,
  'group.joined': ({ groupId, by, subject }) => ({ event: 'group.join', data: { groupId, subject, by: jidOf(by) } }),
  'group.left': ({ groupId, by, isRemoved }) => ({ event: 'group.leave', data: { groupId, isRemoved, by: jidOf(by) } }),
  'group.updated': ({ by, timestampMs, ...data }) => ({
    event: 'group.update',
    data: { ...data, by: jidOf(by), timestamp: seconds(timestampMs) },
  }),
  'group.participants': ({ groupId, action, participants, by }) => ({
    event: 'group.participants.update',
    data: { groupId, action, participants: participants.map(jidOf), by: jidOf(by) },
  }),
  'group.join_request': null,
  'community.updated': null,
  'channel.updated': null,
  'channel.reaction': null,
  'chat.updated': null,
  'presence.updated': ({ chat, from, presence }) => ({
    event: 'presence.update',
    data: { chatId: chat, participant: jidOf(from), presence },
  }),
  'call.received': (data) => call('call.received', data),
  'call.rejected': (data) => call('call.rejected', data),
  'call.ended': null,
  'label.updated': null,
  'label.association': null,
  'usage.limit_warning': null,
  'bulk.progress': null,
  'bulk.completed': null,
  'api_key.rotation_due': null,
  'webhook.disabled': null,
  'webhook.test': ({ message }) => ({ event: 'webhook.test', data: { test: true, message } }),
};

function progress(
  status: string,
  { messageId, to, chat, timestampMs }: EventData<'message.delivered'>,
  { self, instanceId }: About,
  more: object = {},
): Told {
  const who = { instanceId, messageId, from: self, to: jidOf(to) ?? chat, chatId: chat };
  return { event: `message.${status}`, data: { ...who, status, timestamp: seconds(timestampMs), ...more } };
}

function connection(event: string, { status, phone, reason }: EventData<'instance.connected'>): Told {
  const shown: { status: GatewayStatus; phoneNumber: string | null; reason: string | null } = {
    status: gatewayStatus(status),
    phoneNumber: phone,
    reason,
  };
  return { event, data: shown };
}

function call(event: string, { callId, from, isVideo, isGroup, timestampMs }: EventData<'call.rejected'>): Told {
  return { event, data: { callId, from: jidOf(from), isVideo, isGroup, timestamp: seconds(timestampMs) } };
}

/** `{event, instanceId, timestamp, data}`, with the ids of the delivery and the instance in headers. */
export function gatewayPayload(
  { type, data, timestampMs, instanceId }: RecordedEvent,
  _instanceName: string | null,
  instancePhone: string | null = null,
): WebhookPayload | null {
  const tell = (Object.hasOwn(GATEWAY, type) ? GATEWAY[type] : null) as Teller<EventName> | null;
  const self = instancePhone === null ? null : userJid(instancePhone);
  const told = tell?.(data as EventData<EventName>, { self, instanceId, timestampMs });
  if (!told) return null;
  return {
    name: told.event,
    body: { event: told.event, instanceId, timestamp: new Date(timestampMs).toISOString(), data: told.data },
    headers: ({ attempt, ...delivery }) => ({
      'x-webhook-id': deliveryName(delivery),
      ...(instanceId !== null && { 'x-instance-id': instanceId }),
      ...(attempt > 0 && { 'x-retry-attempt': String(attempt) }),
    }),
  };
}

function seconds(timeMs: number): number {
  return Math.floor(timeMs / 1000);
}
