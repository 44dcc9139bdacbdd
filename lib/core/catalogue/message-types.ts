import * as z from 'zod';
import type { OperationName } from './operations.ts';

/** What a message is called where its type is a field: the last part of `POST /api/messages/<type>`. */
export const MESSAGE_TYPES = {
  text: 'message.sendText',
  image: 'message.sendImage',
  document: 'message.sendDocument',
  audio: 'message.sendAudio',
  voice: 'message.sendVoice',
  video: 'message.sendVideo',
  sticker: 'message.sendSticker',
  album: 'message.sendAlbum',
  link: 'message.sendLink',
  location: 'message.sendLocation',
  'live-location': 'message.sendLiveLocation',
  contact: 'message.sendContact',
  contacts: 'message.sendContacts',
  poll: 'message.sendPoll',
  list: 'message.sendList',
  buttons: 'message.sendButtons',
  event: 'message.sendEvent',
  forward: 'message.forward',
} as const satisfies Record<string, OperationName>;

export type MessageType = keyof typeof MESSAGE_TYPES;

const TYPES = Object.keys(MESSAGE_TYPES) as [MessageType, ...MessageType[]];

/** A message without its recipient: `type`, and the fields of `POST /api/messages/<type>`. */
export const messageBody = z.looseObject({ type: z.enum(TYPES) }).meta({
  description: 'A type, and the fields of `POST /api/messages/<type>` without `to`; texts may hold {{variables}}',
  examples: [{ type: 'text', text: 'Hello {{name}}, your order {{order}} is on its way.' }],
});

export type MessageBody = z.output<typeof messageBody>;

export const templateName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, 'must be letters, digits, _, . and -, 64 at most')
  .meta({ description: 'Name of a template', examples: ['order-shipped'] });

/** What stands for `{{variables}}`. */
export const variables = z.record(z.string().max(64), z.union([z.string().max(4_096), z.number(), z.boolean()])).meta({
  description: 'What stands for the {{variables}} of the message',
  examples: [{ name: 'Ann', order: '4711' }],
});
