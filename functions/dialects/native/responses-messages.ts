import * as z from 'zod';
import { isoTime } from './responses.ts';

/** What answers about stored messages hold in `data`. */
const text = (example: string) => z.string().meta({ examples: [example] });
const messageId = text('msg_3EB0C767D71D8A2B5F3E19');
const digits = text('6281234567890');

const messageStatusName = z
  .enum(['SCHEDULED', 'CANCELLED', 'QUEUED', 'SENT', 'DELIVERED', 'READ', 'FAILED', 'UNKNOWN', 'RECEIVED'])
  .meta({ id: 'MessageStatus', examples: ['DELIVERED'] });

const messageMedia = z.object({
  id: text('in_9fJq2s7Xk1LmQbT5vWcYzR8uHnPdA3Ge').nullable(),
  url: z.string().nullable().meta({ description: 'Serves the file to whoever has the link, for seven days' }),
  mimetype: text('image/jpeg').nullable(),
  size: z
    .number()
    .int()
    .nullable()
    .meta({ examples: [48_213] }),
  fileName: text('picture.jpg').nullable(),
  sha256: z.string().nullable().meta({ description: 'Hex' }),
  seconds: z
    .number()
    .int()
    .nullable()
    .meta({ examples: [null] }),
});

const party = z.object({ phone: digits.nullable(), lid: text('83116928594000').nullable() });
const quotedMessage = z.object({
  messageId,
  from: party.nullable().meta({ description: 'null in a sent message: the quoted one itself says it' }),
  text: text('Hello!').nullable().meta({ description: 'As the reply repeats it; null in a sent message' }),
});
const sharedLocation = z.object({
  latitude: z.number().meta({ examples: [-6.2088] }),
  longitude: z.number().meta({ examples: [106.8456] }),
  name: text('Office').nullable(),
  address: text('Jl. Sudirman 1').nullable(),
  isLive: z.boolean().meta({ examples: [false] }),
});
const sharedContact = z.object({ name: text('Ann').nullable(), phones: z.array(digits) });
const sharedPoll = z.object({
  question: text('Tea?'),
  options: z.array(text('yes')),
  maxChoices: z
    .number()
    .int()
    .meta({ description: '0: any number of options', examples: [1] }),
});
const messageReaction = z.object({
  emoji: text('👍'),
  from: party.nullable().meta({ description: 'null: the instance itself' }),
  timestamp: isoTime,
});

export const storedMessage = z
  .object({
    messageId,
    direction: z.enum(['sent', 'received']),
    status: messageStatusName,
    type: text('text'),
    from: digits.nullable().meta({ description: 'Author of a received message' }),
    to: digits.nullable().meta({ description: 'Chat of a sent message' }),
    chat: digits,
    phone: digits.nullable(),
    lid: text('83116928594000').nullable().meta({ description: "WhatsApp's privacy id of the other side" }),
    authorName: text('John Customer').nullable(),
    text: text('Hello!').nullable().meta({ description: 'As last edited' }),
    media: messageMedia.nullable().meta({ description: 'The file that a received message points to' }),
    quoted: quotedMessage.nullable().meta({ description: 'What it replies to' }),
    location: sharedLocation.nullable(),
    contacts: z.array(sharedContact),
    poll: sharedPoll.nullable(),
    reactions: z.array(messageReaction),
    isAutoReply: z.boolean().meta({ examples: [false] }),
    timestamp: isoTime,
    editedAt: isoTime.nullable().meta({ examples: [null] }),
    revokedAt: isoTime.nullable().meta({ description: 'Taken back for everyone', examples: [null] }),
  })
  .meta({ id: 'Message' });

export const messageProgress = z
  .object({
    messageId,
    direction: z.enum(['sent', 'received']),
    to: digits.nullable(),
    status: messageStatusName,
    timestamp: isoTime.meta({ description: 'When the present status was reached' }),
    createdAt: isoTime,
    sendAt: isoTime.optional().meta({ description: 'Of one that was scheduled' }),
    sentAt: isoTime.nullable(),
    deliveredAt: isoTime.nullable(),
    readAt: isoTime.nullable().meta({ examples: [null] }),
    failedAt: isoTime.nullable().meta({ examples: [null] }),
    error: z
      .object({ code: z.string(), message: z.string() })
      .nullable()
      .meta({ examples: [null] }),
  })
  .meta({ id: 'MessageProgress' });

export const messageDetail = z
  .object({ ...messageProgress.shape, ...storedMessage.shape })
  .meta({ id: 'MessageDetail' });

export const scheduledMessage = z
  .object({
    messageId,
    to: digits,
    type: text('text'),
    text: text('Hello!').nullable(),
    status: z.literal('SCHEDULED'),
    sendAt: isoTime,
    createdAt: isoTime,
  })
  .meta({ id: 'ScheduledMessage' });

export const messageRead = z.object({
  messageId,
  status: z.enum(['READ', 'QUEUED']),
  readAt: isoTime.nullable(),
});
