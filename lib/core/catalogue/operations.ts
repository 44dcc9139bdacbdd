import * as z from 'zod';
import type { Permission } from '../model/account.ts';
import { parsePublicMessageId, publicMessageId } from '../model/ids.ts';
import { MEDIA_TYPE } from '../model/media.ts';
import { isGroupJid, normalizePhoneNumber, recipientJid } from '../model/phone.ts';

/**
 * What can be asked of a session, as data. From one entry come the command's name and types, the parser at every queue
 * boundary, the permission check, the OpenAPI document, the handler's type in the runner and the test matrices.
 */
export interface Operation<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  /** One line for people. */
  summary: string;
  tag: 'messages' | 'contacts' | 'instances';
  /** What an API key needs; `null`: never by API key, only by a signed-in user who may manage the instance. */
  permission: Permission | null;
  /** A query changes nothing and answers with data; a command acts. */
  kind: 'command' | 'query';
  /**
   * What a second run may do when nobody knows whether WhatsApp acted in the first:
   * `repeat` it freely, `repeat-same-id` (the message id makes it the same message), or `report` it as unknown.
   */
  onAmbiguity: 'repeat' | 'repeat-same-id' | 'report';
  /** Does it send a message, so that a message row and id exist from the start? */
  sendsMessage: boolean;
  /** Accepted only while the instance is linked. */
  needsLinked: boolean;
  /** Not run later than this after being accepted, in ms. */
  deadlineMs: number;
  input: I;
  output: O;
}

function define<I extends z.ZodType, O extends z.ZodType>(operation: Operation<I, O>): Operation<I, O> {
  return operation;
}

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

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
const media = z.union([
  z.strictObject({ url: z.string().min(1).max(2_048) }),
  z.strictObject({ id: z.string().regex(/^[A-Za-z0-9_-]{1,80}$/) }),
]);

export const LOCATION_FIELDS = {
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
  name: z.string().min(1).max(1_000).optional(),
  address: z.string().min(1).max(1_000).optional(),
  isAutoReply: z.boolean().optional(),
};

export const contactCard = z.object({ name: z.string().trim().min(1).max(255), phone: phoneNumber });

const sentMessage = z.object({
  messageId: z.string().meta({ examples: [publicMessageId('3EB0C767D71D8A2B5F3E19')] }),
  to: z.string(),
  timestampMs: z.number(),
});

/** What all operations that send a message have in common. */
const SENDING = {
  tag: 'messages',
  permission: 'message:send',
  kind: 'command',
  onAmbiguity: 'repeat-same-id',
  sendsMessage: true,
  needsLinked: true,
  deadlineMs: DAY_MS,
  output: sentMessage,
} as const;

export const OPERATIONS = {
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
  'contact.check': define({
    summary: 'Ask WhatsApp which numbers have an account',
    tag: 'contacts',
    permission: 'contact:check',
    kind: 'query',
    onAmbiguity: 'repeat',
    sendsMessage: false,
    needsLinked: true,
    deadlineMs: MINUTE_MS,
    input: z.strictObject({ numbers: z.array(phoneNumber).min(1).max(50) }),
    output: z.object({
      results: z.array(
        z.object({
          number: z.string(),
          exists: z.boolean(),
          jid: z.string().nullable(),
          name: z.string().nullable(),
          profilePicture: z.string().nullable(),
        }),
      ),
    }),
  }),
  'contact.profile': define({
    summary: 'Ask WhatsApp for the profile of a person',
    tag: 'contacts',
    permission: 'contact:read',
    kind: 'query',
    onAmbiguity: 'repeat',
    sendsMessage: false,
    needsLinked: true,
    deadlineMs: MINUTE_MS,
    input: z.strictObject({ jid: person }),
    output: z.object({
      jid: z.string(),
      phone: z.string().nullable(),
      lid: z.string().nullable(),
      name: z.string().nullable(),
      about: z.string().nullable(),
      picture: z.string().nullable(),
      business: z
        .object({
          description: z.string().nullable(),
          category: z.string().nullable(),
          email: z.string().nullable(),
          websites: z.array(z.string()),
          address: z.string().nullable(),
        })
        .nullable(),
    }),
  }),
  'contact.block': define({
    summary: 'Block a person',
    tag: 'contacts',
    permission: 'contact:write',
    kind: 'command',
    onAmbiguity: 'repeat',
    sendsMessage: false,
    needsLinked: true,
    deadlineMs: MINUTE_MS,
    input: z.strictObject({ jid: person }),
    output: z.object({ jid: z.string(), blocked: z.boolean() }),
  }),
  'contact.unblock': define({
    summary: 'Unblock a person',
    tag: 'contacts',
    permission: 'contact:write',
    kind: 'command',
    onAmbiguity: 'repeat',
    sendsMessage: false,
    needsLinked: true,
    deadlineMs: MINUTE_MS,
    input: z.strictObject({ jid: person }),
    output: z.object({ jid: z.string(), blocked: z.boolean() }),
  }),
  'instance.connect': define({
    summary: 'Open the session; show a QR or pairing code when it is not linked yet',
    tag: 'instances',
    permission: null,
    kind: 'command',
    onAmbiguity: 'repeat',
    sendsMessage: false,
    needsLinked: false,
    deadlineMs: MINUTE_MS,
    input: z.strictObject({ pairWithPhone: phoneNumber.optional() }),
    output: z.object({ status: z.string() }),
  }),
  'instance.restart': define({
    summary: 'Close the connection and open it again',
    tag: 'instances',
    permission: null,
    kind: 'command',
    onAmbiguity: 'repeat',
    sendsMessage: false,
    needsLinked: false,
    deadlineMs: MINUTE_MS,
    input: z.strictObject({}),
    output: z.object({ status: z.string() }),
  }),
  'instance.logout': define({
    summary: 'Unlink the session from the phone',
    tag: 'instances',
    permission: null,
    kind: 'command',
    onAmbiguity: 'repeat',
    sendsMessage: false,
    needsLinked: false,
    deadlineMs: MINUTE_MS,
    input: z.strictObject({}),
    output: z.object({ status: z.string() }),
  }),
  'instance.configure': define({
    summary: 'Take over the settings of the instance as they stand',
    tag: 'instances',
    permission: null,
    kind: 'command',
    onAmbiguity: 'repeat',
    sendsMessage: false,
    needsLinked: false,
    deadlineMs: DAY_MS,
    input: z.strictObject({}),
    output: z.object({}),
  }),
  'instance.remove': define({
    summary: 'Unlink, and delete the keys and everything stored of the instance',
    tag: 'instances',
    permission: null,
    kind: 'command',
    onAmbiguity: 'repeat',
    sendsMessage: false,
    needsLinked: false,
    deadlineMs: DAY_MS,
    input: z.strictObject({}),
    output: z.object({}),
  }),
} as const;

export type OperationName = keyof typeof OPERATIONS;
export const OPERATION_NAMES = Object.keys(OPERATIONS) as OperationName[];

/** What a handler gets: the parsed input. */
export type OperationInput<N extends OperationName> = z.output<(typeof OPERATIONS)[N]['input']>;
/** What a handler answers. */
export type OperationOutput<N extends OperationName> = z.output<(typeof OPERATIONS)[N]['output']>;

export function isOperationName(value: unknown): value is OperationName {
  return typeof value === 'string' && Object.hasOwn(OPERATIONS, value);
}
