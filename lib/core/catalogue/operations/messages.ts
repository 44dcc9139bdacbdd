import * as z from 'zod';
import { publicMessageId } from '../../model/ids.ts';
import { DAY_MS, define } from './define.ts';
import { contactCard, LOCATION_FIELDS, MAX_TEXT_LENGTH, MEDIA_FIELDS, media, messageId, recipient } from './fields.ts';

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

export const MESSAGE_OPERATIONS = {
  'message.sendText': define({
    summary: 'Send a text message',
    ...SENDING,
    input: z.strictObject({
      to: recipient,
      text: z.string().min(1).max(MAX_TEXT_LENGTH),
      isAutoReply: z.boolean().optional(),
    }),
  }),
  'message.sendImage': define({
    summary: 'Send a picture',
    ...SENDING,
    input: z.strictObject({ to: recipient, media, ...MEDIA_FIELDS }),
  }),
  'message.sendDocument': define({
    summary: 'Send a document',
    ...SENDING,
    input: z.strictObject({ to: recipient, media, ...MEDIA_FIELDS }),
  }),
  'message.sendAudio': define({
    summary: 'Send an audio file',
    ...SENDING,
    input: z.strictObject({ to: recipient, media, ...MEDIA_FIELDS }),
  }),
  'message.sendVideo': define({
    summary: 'Send a video',
    ...SENDING,
    input: z.strictObject({ to: recipient, media, ...MEDIA_FIELDS }),
  }),
  'message.sendLocation': define({
    summary: 'Send a place',
    ...SENDING,
    input: z.strictObject({ to: recipient, ...LOCATION_FIELDS }),
  }),
  'message.sendContact': define({
    summary: 'Send a contact card',
    ...SENDING,
    input: z.strictObject({ to: recipient, contact: contactCard, isAutoReply: z.boolean().optional() }),
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
