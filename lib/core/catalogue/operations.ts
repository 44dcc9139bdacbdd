import type * as z from 'zod';
import { BUSINESS_OPERATIONS } from './operations/business.ts';
import { CALL_OPERATIONS } from './operations/calls.ts';
import { CHANNEL_OPERATIONS } from './operations/channels.ts';
import { CHAT_OPERATIONS } from './operations/chats.ts';
import { COMMUNITY_OPERATIONS } from './operations/communities.ts';
import { CONTACT_OPERATIONS } from './operations/contacts.ts';
import { GROUP_OPERATIONS } from './operations/groups.ts';
import { INSTANCE_OPERATIONS } from './operations/instances.ts';
import { LABEL_OPERATIONS } from './operations/labels.ts';
import { MEDIA_OPERATIONS } from './operations/media.ts';
import { MESSAGE_ACT_OPERATIONS } from './operations/message-acts.ts';
import { MESSAGE_OPERATIONS } from './operations/messages.ts';
import { PRESENCE_OPERATIONS } from './operations/presence.ts';
import { PROFILE_OPERATIONS } from './operations/profile.ts';
import { STATUS_OPERATIONS } from './operations/status.ts';

export type { Operation, OperationTag } from './operations/define.ts';
export * from './operations/fields.ts';
export * as groupFields from './operations/group-fields.ts';

/** Everything that can be asked of a session, by name. */
export const OPERATIONS = {
  ...MESSAGE_OPERATIONS,
  ...CHAT_OPERATIONS,
  ...MESSAGE_ACT_OPERATIONS,
  ...MEDIA_OPERATIONS,
  ...CONTACT_OPERATIONS,
  ...GROUP_OPERATIONS,
  ...COMMUNITY_OPERATIONS,
  ...STATUS_OPERATIONS,
  ...CHANNEL_OPERATIONS,
  ...PRESENCE_OPERATIONS,
  ...LABEL_OPERATIONS,
  ...PROFILE_OPERATIONS,
  ...CALL_OPERATIONS,
  ...BUSINESS_OPERATIONS,
  ...INSTANCE_OPERATIONS,
} as const;

export type OperationName = keyof typeof OPERATIONS;
export const OPERATION_NAMES = Object.keys(OPERATIONS) as OperationName[];

/** What a handler gets: the parsed input. */
export type OperationInput<N extends OperationName> = z.output<(typeof OPERATIONS)[N]['input']>;
/** What a handler answers. */
export type OperationOutput<N extends OperationName> = z.output<(typeof OPERATIONS)[N]['output']>;

export function isOperationName(value: unknown): value is OperationName {
  return typeof value === 'string' && Object.hasOwn(OPERATIONS, value);
}
