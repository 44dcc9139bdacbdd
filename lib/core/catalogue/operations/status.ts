import * as z from 'zod';
import { publicMessageId } from '../../model/ids.ts';
import { STATUS_JID } from '../../model/phone.ts';
import { define, MINUTE_MS } from './define.ts';
import { MEDIA_FIELDS, media, messageId, person, sendAt } from './fields.ts';
import { SENDING } from './messages.ts';

const POSTING = { ...SENDING, tag: 'status', permission: 'status:send' } as const;

const COMMON = {
  sendAt,
  to: z.literal(STATUS_JID).default(STATUS_JID).meta({ description: 'Where every status goes' }),
  statusId: messageId
    .refine((id) => /^3EB0[0-9A-F]{18}$/.test(id), 'must be an id of status/new-message-id')
    .optional()
    .meta({ description: 'An id that was asked for before: the status gets this one' }),
  audience: z
    .array(person)
    .min(1)
    .max(5_000)
    .optional()
    .meta({
      description: 'Who may see it; without it, everybody whom the instance knows',
      examples: [['6281234567890']],
    }),
};

const backgroundColor = z
  .string()
  .regex(/^#[0-9a-fA-F]{6}$/, 'must be a colour such as #25D366')
  .optional()
  .meta({ examples: ['#25D366'] });

const { caption, mimetype } = MEDIA_FIELDS;

export const STATUS_OPERATIONS = {
  'status.sendText': define({
    summary: 'Post a text as status',
    ...POSTING,
    input: z.strictObject({
      ...COMMON,
      text: z.string().min(1).max(700),
      backgroundColor,
      font: z.number().int().min(0).max(10).optional().meta({ description: 'Number of a font of WhatsApp' }),
    }),
  }),
  'status.sendImage': define({
    summary: 'Post a picture as status',
    ...POSTING,
    input: z.strictObject({ ...COMMON, media, caption, mimetype }),
  }),
  'status.sendVideo': define({
    summary: 'Post a video as status',
    ...POSTING,
    input: z.strictObject({ ...COMMON, media, caption, mimetype }),
  }),
  'status.sendVoice': define({
    summary: 'Post a voice note as status',
    ...POSTING,
    input: z.strictObject({ ...COMMON, media, mimetype, backgroundColor }),
  }),
  'status.delete': define({
    summary: 'Take a status back, from everybody who got it',
    ...POSTING,
    kind: 'command',
    onAmbiguity: 'repeat',
    sendsMessage: false,
    deadlineMs: MINUTE_MS,
    input: z.strictObject({ messageId }),
    output: z.object({
      messageId: z.string().meta({ examples: [publicMessageId('3EB0C767D71D8A2B5F3E19')] }),
      revokedAtMs: z.number(),
    }),
  }),
} as const;
