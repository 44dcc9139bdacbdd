import * as z from 'zod';
import { GROUP_SERVER, isGroupJid, recipientJid } from '../../model/phone.ts';
import { party } from '../message-events.ts';
import { person } from './fields.ts';

const isoTime = z.iso.datetime({ offset: true }).meta({ examples: ['2024-01-01T10:00:00.000Z'] });

/** A group's JID, or its part before the `@`; the output is the JID. */
export const groupId = z
  .string()
  .min(1)
  .max(128)
  .transform((value) => (/^\d+(-\d+)?$/.test(value) ? `${value}@${GROUP_SERVER}` : recipientJid(value)))
  .refine(isGroupJid, 'must be a group')
  .meta({ description: 'WhatsApp JID of a group', examples: ['120363041234567890@g.us'] });

/** WhatsApp's limits. */
export const subject = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .meta({ examples: ['Project team'] });
export const description = z
  .string()
  .max(2_048)
  .meta({ description: 'Empty: there is none', examples: ['All about it'] });

const MAX_PARTICIPANTS = 1_023;
export const participants = z
  .array(person)
  .max(MAX_PARTICIPANTS)
  .meta({ examples: [['6281234567890']] });
export const someParticipants = participants.min(1);

/** What comes after `https://chat.whatsapp.com/`, or the whole link. */
export const inviteCode = z
  .string()
  .trim()
  .max(256)
  .transform((value) => value.replace(/^(?:https?:\/\/)?chat\.whatsapp\.com\/(?:invite\/)?/, '').replace(/[?#].*$/, ''))
  .refine((code) => /^[A-Za-z0-9_-]{6,64}$/.test(code), 'must be an invite code or its link')
  .meta({ description: 'Invite code, or its link', examples: ['L7hVb1pQw2eR5tY8uI0oPa'] });

/** Seconds after which messages disappear, as WhatsApp's apps offer them; 0: they stay. */
export const ephemeralSeconds = z
  .union([z.literal(0), z.literal(86_400), z.literal(604_800), z.literal(7_776_000)])
  .meta({ description: 'Seconds after which messages disappear; 0: they stay' });

export const member = party.extend({
  jid: z.string(),
  role: z.enum(['member', 'admin', 'superadmin']).meta({ description: 'superadmin: who made the group' }),
});

export const groupSummary = z.object({
  groupId: z.string(),
  subject: z.string(),
  description: z.string().nullable(),
  owner: party.nullable(),
  createdAt: isoTime.nullable(),
  size: z.number().int().meta({ description: 'How many members it has' }),
  role: member.shape.role.nullable().meta({ description: 'Of the instance itself; null: it is no member' }),
  announcement: z.boolean().meta({ description: 'Only admins write' }),
  locked: z.boolean().meta({ description: 'Only admins change subject, description and picture' }),
  ephemeralSeconds: z.number().int(),
  membersMayAdd: z.boolean(),
  joinApproval: z.boolean().meta({ description: 'Admins decide about who comes by the invite link' }),
  communityId: z.string().nullable().meta({ description: 'The community it belongs to' }),
  kind: z
    .enum(['group', 'community', 'announcements'])
    .meta({ description: 'community: holds groups, nobody writes in it; announcements: the group of all its members' }),
});

export const groupDetail = groupSummary.extend({
  subjectChangedAt: isoTime.nullable(),
  subjectChangedBy: party.nullable(),
  participants: z.array(member),
});

export const CHANGE_STATUSES = [
  'done',
  'invited',
  'refused',
  'not_found',
  'left_recently',
  'already_member',
  'failed',
] as const;

/** What became of one of several people. */
export const memberChange = party.extend({
  jid: z.string(),
  status: z.enum(CHANGE_STATUSES).meta({
    description:
      'invited: their privacy settings keep them from being added, and `invite` can be sent to them instead; refused: they block us',
  }),
  code: z
    .number()
    .int()
    .meta({ description: "WhatsApp's own number for it", examples: [200] }),
  invite: z.object({ code: z.string(), expiresAt: isoTime.nullable() }).nullable(),
});

export const memberChanges = z.object({ groupId: z.string(), results: z.array(memberChange) });

export const invite = z.object({ groupId: z.string(), inviteCode: z.string(), inviteUrl: z.string() });

export const joinRequest = party.extend({
  jid: z.string(),
  method: z
    .string()
    .nullable()
    .meta({ description: 'How they asked', examples: ['invite_link'] }),
  requestedAt: isoTime.nullable(),
});

export { isoTime };
