import * as z from 'zod';
import { define, MINUTE_MS } from './define.ts';
import { recipient } from './fields.ts';

/** A patch of what all devices agree on says how it shall be: a second one changes nothing. */
const CHANGING = {
  tag: 'chats',
  permission: 'chat:write',
  kind: 'command',
  onAmbiguity: 'repeat',
  sendsMessage: false,
  needsLinked: true,
  deadlineMs: MINUTE_MS,
} as const;

const chat = recipient.meta({
  description: 'Phone number with country code, or the WhatsApp JID of a person or group',
  examples: ['6281234567890'],
});
const output = z.object({ chat: z.string().meta({ examples: ['6281234567890@s.whatsapp.net'] }) });
const input = z.strictObject({ chat });

/** Ten years; without end there is no number at all. */
const MAX_MUTE_SECONDS = 315_360_000;

export const CHAT_OPERATIONS = {
  'chat.archive': define({ summary: 'Archive a chat', ...CHANGING, input, output }),
  'chat.unarchive': define({ summary: 'Take a chat out of the archive', ...CHANGING, input, output }),
  'chat.pin': define({ summary: 'Pin a chat to the top', ...CHANGING, input, output }),
  'chat.unpin': define({ summary: 'Unpin a chat', ...CHANGING, input, output }),
  'chat.mute': define({
    summary: 'Mute a chat, for a time or for ever',
    ...CHANGING,
    input: z.strictObject({
      chat,
      seconds: z
        .number()
        .int()
        .min(1)
        .max(MAX_MUTE_SECONDS)
        .optional()
        .meta({ description: 'From the moment of the request; absent: for ever', examples: [28_800] }),
    }),
    output: output.extend({ mutedUntilMs: z.number() }),
  }),
  'chat.unmute': define({ summary: 'Unmute a chat', ...CHANGING, input, output }),
  'chat.markRead': define({
    summary: 'Mark a chat as read, with the messages that nobody has read yet',
    ...CHANGING,
    input,
    output: output.extend({ messages: z.number().int() }),
  }),
  'chat.markUnread': define({ summary: 'Mark a chat as unread', ...CHANGING, input, output }),
  'chat.clear': define({ summary: "Clear a chat's messages away, on all own devices", ...CHANGING, input, output }),
  'chat.delete': define({ summary: 'Delete a chat, on all own devices', ...CHANGING, input, output }),
} as const;
