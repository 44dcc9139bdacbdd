import * as z from 'zod';
import { BULK_STATUSES } from '../model/bulk.ts';
import { NEW_CHAT_CAPS } from '../model/instance.ts';
import * as groups from './group-events.ts';
import * as messages from './message-events.ts';

/**
 * What can be told, as data. Every event is an envelope (id, type, time, instance, per-instance `seq`) around the data
 * that its type names here. People carry both phone number and LID where known. WhatsApp's own message is not told.
 */
export const party = messages.party;

const messageReceipt = z.object({
  messageId: z.string(),
  chat: z.string(),
  to: party,
  timestampMs: z.number(),
});

const messageSent = messageReceipt.extend({
  source: z.enum(['api', 'phone']).meta({ description: 'Asked for here, or written on the linked phone itself' }),
  isAutoReply: z.boolean(),
});

const limitWarning = z.object({
  resource: z.enum(['instances', 'messages']),
  used: z.number().int(),
  limit: z.number().int(),
  /** The mark that was reached. */
  percent: z.union([z.literal(80), z.literal(100)]),
});

const count = z.number().int();
const bulk = z.object({
  bulkId: z.string(),
  title: z.string().nullable(),
  instanceName: z.string().nullable().meta({ description: 'Of the instance that the bulk belongs to' }),
  status: z.enum(BULK_STATUSES),
  total: count.meta({ description: 'Recipients; the other numbers add up to it' }),
  pending: count.meta({ description: 'Waiting for their turn' }),
  queued: count.meta({ description: 'Accepted as messages that are not sent yet' }),
  sent: count,
  failed: count,
  unknown: count.meta({ description: 'Nobody knows whether WhatsApp took them' }),
  skipped: count.meta({ description: 'Numbers without WhatsApp' }),
  cancelled: count,
});

const connection = z.object({
  status: z.string(),
  phone: z.string().nullable(),
  reason: z.string().nullable(),
});

const timeLock = z.object({
  isActive: z.boolean().meta({ description: 'While it is, WhatsApp takes no messages to new chats' }),
  type: z.string().nullable(),
  until: z.string().nullable(),
});

const newChats = z.object({
  status: z.enum(NEW_CHAT_CAPS),
  used: z.number().nullable(),
  quota: z.number().nullable(),
  cycleEndsAt: z.string().nullable(),
});

