import * as z from 'zod';
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
