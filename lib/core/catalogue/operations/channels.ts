import * as z from 'zod';
import { CHANNEL_SERVER } from '../../model/phone.ts';
import { define, MINUTE_MS } from './define.ts';
import { MAX_TEXT_LENGTH, MEDIA_FIELDS, media, sendAt } from './fields.ts';
import { isoTime } from './group-fields.ts';
import { SENDING } from './messages.ts';

const READING = {
  tag: 'channels',
  permission: 'channel:read',
  kind: 'query',
  onAmbiguity: 'repeat',
  sendsMessage: false,
  needsLinked: true,
  deadlineMs: MINUTE_MS,
} as const;
const WRITING = { ...READING, permission: 'channel:write', kind: 'command' } as const;
const POSTING = { ...SENDING, tag: 'channels', permission: 'channel:write' } as const;

/** A channel's JID, or its part before the `@`; the output is the JID. */
export const channelId = z
  .string()
  .regex(/^\d{5,32}(@newsletter)?$/, 'must be the id of a channel')
  .transform((value) => `${value.split('@')[0]}@${CHANNEL_SERVER}`)
  .meta({ description: 'WhatsApp JID of a channel', examples: ['120363041234567890@newsletter'] });

/** What comes after `https://whatsapp.com/channel/`, or the whole link. */
export const channelInvite = z
  .string()
  .trim()
  .max(256)
  .transform((value) => value.replace(/^(?:https?:\/\/)?(?:www\.)?whatsapp\.com\/channel\//, '').replace(/[?#].*$/, ''))
  .refine((code) => /^[A-Za-z0-9_-]{6,64}$/.test(code), 'must be the invite code of a channel or its link')
  .meta({ description: 'Invite code of a channel, or its link', examples: ['0029VaAbCdEfGhIjKlMnOpQr'] });

const name = z.string().trim().min(1).max(100);
const description = z.string().max(2_048);
/** Channels number their posts. */
export const serverId = z
  .string()
  .regex(/^\d{1,19}$/, 'must be the number of a post')
  .meta({ examples: ['101'] });

const channel = z.object({
  channelId: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  inviteCode: z.string().nullable(),
  inviteUrl: z.string().nullable(),
  followers: z.number().int().nullable(),
  isVerified: z.boolean(),
  role: z.enum(['owner', 'admin', 'follower', 'guest']).nullable().meta({ description: 'Of the instance itself' }),
  isMuted: z.boolean(),
  createdAt: isoTime.nullable(),
});

const channelPost = z.object({
  serverId: z.string().meta({ description: "The channel's own number of it" }),
  messageId: z.string().nullable(),
  type: z.string(),
  text: z.string().nullable(),
  postedAt: isoTime.nullable(),
  views: z.number().int().nullable(),
  reactions: z.array(z.object({ emoji: z.string(), count: z.number().int() })),
});

const ofChannel = z.strictObject({ channelId });
const changed = z.object({ channelId: z.string() });
const { caption, mimetype, filename } = MEDIA_FIELDS;

export const CHANNEL_OPERATIONS = {
  'channel.list': define({
    summary: 'The channels that the instance owns or follows',
    ...READING,
    input: z.strictObject({}),
    output: z.object({ channels: z.array(channel) }),
  }),
  'channel.get': define({ summary: 'A channel', ...READING, input: ofChannel, output: channel }),
  'channel.preview': define({
    summary: 'What the invite link of a channel leads to',
    ...READING,
    input: z.strictObject({ inviteCode: channelInvite }),
    output: channel,
  }),
  'channel.create': define({
    summary: 'Create a channel',
    ...WRITING,
    onAmbiguity: 'report',
    input: z.strictObject({ name, description: description.optional() }),
    output: channel,
  }),
  'channel.update': define({
    summary: 'Change name or description of a channel; what is not given stays',
    ...WRITING,
    input: z.strictObject({ channelId, name: name.optional(), description: description.optional() }),
    output: channel,
  }),
  'channel.setPicture': define({
    summary: 'Change the picture of a channel',
    ...WRITING,
    input: z.strictObject({ channelId, media, mimetype }),
    output: changed,
  }),
  'channel.removePicture': define({
    summary: 'Take the picture of a channel away',
    ...WRITING,
    input: ofChannel,
    output: changed,
  }),
  'channel.delete': define({ summary: 'Delete a channel', ...WRITING, input: ofChannel, output: changed }),
  'channel.follow': define({ summary: 'Follow a channel', ...WRITING, input: ofChannel, output: changed }),
  'channel.unfollow': define({ summary: 'Stop following a channel', ...WRITING, input: ofChannel, output: changed }),
  'channel.mute': define({ summary: 'Mute a channel', ...WRITING, input: ofChannel, output: changed }),
  'channel.unmute': define({ summary: 'Unmute a channel', ...WRITING, input: ofChannel, output: changed }),
  'channel.messages': define({
    summary: 'Posts of a channel, newest first, with their views and reactions',
    ...READING,
    input: z.strictObject({
      channelId,
      limit: z.number().int().min(1).max(100).default(20),
      before: serverId.optional().meta({ description: 'Number of the last post of the page before' }),
    }),
    output: z.object({ channelId: z.string(), messages: z.array(channelPost), nextBefore: z.string().nullable() }),
  }),
  'channel.react': define({
    summary: 'React to a post of a channel; an empty emoji takes the reaction away',
    ...WRITING,
    input: z.strictObject({
      channelId,
      serverId,
      emoji: z
        .string()
        .max(64)
        .meta({ examples: ['👍'] }),
    }),
    output: changed.extend({ serverId: z.string(), emoji: z.string() }),
  }),
  'channel.sendText': define({
    summary: 'Post a text in a channel',
    ...POSTING,
    input: z.strictObject({ to: channelId, text: z.string().min(1).max(MAX_TEXT_LENGTH), sendAt }),
  }),
  'channel.sendImage': define({
    summary: 'Post a picture in a channel',
    ...POSTING,
    input: z.strictObject({ to: channelId, media, caption, mimetype, sendAt }),
  }),
  'channel.sendVideo': define({
    summary: 'Post a video in a channel',
    ...POSTING,
    input: z.strictObject({ to: channelId, media, caption, mimetype, sendAt }),
  }),
  'channel.sendDocument': define({
    summary: 'Post a document in a channel',
    ...POSTING,
    input: z.strictObject({ to: channelId, media, caption, mimetype, filename, sendAt }),
  }),
} as const;
