import type { EventName } from '../../../../lib/core/catalogue/events.ts';

/** Names of `locales` under `groups`. */
export type EventGroup = 'incoming' | 'outgoing' | 'instance' | 'people' | 'groups' | 'calls' | 'account';

/** What an endpoint can ask for, as people look for it. */
const GROUP_OF: Record<Exclude<EventName, 'webhook.test'>, EventGroup> = {
  'message.received': 'incoming',
  'message.edited': 'incoming',
  'message.revoked': 'incoming',
  'message.reaction': 'incoming',
  'message.selection': 'incoming',
  'message.undecryptable': 'incoming',
  'poll.vote': 'incoming',
  'media.stored': 'incoming',
  'media.failed': 'incoming',
  'message.sent': 'outgoing',
  'message.delivered': 'outgoing',
  'message.read': 'outgoing',
  'message.failed': 'outgoing',
  'bulk.progress': 'outgoing',
  'bulk.completed': 'outgoing',
  'instance.qr': 'instance',
  'instance.connecting': 'instance',
  'instance.connected': 'instance',
  'instance.disconnected': 'instance',
  'instance.logged_out': 'instance',
  'instance.conflict': 'instance',
  'instance.error': 'instance',
  'instance.time_lock': 'instance',
  'instance.new_chats': 'instance',
  'contact.updated': 'people',
  'presence.updated': 'people',
  'chat.updated': 'people',
  'label.updated': 'people',
  'label.association': 'people',
  'group.joined': 'groups',
  'group.left': 'groups',
  'group.updated': 'groups',
  'group.participants': 'groups',
  'group.join_request': 'groups',
  'community.updated': 'groups',
  'channel.updated': 'groups',
  'channel.reaction': 'groups',
  'call.received': 'calls',
  'call.rejected': 'calls',
  'call.ended': 'calls',
  'usage.limit_warning': 'account',
  'api_key.rotation_due': 'account',
  'webhook.disabled': 'account',
};

export const EVENT_NAMES = Object.keys(GROUP_OF);

export const EVENT_GROUPS: readonly { group: EventGroup; values: string[] }[] = [
  ...new Set(Object.values(GROUP_OF)),
].map((group) => ({
  group,
  values: Object.entries(GROUP_OF)
    .filter(([, own]) => own === group)
    .map(([name]) => name),
}));
