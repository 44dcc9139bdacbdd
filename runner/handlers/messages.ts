import { GatewayError } from '../../lib/core/errors.ts';
import { publicMessageId } from '../../lib/core/model/ids.ts';
import { type Message, OUT_SCOPE } from '../../lib/core/model/message.ts';
import type { SessionWrite } from '../../lib/core/ports/session-store.ts';
import { pictureOf } from '../media/convert.ts';
import { canRead } from '../media/ffmpeg.ts';
import { openSource } from '../media/source.ts';
import { keyOf, scopeOf } from '../session/actions/messages.ts';
import type { Handler } from './index.ts';
import { linkPreview } from './link-preview.ts';
import { deliver, requireMessage } from './sending.ts';
import { vcardOf } from './vcard.ts';

export const sendText: Handler<'message.sendText'> = async (context, input) => {
  await context.session.contacts.requireOnWhatsApp(input.to);
  const preview = input.linkPreview ? await linkPreview(context.outbound, input.text) : undefined;
  return deliver(context, input, { text: input.text, linkPreview: preview ?? null });
};

export const sendLink: Handler<'message.sendLink'> = async (context, input) => {
  await context.session.contacts.requireOnWhatsApp(input.to);
  const { url, title, description, text, media } = input;
  const picture = media && (await openSource(context, 'image', media));
  try {
    const mimetype = picture?.sniffed?.mime;
    const shown = picture && canRead(mimetype) ? await pictureOf({ path: picture.path, mimetype }, 192) : undefined;
    const preview = {
      ...{ 'canonical-url': url, 'matched-text': url, title },
      ...(description && { description }),
      ...(shown && { jpegThumbnail: shown.thumbnail }),
    };
    return await deliver(context, input, { text: text || url, linkPreview: preview });
  } finally {
    await picture?.release();
  }
};

export const sendLocation: Handler<'message.sendLocation'> = async (context, input) => {
  await context.session.contacts.requireOnWhatsApp(input.to);
  const { latitude, longitude, name, address } = input;
  const location = { degreesLatitude: latitude, degreesLongitude: longitude };
  return deliver(context, input, { location: { ...location, ...(name && { name }), ...(address && { address }) } });
};

export const sendLiveLocation: Handler<'message.sendLiveLocation'> = async (context, input) => {
  await context.session.contacts.requireOnWhatsApp(input.to);
  const { latitude, longitude, accuracyMeters, speedMps, headingDegrees, caption, sequence } = input;
  const liveLocationMessage = {
    ...{ degreesLatitude: latitude, degreesLongitude: longitude, sequenceNumber: sequence ?? 1, timeOffset: 0 },
    ...(accuracyMeters !== undefined && { accuracyInMeters: accuracyMeters }),
    ...(speedMps !== undefined && { speedInMps: speedMps }),
    ...(headingDegrees !== undefined && { degreesClockwiseFromMagneticNorth: headingDegrees }),
    ...(caption && { caption }),
  };
  return deliver(context, input, { proto: { liveLocationMessage } });
};

export const sendContact: Handler<'message.sendContact'> = async (context, input) => {
  await context.session.contacts.requireOnWhatsApp(input.to);
  const { name } = input.contact;
  return deliver(context, input, {
    contacts: { contacts: [{ displayName: name, vcard: vcardOf(input.contact) }] },
  });
};

export const sendContacts: Handler<'message.sendContacts'> = async (context, input) => {
  await context.session.contacts.requireOnWhatsApp(input.to);
  const contacts = input.contacts.map((card) => ({
    displayName: card.name,
    vcard: 'vcard' in card ? card.vcard : vcardOf(card),
  }));
  const displayName = `${contacts.length} contacts`;
  return deliver(context, input, { contacts: { displayName, contacts } });
};

export const sendPoll: Handler<'message.sendPoll'> = async (context, input) => {
  await context.session.contacts.requireOnWhatsApp(input.to);
  const { question, options, maxChoices } = input;
  if (maxChoices > options.length) {
    throw new GatewayError('VALIDATION_ERROR', 'maxChoices is more than there are options.', {
      details: [{ path: 'maxChoices', message: 'is more than there are options' }],
    });
  }
  return deliver(context, input, { poll: { name: question, values: options, selectableCount: maxChoices } });
};

export const sendEvent: Handler<'message.sendEvent'> = async (context, input) => {
  await context.session.contacts.requireOnWhatsApp(input.to);
  const { name, description, startAt, endAt, location, callLink, guestsMayBring, canceled } = input;
  return deliver(context, input, {
    event: {
      ...{ name, startDate: new Date(startAt) },
      ...(description !== undefined && { description }),
      ...(endAt !== undefined && { endDate: new Date(endAt) }),
      ...(location && {
        location: {
          ...(location.name !== undefined && { name: location.name }),
          ...(location.address !== undefined && { address: location.address }),
          ...(location.latitude !== undefined && { degreesLatitude: location.latitude }),
          ...(location.longitude !== undefined && { degreesLongitude: location.longitude }),
        },
      }),
      ...(callLink && { call: callLink }),
      ...(guestsMayBring !== undefined && { extraGuestsAllowed: guestsMayBring }),
      ...(canceled !== undefined && { isCancelled: canceled }),
    },
  });
};

export const forward: Handler<'message.forward'> = async (context, input) => {
  await context.session.contacts.requireOnWhatsApp(input.to);
  const message = await requireMessage(context, input.messageId);
  if (message.revokedAtMs) throw new GatewayError('INVALID_STATE', 'The message was taken back.');
  const original = await context.session.messages.original(message);
  const { output, writes } = await deliver(context, input, { forward: original, force: true });
  // Only now it is known what was sent.
  const set = { type: message.type, text: message.edit ? message.edit.text : message.text };
  return { output, writes: [...writes, { kind: 'message', id: output.messageId.slice(4), scope: OUT_SCOPE, set }] };
};

export const markRead: Handler<'message.markRead'> = async (context, input) => {
  const message = await requireMessage(context, input.messageId);
  if (message.direction !== 'received') {
    throw new GatewayError('INVALID_STATE', 'Only a received message can be marked as read.');
  }
  const readAtMs = message.readAtMs ?? context.clock();
  await context.session.markRead([keyOf(message)]);
  return { output: { messageId: publicMessageId(message.id), readAtMs }, writes: [readWrite(message, readAtMs)] };
};

function readWrite(message: Message, readAtMs: number): SessionWrite {
  return { kind: 'message', id: message.id, scope: scopeOf(message), once: { readAtMs } };
}
