import * as z from 'zod';
import { publicMessageId } from '../../model/ids.ts';
import { DAY_MS, define } from './define.ts';
import {
  choiceFallback,
  contactCard,
  contactCards,
  headings,
  LOCATION_FIELDS,
  listSections,
  MAX_TEXT_LENGTH,
  MEDIA_FIELDS,
  media,
  messageId,
  momentText,
  recipient,
  replyButtons,
  SENDING_FIELDS,
  sendAt,
  viewOnce,
} from './fields.ts';

const sentMessage = z.object({
  messageId: z.string().meta({ examples: [publicMessageId('3EB0C767D71D8A2B5F3E19')] }),
  to: z.string(),
  timestampMs: z.number(),
});

/** What all operations that send a message have in common. */
export const SENDING = {
  tag: 'messages',
  permission: 'message:send',
  kind: 'command',
  onAmbiguity: 'repeat-same-id',
  sendsMessage: true,
  needsLinked: true,
  deadlineMs: DAY_MS,
  output: sentMessage,
} as const;

const file = { to: recipient, media, ...MEDIA_FIELDS };
const picture = z.strictObject({
  kind: z.enum(['image', 'video']),
  media,
  caption: z.string().max(MAX_TEXT_LENGTH).optional(),
});

export const MESSAGE_OPERATIONS = {
  'message.sendText': define({
    summary: 'Send a text message',
    ...SENDING,
    input: z.strictObject({
      to: recipient,
      text: z.string().min(1).max(MAX_TEXT_LENGTH),
      linkPreview: z.boolean().optional().meta({ description: 'Show a preview of the first link; false by default' }),
      ...SENDING_FIELDS,
    }),
  }),
  'message.sendLink': define({
    summary: 'Send a link with a preview of your own words and picture',
    ...SENDING,
    input: z.strictObject({
      to: recipient,
      url: z.url({ protocol: /^https?$/ }).max(2_048),
      title: z.string().trim().min(1).max(300),
      description: z.string().max(1_000).optional(),
      text: z
        .string()
        .max(MAX_TEXT_LENGTH)
        .optional()
        .meta({ description: 'Should name the link; the link alone if absent' }),
      media: media.optional().meta({ description: 'The picture of the preview' }),
      ...SENDING_FIELDS,
    }),
  }),
  'message.sendImage': define({
    summary: 'Send a picture',
    ...SENDING,
    input: z.strictObject({ ...file, viewOnce }),
  }),
  'message.sendDocument': define({ summary: 'Send a document', ...SENDING, input: z.strictObject(file) }),
  'message.sendAudio': define({
    summary: 'Send an audio file',
    ...SENDING,
    input: z.strictObject({ ...file, viewOnce }),
  }),
  'message.sendVoice': define({
    summary: 'Send a voice note; what is not Opus in Ogg is converted',
    ...SENDING,
    input: z.strictObject({ ...file, viewOnce }),
  }),
  'message.sendVideo': define({
    summary: 'Send a video',
    ...SENDING,
    input: z.strictObject({
      ...file,
      viewOnce,
      gifPlayback: z.boolean().optional().meta({ description: 'Plays by itself, again and again, without sound' }),
      videoNote: z.boolean().optional().meta({ description: 'A round video note' }),
      convert: z.boolean().optional().meta({ description: 'Convert it to MP4 (H.264) first' }),
    }),
  }),
  'message.sendSticker': define({
    summary: 'Send a sticker; what is not WebP is converted',
    ...SENDING,
    input: z.strictObject({ to: recipient, media, ...SENDING_FIELDS }),
  }),
  'message.sendAlbum': define({
    summary: 'Send pictures and videos as one album',
    ...SENDING,
    input: z.strictObject({ to: recipient, items: z.array(picture).min(2).max(30), ...SENDING_FIELDS }),
    output: sentMessage.extend({ items: z.array(z.string()) }),
  }),
  'message.sendLocation': define({
    summary: 'Send a place',
    ...SENDING,
    input: z.strictObject({ to: recipient, ...LOCATION_FIELDS, ...SENDING_FIELDS }),
  }),
  'message.sendLiveLocation': define({
    summary: 'Send where somebody is now; repeat it with a higher sequence to move it',
    ...SENDING,
    input: z.strictObject({
      to: recipient,
      latitude: LOCATION_FIELDS.latitude,
      longitude: LOCATION_FIELDS.longitude,
      accuracyMeters: z.int().min(0).max(100_000).optional(),
      speedMps: z.number().min(0).max(500).optional(),
      headingDegrees: z.int().min(0).max(359).optional(),
      caption: z.string().max(1_000).optional(),
      sequence: z.int().min(1).max(1_000_000).optional(),
      ...SENDING_FIELDS,
    }),
  }),
  'message.sendContact': define({
    summary: 'Send a contact card',
    ...SENDING,
    input: z.strictObject({ to: recipient, contact: contactCard, ...SENDING_FIELDS }),
  }),
  'message.sendContacts': define({
    summary: 'Send several contact cards, or cards of your own',
    ...SENDING,
    input: z.strictObject({ to: recipient, contacts: contactCards, ...SENDING_FIELDS }),
  }),
  'message.sendPoll': define({
    summary: 'Send a poll',
    ...SENDING,
    input: z.strictObject({
      to: recipient,
      question: z.string().trim().min(1).max(255),
      options: z
        .array(z.string().trim().min(1).max(100))
        .min(2)
        .max(12)
        .refine((options) => new Set(options).size === options.length, 'must be different')
        .meta({ examples: [['yes', 'no']] }),
      maxChoices: z.int().min(0).max(12).default(1).meta({ description: '0: any number of options' }),
      ...SENDING_FIELDS,
    }),
  }),
  'message.sendList': define({
    summary: 'Send a list to choose from',
    ...SENDING,
    input: z.strictObject({
      to: recipient,
      ...headings,
      buttonText: z.string().trim().min(1).max(72).default('Choose'),
      sections: listSections,
      fallback: choiceFallback,
      ...SENDING_FIELDS,
    }),
  }),
  'message.sendButtons': define({
    summary: 'Send buttons to choose from',
    ...SENDING,
    input: z.strictObject({
      to: recipient,
      ...headings,
      buttons: replyButtons,
      fallback: choiceFallback,
      ...SENDING_FIELDS,
    }),
  }),
  'message.sendEvent': define({
    summary: 'Send an event for the calendar',
    ...SENDING,
    input: z.strictObject({
      to: recipient,
      name: z.string().trim().min(1).max(255),
      description: z.string().max(2_048).optional(),
      startAt: momentText,
      endAt: momentText.optional(),
      location: z
        .strictObject({
          name: z.string().min(1).max(255).optional(),
          address: z.string().min(1).max(1_000).optional(),
          latitude: LOCATION_FIELDS.latitude.optional(),
          longitude: LOCATION_FIELDS.longitude.optional(),
        })
        .optional(),
      callLink: z.enum(['audio', 'video']).optional().meta({ description: "Adds a link to a call of WhatsApp's" }),
      guestsMayBring: z.boolean().optional().meta({ description: 'Guests may bring somebody' }),
      canceled: z.boolean().optional(),
      ...SENDING_FIELDS,
    }),
  }),
  'message.forward': define({
    summary: 'Forward a message that was sent or received',
    ...SENDING,
    input: z.strictObject({ to: recipient, messageId, isAutoReply: z.boolean().optional(), sendAt }),
  }),
  'message.markRead': define({
    summary: 'Mark a received message as read',
    tag: 'messages',
    permission: 'message:read',
    kind: 'command',
    onAmbiguity: 'repeat',
    sendsMessage: false,
    needsLinked: true,
    deadlineMs: DAY_MS,
    input: z.strictObject({ messageId }),
    output: z.object({ messageId: z.string(), readAtMs: z.number() }),
  }),
} as const;
