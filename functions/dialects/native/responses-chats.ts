import * as z from 'zod';
import { PRESENCES } from '../../../lib/core/model/person.ts';
import { isoTime } from './responses.ts';

/** What answers about chats, labels and people hold in `data`. */
const text = (example: string) => z.string().meta({ examples: [example] });
const jid = text('6281234567890@s.whatsapp.net');

export const chat = z
  .object({
    jid,
    phone: text('6281234567890').nullable(),
    name: text('John Customer').nullable().meta({ description: "A group's subject; a person's name as known" }),
    isGroup: z.boolean().meta({ examples: [false] }),
    unread: z
      .number()
      .int()
      .min(0)
      .meta({ description: 'Received messages that nobody has read', examples: [2] }),
    isMarkedUnread: z.boolean().meta({ examples: [false] }),
    isArchived: z.boolean().meta({ examples: [false] }),
    isPinned: z.boolean().meta({ examples: [false] }),
    isMuted: z.boolean().meta({ examples: [false] }),
    mutedUntil: isoTime.nullable().meta({ description: 'null with isMuted: for ever', examples: [null] }),
    labels: z.array(z.string()).meta({ description: 'Ids of the labels on it', examples: [['3']] }),
    lastMessageAt: isoTime.nullable(),
    lastMessage: z
      .object({
        messageId: text('msg_3EB0C767D71D8A2B5F3E19'),
        direction: z.enum(['sent', 'received']),
        type: text('text'),
        text: text('Hello!').nullable().meta({ description: 'The beginning of it' }),
        timestamp: isoTime,
      })
      .nullable(),
  })
  .meta({ id: 'Chat' });

export const label = z
  .object({
    labelId: text('3'),
    name: text('Important'),
    color: z
      .number()
      .int()
      .meta({ description: "One of WhatsApp's 20 colours", examples: [1] }),
  })
  .meta({ id: 'Label' });

const digits = text('6281234567890');
const lid = text('83116928594000');

export const lidPair = z.object({ lid, phone: digits }).meta({ id: 'LidPair' });

export const seenPresence = z
  .object({
    chat: jid,
    phone: digits.nullable(),
    lid: lid.nullable(),
    presence: z.enum(PRESENCES).meta({ examples: ['available'] }),
    lastSeen: isoTime.nullable().meta({ description: 'As WhatsApp tells it, where they allow it' }),
    seenAt: isoTime.meta({ description: 'When this was heard' }),
  })
  .meta({ id: 'Presence' });
