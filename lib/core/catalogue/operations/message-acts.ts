import * as z from 'zod';
import { define, MINUTE_MS } from './define.ts';
import { ephemeralSeconds, MAX_TEXT_LENGTH, messageId, recipient } from './fields.ts';

/** What is done to a message that is there. Some of it travels as a message of its own, whose id a repeat keeps. */
const ACTING = {
  tag: 'messages',
  permission: 'message:send',
  kind: 'command',
  onAmbiguity: 'repeat-same-id',
  sendsMessage: false,
  needsLinked: true,
  deadlineMs: MINUTE_MS,
} as const;

const acted = { messageId: z.string(), timestampMs: z.number() };

export const MESSAGE_ACT_OPERATIONS = {
  'message.react': define({
    summary: 'React to a message; an empty emoji takes the reaction away',
    ...ACTING,
    input: z.strictObject({ messageId, emoji: z.string().max(64) }),
    output: z.object({ ...acted, emoji: z.string().nullable() }),
  }),
  'message.edit': define({
    summary: 'Give a sent message another text or caption, within 15 minutes',
    ...ACTING,
    input: z.strictObject({ messageId, text: z.string().min(1).max(MAX_TEXT_LENGTH) }),
    output: z.object({ ...acted, text: z.string() }),
  }),
  'message.delete': define({
    summary: 'Delete a message for everyone, or on the own devices only',
    ...ACTING,
    input: z.strictObject({ messageId, for: z.enum(['everyone', 'me']).default('everyone') }),
    output: z.object({ ...acted, for: z.enum(['everyone', 'me']) }),
  }),
  'message.pin': define({
    summary: 'Pin a message in its chat for everyone, or take it off',
    ...ACTING,
    input: z.strictObject({
      messageId,
      pin: z.boolean().default(true),
      seconds: z.union([z.literal(86_400), z.literal(604_800), z.literal(2_592_000)]).default(604_800),
    }),
    output: z.object({ ...acted, pinned: z.boolean() }),
  }),
  'message.star': define({
    summary: 'Star a message, or take the star away',
    ...ACTING,
    onAmbiguity: 'repeat',
    input: z.strictObject({ messageId, star: z.boolean().default(true) }),
    output: z.object({ ...acted, starred: z.boolean() }),
  }),
  'message.vote': define({
    summary: 'Vote in a poll; no option takes the vote back',
    ...ACTING,
    input: z.strictObject({ messageId, options: z.array(z.string().min(1).max(100)).max(12) }),
    output: z.object({ ...acted, options: z.array(z.string()) }),
  }),
  'message.typing': define({
    summary: 'Show in a chat that somebody types or records; it stops by itself',
    ...ACTING,
    onAmbiguity: 'repeat',
    input: z.strictObject({
      chat: recipient,
      state: z.enum(['typing', 'recording', 'stopped']).default('typing'),
      seconds: z.int().min(1).max(60).default(10),
    }),
    output: z.object({ chat: z.string(), state: z.enum(['typing', 'recording', 'stopped']) }),
  }),
  'message.setDisappearing': define({
    summary: 'Set how long new messages of a chat stay',
    ...ACTING,
    input: z.strictObject({ chat: recipient, seconds: ephemeralSeconds }),
    output: z.object({ chat: z.string(), seconds: z.number() }),
  }),
  'message.raw': define({
    summary: "WhatsApp's own form of a message of the last 14 days, without the keys in it",
    ...ACTING,
    permission: 'message:read',
    kind: 'query',
    onAmbiguity: 'repeat',
    needsLinked: false,
    input: z.strictObject({ messageId }),
    output: z.object({
      messageId: z.string(),
      timestampMs: z.number(),
      key: z.object({
        id: z.string(),
        remoteJid: z.string(),
        fromMe: z.boolean(),
        participant: z.string().nullable(),
      }),
      message: z.record(z.string(), z.unknown()).meta({
        description: 'The protobuf `Message`: its field names, enums by name, bytes as base64',
        examples: [{ conversation: 'Hello' }],
      }),
    }),
  }),
} as const;
