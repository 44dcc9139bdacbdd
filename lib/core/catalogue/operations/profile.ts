import * as z from 'zod';
import { define, MINUTE_MS } from './define.ts';
import { media, unanswered } from './fields.ts';

const READING = {
  tag: 'profile',
  permission: 'profile:read',
  kind: 'query',
  onAmbiguity: 'repeat',
  sendsMessage: false,
  needsLinked: true,
  deadlineMs: MINUTE_MS,
} as const;

/** Each says how it shall be: a second time changes nothing. */
const WRITING = { ...READING, permission: 'profile:write', kind: 'command' } as const;

/** WhatsApp's limits. */
const name = z.string().trim().min(1).max(25);
const about = z.string().max(139);

const whom = z.enum(['all', 'contacts', 'contact_blacklist', 'none']);

/** Who may see or do what; `contact_blacklist`: contacts but for some that were chosen on the phone. */
export const privacySettings = z.object({
  lastSeen: whom,
  online: z.enum(['all', 'match_last_seen']),
  picture: whom,
  about: whom,
  readReceipts: z.enum(['all', 'none']),
  groupsAdd: whom.exclude(['none']),
  calls: z.enum(['all', 'known']),
  messages: z.enum(['all', 'contacts']),
});
export type PrivacySettings = z.output<typeof privacySettings>;

/** WhatsApp's own choices: off, a day, a week, 90 days. */
const disappearingSeconds = z
  .union([z.literal(0), z.literal(86_400), z.literal(604_800), z.literal(7_776_000)])
  .meta({ description: 'How long messages of new chats stay; 0: for ever' });

export const PROFILE_OPERATIONS = {
  'profile.get': define({
    summary: "The instance's own profile as WhatsApp shows it",
    ...READING,
    input: z.strictObject({}),
    output: z.object({
      jid: z.string(),
      phone: z.string().nullable(),
      lid: z.string().nullable(),
      name: z.string().nullable(),
      about: z.string().nullable(),
      picture: z.string().nullable(),
      unanswered: unanswered(['about', 'picture']),
    }),
  }),
  'profile.setName': define({
    summary: 'Set the name that others see',
    ...WRITING,
    input: z.strictObject({ name }),
    output: z.object({ name: z.string() }),
  }),
  'profile.setAbout': define({
    summary: 'Set the about text',
    ...WRITING,
    input: z.strictObject({ about }),
    output: z.object({ about: z.string() }),
  }),
  'profile.setPicture': define({
    summary: 'Set the profile picture',
    ...WRITING,
    input: z.strictObject({ media }),
    output: z.object({ isSet: z.literal(true) }),
  }),
  'profile.removePicture': define({
    summary: 'Take the profile picture away',
    ...WRITING,
    input: z.strictObject({}),
    output: z.object({ isSet: z.literal(false) }),
  }),
  'privacy.get': define({
    summary: 'Who may see and do what',
    ...READING,
    input: z.strictObject({}),
    output: z.object({ ...privacySettings.partial().shape, disappearingSeconds: z.number().int().nullable() }),
  }),
  'privacy.set': define({
    summary: 'Set who may see and do what; what is not named stays',
    ...WRITING,
    input: z.strictObject({
      ...privacySettings.partial().shape,
      disappearingSeconds: disappearingSeconds.optional(),
      linkPreviews: z.boolean().optional().meta({ description: 'May the phone fetch previews of links' }),
    }),
    output: z.object({ applied: z.array(z.string()) }),
  }),
} as const;
