import * as z from 'zod';
import { publicMessageId } from '../../../lib/core/model/ids.ts';
import type { Instance } from '../../../lib/core/model/instance.ts';
import { type Contact, type Message, messageStatus } from '../../../lib/core/model/message.ts';
import { jidOfParty } from '../../../lib/core/model/phone.ts';
import { GATEWAY_STATUSES, gatewayStatus } from './vocabulary.ts';

const isoTime = z.iso.datetime();
const phone = z
  .string()
  .nullable()
  .meta({ description: 'Digits', examples: ['6281234567890'] });

export const instanceShape = z.object({
  id: z.string().meta({ examples: ['inst_4fKz1Yb0cVnQ8mTgW2hXsD'] }),
  name: z.string().meta({ examples: ['My WhatsApp Instance'] }),
  instanceName: z
    .string()
    .meta({ description: 'Names it in paths, as its id does', examples: ['my-whatsapp-instance'] }),
  phoneNumber: phone,
  status: z.enum(GATEWAY_STATUSES),
  detail: z.string().meta({ description: "The gateway's own word for the state", examples: ['CONNECTED'] }),
  isActive: z.boolean().meta({ description: 'It is connected' }),
  createdAt: isoTime,
  updatedAt: isoTime.nullable().meta({ description: 'When it was last connected' }),
});

export function instanceView({ id, name, title, state, createdAt }: Instance) {
  const { status, phone: phoneNumber, lastConnectedAt } = state;
  return {
    ...{ id, name: title ?? name, instanceName: name, phoneNumber },
    ...{ status: gatewayStatus(status), detail: status, isActive: status === 'CONNECTED' },
    ...{ createdAt, updatedAt: lastConnectedAt },
  };
}

export const contactShape = z.object({
  id: z
    .string()
    .nullable()
    .meta({ examples: ['6281234567890@s.whatsapp.net'] }),
  phoneNumber: phone,
  lid: z.string().nullable(),
  name: z.string().nullable(),
  pushName: z.string().nullable(),
  blocked: z.boolean(),
});

export function contactView(contact: Contact) {
  const { phone: phoneNumber, lid, name, pushName, blocked } = contact;
  return { id: jidOfParty(contact), phoneNumber, lid, name: name ?? pushName, pushName, blocked };
}

export const messageShape = z.object({
  messageId: z.string(),
  chatId: z.string(),
  from: z.string().nullable(),
  fromMe: z.boolean(),
  type: z.string(),
  body: z.string().nullable(),
  pushName: z.string().nullable(),
  status: z.string().meta({ examples: ['sent'] }),
  timestamp: isoTime,
});

export function messageView(message: Message) {
  const fromMe = message.direction === 'sent';
  return {
    messageId: publicMessageId(message.id),
    chatId: message.chat,
    from: fromMe ? null : jidOfParty(message.party),
    fromMe,
    type: message.type,
    body: message.edit ? message.edit.text : message.text,
    pushName: message.authorName,
    status: messageStatus(message).toLowerCase(),
    timestamp: new Date(message.timestampMs).toISOString(),
  };
}