export const EVENTS = {
  'message.received': { summary: 'A message has arrived', data: messages.messageReceived },
  'message.undecryptable': {
    summary:
      'A message came that cannot be read yet; `message.received` follows under the same messageId if it ever can',
    data: messages.messageUndecryptable,
  },
  'message.edited': { summary: 'A message was given another text', data: messages.messageEdited },
  'message.revoked': { summary: 'A message was taken back for everyone', data: messages.messageRevoked },
  'message.reaction': { summary: 'Somebody reacted to a message', data: messages.messageReaction },
  'message.selection': {
    summary: 'Somebody chose from a list or buttons, also by a number',
    data: messages.messageSelection,
  },
  'media.stored': { summary: 'The file of a received message has been fetched', data: messages.mediaStored },
  'media.failed': { summary: 'The file of a received message could not be fetched', data: messages.mediaFailed },
  'poll.vote': { summary: 'Somebody voted in a poll', data: messages.pollVote },
  'message.sent': { summary: "WhatsApp's server has taken a message", data: messageSent },
  'message.delivered': { summary: 'A message has reached the phone of its recipient', data: messageReceipt },
  'message.read': { summary: 'A message has been read', data: messageReceipt },
  'message.failed': {
    summary: 'A message could not be sent',
    data: messageReceipt.extend({ code: z.string(), reason: z.string() }),
  },
  'instance.qr': {
    summary: 'A new QR code is waiting to be scanned',
    data: z.object({ qr: z.string(), expiresAt: z.string() }),
  },
  'instance.connecting': { summary: 'The session is being opened', data: connection },
  'instance.connected': { summary: 'The session is open', data: connection },
  'instance.disconnected': { summary: 'The session has lost its connection', data: connection },
  'instance.logged_out': { summary: 'The session has been unlinked', data: connection },
  'instance.conflict': { summary: 'Somebody else uses this session', data: connection },
  'instance.error': { summary: 'The session has stopped and needs a person', data: connection },
  'instance.time_lock': {
    summary: 'WhatsApp has stopped the account from beginning chats, or no longer does',
    data: timeLock,
  },
  'instance.new_chats': { summary: 'WhatsApp warns of the new chats that the account has begun', data: newChats },
  'contact.updated': {
    summary: 'A name or number of a contact has become known',
    data: party.extend({ name: z.string().nullable() }),
  },
  'group.joined': { summary: 'The instance is a member of a group now', data: groups.groupJoined },
  'group.left': { summary: 'The instance is no longer a member of a group', data: groups.groupLeft },
  'group.updated': { summary: 'Subject, description or settings of a group have changed', data: groups.groupUpdated },
  'group.participants': { summary: 'Members of a group came, went or changed role', data: groups.groupParticipants },
  'group.join_request': {
    summary: 'Somebody asks to join a group, or does not any more',
    data: groups.groupJoinRequest,
  },
  'community.updated': { summary: 'A group came into a community, or left it', data: groups.communityUpdated },
  'channel.updated': { summary: 'A channel has another name or description', data: groups.channelUpdated },
  'channel.reaction': { summary: 'Somebody reacted to a post of a channel', data: groups.channelReaction },
  'chat.updated': {
    summary: 'A chat was archived, pinned, muted, marked, cleared, deleted, or its messages made to disappear',
    data: groups.chatUpdated,
  },
  'presence.updated': { summary: 'Somebody came online, went, or types', data: groups.presence },
  'call.received': { summary: 'Somebody calls', data: groups.callReceived },
  'call.rejected': { summary: 'A call was rejected', data: groups.call },
  'call.ended': { summary: 'A call is over, or was answered on another device', data: groups.callEnded },
  'label.updated': { summary: 'A label was made, changed or deleted', data: groups.label },
  'label.association': { summary: 'A label was put on a chat or message, or taken off', data: groups.labelAssociation },
  'usage.limit_warning': { summary: 'The subscription nears or has reached a limit', data: limitWarning },
  'bulk.progress': { summary: 'A quarter, a half or three quarters of a bulk are through', data: bulk },
  'bulk.completed': { summary: 'A bulk is over: every recipient has a result', data: bulk },
  'api_key.rotation_due': {
    summary: 'An API key needs a new secret; the present one works until `secretValidUntil`',
    data: z.object({
      keyId: z.string(),
      name: z.string(),
      hint: z.string().meta({ description: 'How its present secret begins' }),
      dueAt: z.string(),
      secretValidUntil: z.string(),
    }),
  },
  'webhook.disabled': {
    summary: 'A webhook has been switched off: it answered 410 (gone), or has failed for five days (failing)',
    data: z.object({ webhookId: z.string(), reason: z.enum(['gone', 'failing']), description: z.string().nullable() }),
  },
  'webhook.test': {
    summary: 'Somebody tries out a webhook; sent to that one only',
    data: z.object({ webhookId: z.string(), message: z.string() }),
  },
} as const satisfies Record<string, { summary: string; data: z.ZodType }>;

export type EventName = keyof typeof EVENTS;
export type EventData<N extends EventName> = z.output<(typeof EVENTS)[N]['data']>;

/** Events of the subscription as a whole: they name no instance. */
export type AccountEventName =
  | 'usage.limit_warning'
  | 'bulk.progress'
  | 'bulk.completed'
  | 'api_key.rotation_due'
  | 'webhook.disabled'
  | 'webhook.test';

/** One thing that happened, to one instance or to the account. `timestampMs`: when, in ms since epoch. */
export type DomainEvent = {
  [N in EventName]: {
    type: N;
    instanceId: N extends AccountEventName ? null : string;
    timestampMs: number;
    data: EventData<N>;
  };
}[EventName];

/** What happened to an instance. */
export type InstanceEvent = Extract<DomainEvent, { instanceId: string }>;
/** What happened to an account. */
export type AccountEvent = Extract<DomainEvent, { instanceId: null }>;
