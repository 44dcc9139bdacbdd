import * as z from 'zod';
import { define } from './define.ts';
import {
  description,
  groupDetail,
  groupId,
  groupSummary,
  member,
  memberChanges,
  participants,
  someParticipants,
  subject,
} from './group-fields.ts';
import { GROUP_READING, GROUP_WRITING } from './groups.ts';

const READING = { ...GROUP_READING, tag: 'communities' } as const;
const WRITING = { ...GROUP_WRITING, tag: 'communities' } as const;

const communityId = groupId.meta({
  description: 'WhatsApp JID of a community',
  examples: ['120363041234567890@g.us'],
});
const ofCommunity = z.strictObject({ communityId });
const ofPeople = z.strictObject({ communityId, participants: someParticipants });
const ofGroup = z.strictObject({ communityId, groupId });
const changed = z.object({ communityId: z.string() });
const results = changed.extend({ results: memberChanges.shape.results });

const subgroup = z.object({
  groupId: z.string(),
  subject: z.string(),
  size: z.number().int().nullable(),
  createdAt: groupSummary.shape.createdAt,
  isAnnouncements: z.boolean().meta({ description: 'The group that every member of the community is in' }),
});

const community = z.object({
  communityId: z.string(),
  subject: z.string(),
  description: z.string().nullable(),
  owner: groupSummary.shape.owner,
  createdAt: groupSummary.shape.createdAt,
  role: groupSummary.shape.role,
  announcementGroupId: z.string().nullable(),
  groups: z.array(subgroup),
});

export const COMMUNITY_OPERATIONS = {
  'community.list': define({
    summary: 'The communities that the instance is a member of',
    ...READING,
    input: z.strictObject({}),
    output: z.object({ communities: z.array(groupSummary) }),
  }),
  'community.get': define({
    summary: 'A community with its groups',
    ...READING,
    input: ofCommunity,
    output: community,
  }),
  'community.create': define({
    summary: 'Create a community; its announcements group comes with it',
    ...WRITING,
    onAmbiguity: 'report',
    input: z.strictObject({ subject, description: description.optional() }),
    output: community,
  }),
  'community.createGroup': define({
    summary: 'Create a group in a community',
    ...WRITING,
    onAmbiguity: 'report',
    input: z.strictObject({ communityId, subject, participants: participants.default([]) }),
    output: z.object({ group: groupDetail, results: memberChanges.shape.results }),
  }),
  'community.linkGroup': define({
    summary: 'Put a group into a community',
    ...WRITING,
    input: ofGroup,
    output: changed.extend({ groupId: z.string() }),
  }),
  'community.unlinkGroup': define({
    summary: 'Take a group out of a community',
    ...WRITING,
    input: ofGroup,
    output: changed.extend({ groupId: z.string() }),
  }),
  'community.participants': define({
    summary: 'Everybody in the groups of a community',
    ...READING,
    input: ofCommunity,
    output: changed.extend({ participants: z.array(member.omit({ role: true })) }),
  }),
  'community.removeParticipants': define({
    summary: 'Remove people from a community and all of its groups',
    ...WRITING,
    input: ofPeople,
    output: results,
  }),
  'community.promoteParticipants': define({
    summary: 'Make members admins of a community',
    ...WRITING,
    input: ofPeople,
    output: results,
  }),
  'community.demoteParticipants': define({
    summary: 'Make admins of a community ordinary members',
    ...WRITING,
    input: ofPeople,
    output: results,
  }),
  'community.leave': define({
    summary: 'Leave a community and all of its groups',
    ...WRITING,
    input: ofCommunity,
    output: changed,
  }),
  'community.deactivate': define({
    summary: 'End a community; its groups stay, each on its own',
    ...WRITING,
    input: ofCommunity,
    output: changed,
  }),
} as const;
