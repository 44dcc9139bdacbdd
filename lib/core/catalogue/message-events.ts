import * as z from 'zod';

/** What is told of messages. Everything that a sender chooses is bounded: `runner/events/content.ts`. */
export const party = z.object({
  phone: z.string().nullable().meta({ description: 'Digits of the phone number, where known' }),
  lid: z.string().nullable().meta({ description: "WhatsApp's privacy id (LID), where known" }),
});

const media = z.object({
  id: z.string().nullable().meta({ description: 'Of the file here; null where it cannot be fetched' }),
  url: z.string().nullable().meta({
    description: 'Serves the file to whoever has the link, for seven days; it waits while the file is fetched',
  }),
  mimetype: z.string().nullable(),
  size: z.number().int().nullable().meta({ description: 'Bytes, as the sender says' }),
  fileName: z.string().nullable(),
  seconds: z.number().int().nullable().meta({ description: 'Length of a video or an audio' }),
  sha256: z.string().nullable().meta({ description: 'Of the file, in hex' }),
  width: z.number().int().nullable(),
  height: z.number().int().nullable(),
});

const location = z.object({
  latitude: z.number(),
  longitude: z.number(),
  name: z.string().nullable(),
  address: z.string().nullable(),
  isLive: z.boolean(),
});

const sharedContact = z.object({
  name: z.string().nullable(),
  phones: z.array(z.string()).meta({ description: 'Digits, where WhatsApp knows the number' }),
  vcard: z.string().nullable().meta({ description: 'Cut at 2,048 characters' }),
});

const poll = z.object({
  question: z.string(),
  options: z.array(z.string()),
  maxChoices: z.number().int().meta({ description: '0: any number of options' }),
});

const quoted = z.object({ messageId: z.string(), from: party, text: z.string().nullable() });

/** What a message carries beside its text; null or empty where it has none of it. */
export const messageContent = z.object({
  media: media.nullable(),
  location: location.nullable(),
  contacts: z.array(sharedContact),
  poll: poll.nullable(),
  quoted: quoted.nullable().meta({ description: 'What it replies to' }),
  mentions: z.array(party),
  isForwarded: z.boolean(),
  ephemeralSeconds: z.number().int().nullable().meta({ description: 'It disappears after this time' }),
  isViewOnce: z.boolean(),
  system: z
    .object({ code: z.string() })
    .nullable()
    .meta({ description: "Of type `system`: WhatsApp's name of what it says, such as `call_missed_voice`" }),
});

/** Where something happened in a chat, and when by WhatsApp's clock (ms since epoch). */
const place = z.object({ chat: z.string(), isGroup: z.boolean(), timestampMs: z.number() });

/** Something that was done to an earlier message: `messageId` names that one. */
const change = place.extend({
  messageId: z.string(),
  from: party.meta({ description: 'Who did it' }),
  isFromMe: z.boolean().meta({ description: 'Done on the linked phone itself' }),
});

export const messageReceived = messageContent.extend({
  messageId: z.string(),
  chat: z.string(),
  from: party,
  authorName: z.string().nullable(),
  isGroup: z.boolean(),
  type: z.string(),
  text: z.string().nullable().meta({ description: 'The text or caption' }),
  timestampMs: z.number(),
});

export const messageUndecryptable = place.extend({
  messageId: z.string(),
  from: party,
  authorName: z.string().nullable(),
});

export const messageEdited = change.extend({ text: z.string().nullable() });

export const messageRevoked = change.extend({
  author: party.meta({ description: 'Who had written it; in groups an admin may take back what others wrote' }),
});

export const messageReaction = change.extend({
  emoji: z.string().nullable().meta({ description: 'null: the reaction was taken away' }),
  isOnSent: z.boolean().meta({ description: 'The message reacted to was sent by this instance' }),
});

export const messageSelection = place.extend({
  messageId: z.string().nullable().meta({ description: 'The message with the list or the buttons, where it is known' }),
  replyMessageId: z.string().meta({ description: 'The message that chooses; it is told as message.received too' }),
  from: party,
  isFromMe: z.boolean(),
  optionId: z.string().meta({ description: 'As it was given with the list or the buttons' }),
  title: z.string().nullable(),
  source: z.enum(['list', 'buttons', 'number']).meta({
    description: 'number: the answer to a list or buttons sent as numbered text',
  }),
});

export const mediaStored = z.object({
  messageId: z.string(),
  chat: z.string(),
  media,
});

export const mediaFailed = z.object({
  messageId: z.string(),
  chat: z.string(),
  reason: z.enum(['gone', 'too-large', 'damaged', 'unreachable']).meta({
    description: 'gone: neither WhatsApp nor the phone has it; damaged: its bytes are not those of the message',
  }),
});

export const pollVote = change.extend({
  options: z.array(z.string()).nullable().meta({
    description:
      'What is chosen now, empty: nothing any more. null: the poll is not known here, so its votes are secret',
  }),
  optionHashes: z.array(z.string()).nullable().meta({ description: 'The same as hex SHA-256 of the option names' }),
});

/** The content of a message that is nothing but its text. */
export const PLAIN_CONTENT: z.output<typeof messageContent> = {
  media: null,
  location: null,
  contacts: [],
  poll: null,
  quoted: null,
  mentions: [],
  isForwarded: false,
  ephemeralSeconds: null,
  isViewOnce: false,
  system: null,
};
