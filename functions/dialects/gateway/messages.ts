import * as z from 'zod';
import { LOCATION_FIELDS, MAX_TEXT_LENGTH, MEDIA_FIELDS, OPERATIONS } from '../../../lib/core/catalogue/operations.ts';
import type { MediaKind } from '../../../lib/core/model/media.ts';
import { sendMedia } from '../../../lib/core/usecases/send-media.ts';
import type { Route } from '../dialect.ts';
import { SEND_FIELDS, sendRow } from './rows.ts';

const TAG = 'Messages';
const { caption, mimetype, filename, quotedMessageId } = MEDIA_FIELDS;
const { viewOnce, gifPlayback } = OPERATIONS['message.sendVideo'].input.shape;
const text = z.string().min(1).max(MAX_TEXT_LENGTH);

interface MediaRow {
  path: string;
  kind: MediaKind;
  /** Document C's field of the file. */
  field: string;
  message: string;
  fields: z.ZodRawShape;
  /** What another body makes of it. */
  kindOf?: (body: Record<string, unknown>) => MediaKind;
  aliases?: Record<string, readonly string[]>;
}

/** `POST /api/message/send/<kind>` of the kinds that carry a file. */
function mediaRow({ path, kind, field, message, fields, kindOf = () => kind, aliases = {} }: MediaRow): Route {
  const file = z.string().min(1).meta({ description: 'An https URL, a data URL, or base64' });
  return sendRow({
    path,
    op: `message.send${kind.charAt(0).toUpperCase()}${kind.slice(1)}` as 'message.sendImage',
    tag: TAG,
    message,
    body: z.object({ ...SEND_FIELDS, [field]: file, ...fields }),
    aliases: { [field]: [`${field}Url`, `${field}Base64`], ...aliases },
    submit: (ports, { principal, instance, body, idempotency }) => {
      const { [field]: given, instanceId: _, ptt: __, ...rest } = body as Record<string, unknown>;
      const sent = { instance, kind: kindOf(body as Record<string, unknown>), file: given as string, fields: rest };
      return sendMedia(ports, principal, { ...sent, idempotency });
    },
  });
}

export const messageRoutes: Route[] = [
  sendRow({
    path: '/api/message/send/text',
    op: 'message.sendText',
    tag: TAG,
    message: 'Message sent successfully',
    body: z.object({ ...SEND_FIELDS, message: text, quotedMessageId }),
    aliases: { message: ['text'] },
    toInput: ({ to, message, quotedMessageId: quoted }) => ({ to, text: message, quotedMessageId: quoted }),
  }),
  mediaRow({
    path: '/api/message/send/image',
    kind: 'image',
    field: 'image',
    message: 'Image sent successfully',
    fields: { caption, viewOnce },
  }),
  mediaRow({
    path: '/api/message/send/file',
    kind: 'document',
    field: 'file',
    message: 'File sent successfully',
    fields: { filename, caption, mimetype },
    aliases: { filename: ['fileName'] },
  }),
  mediaRow({
    path: '/api/message/send/voice',
    kind: 'voice',
    field: 'audio',
    message: 'Voice note sent successfully',
    fields: { mimetype, ptt: z.boolean().default(true).meta({ description: 'false: as an audio file' }) },
    kindOf: ({ ptt }) => (ptt ? 'voice' : 'audio'),
  }),
  mediaRow({
    path: '/api/message/send/video',
    kind: 'video',
    field: 'video',
    message: 'Video sent successfully',
    fields: { caption, gifPlayback },
  }),
  sendRow({
    path: '/api/message/send/location',
    op: 'message.sendLocation',
    tag: TAG,
    message: 'Location sent successfully',
    body: z.object({ ...SEND_FIELDS, ...LOCATION_FIELDS }),
    toInput: ({ instanceId: _, ...input }) => input,
  }),
];
