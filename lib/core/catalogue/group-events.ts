import * as z from 'zod';
import { party } from './message-events.ts';

/** What is told of groups, chats, calls, presence and labels. */
const group = z.object({
  groupId: z.string().meta({ description: 'JID of the group' }),
  by: party.meta({ description: 'Who did it' }),
  timestampMs: z.number(),
});

export const groupJoined = group.extend({ subject: z.string().nullable() });
export const groupLeft = group.extend({ isRemoved: z.boolean().meta({ description: 'Somebody else removed us' }) });

/** null: that did not change. */
export const groupUpdated = group.extend({
  subject: z.string().nullable(),
  description: z.string().nullable().meta({ description: 'Empty: it was taken away' }),
  announce: z.boolean().nullable().meta({ description: 'Only admins write' }),
  restrict: z.boolean().nullable().meta({ description: 'Only admins change the settings' }),
  membersMayAdd: z.boolean().nullable(),
  joinApproval: z.boolean().nullable(),
  inviteCode: z.string().nullable(),
  isPictureChanged: z.boolean(),
});

export const groupParticipants = group.extend({
  action: z.enum(['add', 'remove', 'promote', 'demote']),
  participants: z.array(party),
});

export const groupJoinRequest = group.extend({
  action: z
    .enum(['requested', 'withdrawn', 'rejected'])
    .meta({ description: 'Who was let in is told as group.participants' }),
  participant: party.meta({ description: 'Who wants to join' }),
  method: z.string().nullable().meta({ description: 'How they asked, such as invite_link' }),
});

export const communityUpdated = z.object({
  communityId: z.string().meta({ description: 'JID of the community' }),
  by: party.meta({ description: 'Who did it' }),
  action: z.enum(['group_linked', 'group_unlinked']),
  groups: z.array(z.string()).meta({ description: 'JIDs of the groups' }),
  timestampMs: z.number(),
});

/** null: that did not change. */
export const channelUpdated = z.object({
  channelId: z.string().meta({ description: 'JID of the channel' }),
  name: z.string().nullable(),
  description: z.string().nullable(),
});

export const channelReaction = z.object({
  channelId: z.string(),
  serverId: z.string().meta({ description: "The channel's own number of the post" }),
  emoji: z.string().nullable().meta({ description: 'null: a reaction was taken away' }),
});

export const call = z.object({
  callId: z.string(),
  from: party,
  isVideo: z.boolean(),
  isGroup: z.boolean(),
  timestampMs: z.number(),
});
export const callReceived = call.extend({
  isOffline: z.boolean().meta({ description: 'It rang while the session was not connected' }),
});
export const callEnded = call.extend({ reason: z.enum(['answered', 'hung_up', 'timeout']) });

export const presence = z.object({
  chat: z.string(),
  isGroup: z.boolean(),
  from: party,
  presence: z.enum(['available', 'unavailable', 'composing', 'recording', 'paused']),
  lastSeenMs: z.number().nullable(),
});

export const label = z.object({
  labelId: z.string(),
  name: z.string().nullable(),
  color: z.number().int().nullable(),
  isDeleted: z.boolean(),
});

export const labelAssociation = z.object({
  labelId: z.string(),
  action: z.enum(['add', 'remove']),
  chat: z.string(),
  messageId: z.string().nullable().meta({ description: 'null: the label is on the chat' }),
});

/** null: that did not change. */
export const chatUpdated = z.object({
  chat: z.string(),
  isGroup: z.boolean(),
  isArchived: z.boolean().nullable(),
  isPinned: z.boolean().nullable(),
  mutedUntilMs: z.number().nullable().meta({ description: '0: not muted; -1: for ever' }),
  ephemeralSeconds: z.number().int().nullable().meta({ description: '0: messages stay' }),
  isUnread: z.boolean().nullable().meta({ description: 'Marked by hand; false: read, on whatever device' }),
  isCleared: z.boolean().nullable().meta({ description: 'Its messages were cleared away' }),
  isDeleted: z.boolean().nullable(),
});
