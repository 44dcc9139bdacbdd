import * as z from 'zod';
import { parsePublicMessageId, publicMessageId } from '../../model/ids.ts';
import { MEDIA_TYPE, purposeOf } from '../../model/media.ts';
import { isGroupJid, normalizePhoneNumber, recipientJid } from '../../model/phone.ts';

/** WhatsApp's limit on one text. */
export const MAX_TEXT_LENGTH = 65_536;

/** A phone number or JID in any usual writing; the output is the canonical JID. */
export const recipient = z
  .string()
  .min(1)
  .max(128)
  .transform((value) => recipientJid(value))
  .meta({ description: 'Phone number with country code, or a WhatsApp JID', examples: ['6281234567890'] });

/** A phone number in any usual writing; the output is its digits. */
export const phoneNumber = z
  .string()
  .min(1)
  .max(64)
  .transform((value) => normalizePhoneNumber(value))
  .meta({ description: 'Phone number with country code', examples: ['6281234567890'] });

/** WhatsApp's privacy id of a person; the output is its user part. */
export const lid = z
  .string()
  .regex(/^\d{5,20}(@lid)?$/)
  .transform((text) => text.replace('@lid', ''))
  .meta({ description: "User part of WhatsApp's privacy id", examples: ['83116928594000'] });

/** A message's id as callers see it; the output is WhatsApp's own, which is taken too (a stored input is parsed again). */
export const messageId = z
  .string()
  .min(4)
  .max(132)
  .transform((value) => parsePublicMessageId(value) ?? value)
  .meta({ description: 'Id of a message', examples: [publicMessageId('3EB0C767D71D8A2B5F3E19')] });

/** A person by phone number, phone-number JID or LID; the output is the canonical JID. */
export const person = recipient
  .refine((jid) => !isGroupJid(jid), 'must be a person, not a group')
  .meta({
    description: 'Phone number with country code, or the WhatsApp JID of a person',
    examples: ['6281234567890'],
  });

/** Which parts of an answer WhatsApp has not given in time; absent: it gave all. */
export const unanswered = <const Part extends string>(parts: readonly Part[]) =>
  z
    .array(z.enum(parts))
    .optional()
    .meta({ description: 'What WhatsApp did not say in time: null then says nothing. Absent: it said everything' });

/** How long a message may stay, in seconds: what WhatsApp offers. */
export const ephemeralSeconds = z
  .union([z.literal(0), z.literal(86_400), z.literal(604_800), z.literal(7_776_000)])
  .meta({ description: '24 hours, 7 days or 90 days; 0: for good' });

/** A moment in ISO 8601 with its offset; it stays a text. */
export const momentText = z.iso.datetime({ offset: true }).meta({ examples: ['2026-05-01T09:30:00+02:00'] });

/** When a message is to be sent, where not at once; how far ahead is judged when it is accepted. */
export const sendAt = z.iso
  .datetime({ offset: true, error: 'must be a date and time in ISO 8601 with its time zone' })
  .optional()
  .meta({ description: 'Send it at this moment, at most 366 days ahead', examples: ['2027-05-01T09:30:00+02:00'] });

/** What every message may have beside its content. */
export const SENDING_FIELDS = {
  sendAt,
  quotedMessageId: messageId.optional().meta({ description: 'The message that this one replies to' }),
  mentions: z.array(person).min(1).max(256).optional().meta({ description: 'People whom the text names as @<number>' }),
  mentionAll: z.boolean().optional().meta({ description: 'Of a group: everybody is told' }),
  ephemeralSeconds: ephemeralSeconds.optional(),
  isAutoReply: z.boolean().optional(),
};

/** The fields of messages that carry a file, beside the file itself. */
export const MEDIA_FIELDS = {
  caption: z.string().max(MAX_TEXT_LENGTH).optional(),
  filename: z.string().min(1).max(255).optional(),
  mimetype: z.string().max(255).regex(MEDIA_TYPE, 'must be a media type, such as application/pdf').optional(),
  ...SENDING_FIELDS,
};

/** Opens once, on the recipient's phone only. */
export const viewOnce = z.boolean().optional().meta({ description: 'Opens once, and cannot be forwarded' });

/** Where the runner finds the file: an address it fetches, or an id of the media store. */
export const media = z.union([
  z.strictObject({ url: z.string().min(1).max(2_048) }),
  z.strictObject({ id: z.string().refine((id) => purposeOf(id) !== undefined, 'must be the id of a file') }),
]);

export const LOCATION_FIELDS = {
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
  name: z.string().min(1).max(1_000).optional(),
  address: z.string().min(1).max(1_000).optional(),
};

export const contactCard = z.object({ name: z.string().trim().min(1).max(255), phone: phoneNumber });

/** A card by its fields, or whole. */
export const contactCards = z
  .array(
    z.union([
      z.strictObject({
        name: z.string().trim().min(1).max(255),
        phone: phoneNumber,
        organization: z.string().trim().min(1).max(255).optional(),
      }),
      z.strictObject({
        name: z.string().trim().min(1).max(255),
        vcard: z
          .string()
          .min(20)
          .max(8_192)
          .regex(/^BEGIN:VCARD\r?\n[\s\S]*END:VCARD\s*$/, 'must be a vCard'),
      }),
    ]),
  )
  .min(1)
  .max(20);

const title = (max: number) => z.string().trim().min(1).max(max);
/** Comes back with the choice. */
const choiceId = z.string().min(1).max(200);

export const choiceFallback = z.enum(['text', 'native']).default('text').meta({
  description: 'text: numbered lines, whose number as an answer is a choice too; native: only newer phones show it',
});

export const listSections = z
  .array(
    z.strictObject({
      title: title(60).optional(),
      rows: z
        .array(z.strictObject({ id: choiceId, title: title(72), description: title(200).optional() }))
        .min(1)
        .max(30),
    }),
  )
  .min(1)
  .max(10);

export const replyButtons = z
  .array(z.strictObject({ id: choiceId, text: title(72) }))
  .min(1)
  .max(10);

export const headings = {
  title: title(200).optional(),
  text: z.string().min(1).max(4_096),
  footer: title(200).optional(),
};
