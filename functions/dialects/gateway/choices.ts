import * as z from 'zod';
import { MAX_TEXT_LENGTH, OPERATIONS, phoneNumber } from '../../../lib/core/catalogue/operations.ts';
import { submitWithMedia } from '../../../lib/core/usecases/send-media.ts';
import type { Route } from '../dialect.ts';
import { SEND_FIELDS, sendRow } from './rows.ts';

const TAG = 'Messages';
const PATH = '/api/message/send';
const link = OPERATIONS['message.sendLink'].input.shape;
const list = OPERATIONS['message.sendList'].input.shape;
const poll = OPERATIONS['message.sendPoll'].input.shape;
const event = OPERATIONS['message.sendEvent'].input.shape;
const { title, footer } = list;
const text = z.string().min(1).max(4_096);
const line = z.string().min(1).max(255);

const sections = z.array(
  z.object({
    title: z.string().optional(),
    rows: z.array(z.object({ rowId: z.string(), title: z.string(), description: z.string().optional() })),
  }),
);
/** Also as Baileys writes it. */
const buttonText = z.union([z.string(), z.object({ displayText: z.string() })]);

/** Document C's cards have a vCard; those of its code are one, by its fields. */
const cards = z
  .object({
    ...SEND_FIELDS,
    contacts: z
      .array(z.object({ displayName: line, vcard: z.string().max(8_192) }))
      .min(1)
      .max(20)
      .optional(),
    contactName: line.optional(),
    contactNumber: phoneNumber.optional(),
    organization: line.optional(),
  })
  .refine(({ contacts, contactName, contactNumber }) => contacts ?? (contactName && contactNumber), {
    path: ['contacts'],
    message: 'contacts, or contactName and contactNumber, must be there',
  });

/** The kind of an event is for people's eyes, and WhatsApp has no place for it. */
const kindOfEvent = z.enum(['birthday', 'appointment', 'meeting', 'reminder', 'custom']).optional();

/** Messages that are composed of parts. */
export const choiceRoutes: Route[] = [
  sendRow({
    path: `${PATH}/link-preview`,
    op: 'message.sendLink',
    tag: TAG,
    message: 'Link preview sent successfully',
    body: z.object({
      ...SEND_FIELDS,
      url: link.url,
      title: link.title.optional().meta({ description: 'The host of the link, if absent' }),
      description: link.description,
      text: z.string().max(MAX_TEXT_LENGTH).optional(),
      image: z.string().min(1).optional().meta({ description: 'An https URL, a data URL, or base64' }),
    }),
    aliases: { image: ['thumbnailUrl', 'imageUrl', 'imageBase64'] },
    submit: (ports, { principal, instance, body, idempotency }) => {
      const { instanceId: _, image, ...fields } = body;
      const input = {
        ...fields,
        title: body.title ?? new URL(body.url).hostname,
        ...(image && { media: { url: image } }),
      };
      return submitWithMedia(ports, principal, { instance, operation: 'message.sendLink', input, idempotency });
    },
  }),
  sendRow({
    path: `${PATH}/list`,
    op: 'message.sendList',
    tag: TAG,
    message: 'List sent successfully',
    body: z.object({ ...SEND_FIELDS, title, text: text.optional(), footer, buttonText: list.buttonText, sections }),
    aliases: { text: ['description'] },
    // Document C gives a title alone, where WhatsApp wants a text.
    toInput: ({ to, title: head, text: body = head, sections: parts, ...rest }) => ({
      ...{ to, text: body, footer: rest.footer, buttonText: rest.buttonText },
      title: body === head ? undefined : head,
      sections: parts.map((part) => ({ ...part, rows: part.rows.map(({ rowId: id, ...row }) => ({ id, ...row })) })),
    }),
  }),
  sendRow({
    path: `${PATH}/buttons`,
    op: 'message.sendButtons',
    tag: TAG,
    message: 'Buttons sent successfully',
    body: z.object({
      ...{ ...SEND_FIELDS, title, text, footer },
      buttons: z.array(z.object({ buttonId: z.string(), buttonText })),
    }),
    toInput: ({ instanceId: _, buttons, ...fields }) => ({
      ...fields,
      buttons: buttons.map(({ buttonId: id, buttonText: shown }) => ({
        ...{ id, text: typeof shown === 'string' ? shown : shown.displayText },
      })),
    }),
  }),
  sendRow({
    path: `${PATH}/poll`,
    op: 'message.sendPoll',
    tag: TAG,
    message: 'Poll sent successfully',
    body: z.object({
      ...{ ...SEND_FIELDS, question: poll.question, options: poll.options },
      selectableCount: z.int().min(0).max(12).optional().meta({ description: '0: any number of options' }),
      multipleAnswers: z.boolean().optional().meta({ description: 'Any number of options' }),
    }),
    toInput: ({ to, question, options, selectableCount, multipleAnswers }) => ({
      ...{ to, question, options, maxChoices: selectableCount ?? (multipleAnswers ? 0 : 1) },
    }),
  }),
  sendRow({
    path: `${PATH}/contact`,
    op: 'message.sendContacts',
    tag: TAG,
    message: 'Contact sent successfully',
    body: cards,
    toInput: ({ to, contacts, contactName: name, contactNumber: phone, organization }) => ({
      to,
      contacts: contacts?.map(({ displayName, vcard }) => ({ name: displayName, vcard })) ?? [
        { name, phone, organization },
      ],
    }),
  }),
  sendRow({
    path: '/api/message/forward',
    op: 'message.forward',
    tag: TAG,
    message: 'Message forwarded successfully',
    body: z.object({ ...SEND_FIELDS, messageId: OPERATIONS['message.forward'].input.shape.messageId }),
    toInput: ({ to, messageId }) => ({ to, messageId }),
  }),
  sendRow({
    path: '/api/events/:instanceId',
    op: 'message.sendEvent',
    tag: 'Events',
    message: 'Event sent successfully',
    body: z.object({
      ...{ to: SEND_FIELDS.to, event: kindOfEvent, name: event.name, description: event.description },
      ...{ startTime: event.startAt, endTime: event.endAt, callLink: event.callLink },
      location: z.union([line, event.location.unwrap()]).optional(),
    }),
    toInput: ({ to, name, description, startTime, endTime, callLink, location }) => ({
      ...{ to, name, description, startAt: startTime, endAt: endTime, callLink },
      location: typeof location === 'string' ? { name: location } : location,
    }),
  }),
];
