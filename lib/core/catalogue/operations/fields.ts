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

/** The fields of messages that carry a file, beside the file itself. */
export const MEDIA_FIELDS = {
  caption: z.string().max(MAX_TEXT_LENGTH).optional(),
  filename: z.string().min(1).max(255).optional(),
  mimetype: z.string().max(255).regex(MEDIA_TYPE, 'must be a media type, such as application/pdf').optional(),
  isAutoReply: z.boolean().optional(),
};

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
  isAutoReply: z.boolean().optional(),
};

export const contactCard = z.object({ name: z.string().trim().min(1).max(255), phone: phoneNumber });
