import * as z from 'zod';
import { DAY_MS, define, MINUTE_MS } from './define.ts';
import { MAX_TEXT_LENGTH, MEDIA_FIELDS, media, sendAt } from './fields.ts';
import {
  description,
  ephemeralSeconds,
  groupDetail,
  groupId,
  groupSummary,
  invite,
  inviteCode,
  joinRequest,
  memberChanges,
  participants,
  someParticipants,
  subject,
} from './group-fields.ts';
import { SENDING } from './messages.ts';

/** Asks WhatsApp something about groups. */
export const GROUP_READING = {
  tag: 'groups',
  permission: 'group:read',
  kind: 'query',
  onAmbiguity: 'repeat',
  sendsMessage: false,
  needsLinked: true,
  deadlineMs: MINUTE_MS,
} as const;

/** Sets something: doing it twice is doing it once. */
export const GROUP_WRITING = { ...GROUP_READING, permission: 'group:write', kind: 'command' } as const;

const ofGroup = z.strictObject({ groupId });
const ofPeople = z.strictObject({ groupId, participants: someParticipants });
const changed = z.object({ groupId: z.string() });
const judged = memberChanges;

export const GROUP_OPERATIONS = {
  'group.list': define({
    summary: 'The groups that the instance is a member of, by id',
    ...GROUP_READING,
    input: z.strictObject({
      limit: z.number().int().min(1).max(500).default(100),
      after: groupId.optional().meta({ description: 'The last group of the page before' }),
    }),
    output: z.object({ groups: z.array(groupSummary), total: z.number().int(), hasMore: z.boolean() }),
  }),
  'group.get': define({
    summary: 'A group with its members',
    ...GROUP_READING,
    input: ofGroup,
    output: groupDetail,
  }),
  'group.create': define({
    summary: 'Create a group',
    ...GROUP_WRITING,
    onAmbiguity: 'report',
    input: z.strictObject({
      subject,
      participants: participants.default([]),
      description: description.optional(),
    }),
    output: z.object({ group: groupDetail, results: memberChanges.shape.results }),
  }),
  'group.setSubject': define({
    summary: 'Rename a group',
    ...GROUP_WRITING,
    input: z.strictObject({ groupId, subject }),
    output: changed.extend({ subject: z.string() }),
  }),
  'group.setDescription': define({
    summary: 'Change the description of a group; an empty one takes it away',
    ...GROUP_WRITING,
    input: z.strictObject({ groupId, description }),
    output: changed.extend({ description: z.string() }),
  }),
  'group.setPicture': define({
    summary: 'Change the picture of a group',
    ...GROUP_WRITING,
    input: z.strictObject({ groupId, media, mimetype: MEDIA_FIELDS.mimetype }),
    output: changed,
  }),
  'group.removePicture': define({
    summary: 'Take the picture of a group away',
    ...GROUP_WRITING,
    input: ofGroup,
    output: changed,
  }),
  'group.updateSettings': define({
    summary: 'Change settings of a group; what is not given stays',
    ...GROUP_WRITING,
    input: z.strictObject({
      groupId,
      announcement: z.boolean().optional().meta({ description: 'Only admins write' }),
      locked: z.boolean().optional().meta({ description: 'Only admins change subject, description and picture' }),
      ephemeralSeconds: ephemeralSeconds.optional(),
      membersMayAdd: z.boolean().optional().meta({ description: 'All members add people, or admins only' }),
      joinApproval: z.boolean().optional().meta({ description: 'Admins decide about who comes by the invite link' }),
    }),
    output: changed.extend({
      applied: z.array(z.string()).meta({ description: 'The settings that were set', examples: [['announcement']] }),
    }),
  }),
  'group.addParticipants': define({
    summary: 'Add people to a group; each gets an answer of their own',
    ...GROUP_WRITING,
    input: ofPeople,
    output: memberChanges,
  }),
  'group.removeParticipants': define({
    summary: 'Remove people from a group',
    ...GROUP_WRITING,
    input: ofPeople,
    output: memberChanges,
  }),
  'group.promoteParticipants': define({
    summary: 'Make members admins',
    ...GROUP_WRITING,
    input: ofPeople,
    output: memberChanges,
  }),
  'group.demoteParticipants': define({
    summary: 'Make admins ordinary members',
    ...GROUP_WRITING,
    input: ofPeople,
    output: memberChanges,
  }),
  'group.leave': define({
    summary: 'Leave a group',
    ...GROUP_WRITING,
    input: ofGroup,
    output: changed,
  }),
  'group.inviteCode': define({
    summary: 'The invite link of a group',
    ...GROUP_READING,
    input: ofGroup,
    output: invite,
  }),
  'group.revokeInvite': define({
    summary: 'Make the invite link of a group worthless, and get a new one',
    ...GROUP_WRITING,
    input: ofGroup,
    output: invite,
  }),
  'group.inviteInfo': define({
    summary: 'What an invite link leads to',
    ...GROUP_READING,
    input: z.strictObject({ inviteCode }),
    output: groupSummary,
  }),
  'group.acceptInvite': define({
    summary: 'Join a group by its invite link',
    ...GROUP_WRITING,
    input: z.strictObject({ inviteCode }),
    output: changed.extend({
      status: z.enum(['joined', 'requested', 'already_member']).meta({ description: 'requested: an admin decides' }),
    }),
  }),
  'group.joinRequests': define({
    summary: 'Who has asked to join a group',
    ...GROUP_READING,
    input: ofGroup,
    output: z.object({ groupId: z.string(), requests: z.array(joinRequest) }),
  }),
  'group.approveRequests': define({
    summary: 'Let people who asked into a group',
    ...GROUP_WRITING,
    input: ofPeople,
    output: judged,
  }),
  'group.rejectRequests': define({
    summary: 'Turn people away who asked to join a group',
    ...GROUP_WRITING,
    input: ofPeople,
    output: judged,
  }),
  'group.sendText': define({
    summary: 'Send a text to a group, on wish with a mention of every member',
    ...SENDING,
    deadlineMs: DAY_MS,
    tag: 'groups',
    input: z.strictObject({
      to: groupId,
      text: z.string().min(1).max(MAX_TEXT_LENGTH),
      mentionAll: z.boolean().optional().meta({ description: 'Every member is notified, and none is named' }),
      isAutoReply: z.boolean().optional(),
      sendAt,
    }),
  }),
} as const;
