import * as z from 'zod';
import { callerInput } from '../../../lib/core/catalogue/caller-input.ts';
import { OPERATIONS, type OperationName, recipient } from '../../../lib/core/catalogue/operations.ts';
import { GatewayError } from '../../../lib/core/errors.ts';
import type { MediaKind } from '../../../lib/core/model/media.ts';
import { type FileReference, sendMedia, submitWithMedia } from '../../../lib/core/usecases/send-media.ts';
import { operationRoute, type Route } from '../dialect.ts';
import { instanceOfKey } from './fields.ts';
import { respondSent } from './messages.ts';
import { sentMessage } from './responses.ts';

const TAG = 'Messages';

const shapeOf = (op: OperationName) => OPERATIONS[op].input.shape as z.ZodRawShape;

const base = (op: OperationName, path: string) =>
  ({
    method: 'POST',
    path: `/api/messages/${path}`,
    summary: OPERATIONS[op].summary,
    tag: TAG,
    credential: 'key',
    op,
    target: instanceOfKey,
    status: 201,
    response: sentMessage,
    respond: respondSent,
  }) as const;

/** `POST /api/messages/<path>` of an operation whose input is the body. */
const plainRoute = (op: OperationName, path: string): Route =>
  operationRoute({ ...base(op, path), body: z.object(shapeOf(op)), toInput: ({ body }) => body });

const mediaId = z.string().min(1).max(128).optional().meta({ description: 'Of an upload, instead of the file' });

/** The file of a body: in the field of its kind, or the id of an upload. */
function fileOf(body: Record<string, unknown>, kind: string): FileReference | undefined {
  const { [kind]: url, mediaId: id } = body as Record<string, string | undefined>;
  if (url !== undefined && id !== undefined) throw invalidFile(kind, 'give the file or mediaId, not both');
  return id !== undefined ? { id } : url !== undefined ? { url } : undefined;
}

function invalidFile(path: string, message: string): GatewayError {
  return new GatewayError('VALIDATION_ERROR', `${path}: ${message}.`, { details: [{ path, message }] });
}

const file = z.string().min(1).meta({ description: 'An https URL, a data URL, or base64' });

/** `POST /api/messages/<kind>` of the kinds that carry a file; the field of the file bears the kind's name. */
function mediaRoute(kind: MediaKind): Route {
  const op = `message.send${kind.charAt(0).toUpperCase()}${kind.slice(1)}` as OperationName;
  const { media: _, to: __, filename, ...fields } = shapeOf(op) as Record<string, z.ZodType>;
  const isDocument = kind === 'document';
  return operationRoute({
    ...base(op, kind),
    body: z.object({
      ...{ to: recipient, [kind]: file.optional(), mediaId, ...fields },
      ...(isDocument && { filename: filename as z.ZodType }),
    }),
    form: { field: kind, ...(isDocument && { name: 'filename' }) },
    errors: ['NOT_IMPLEMENTED'],
    submit: async (ports, { principal, instance, body, idempotency }) => {
      const { [kind]: _file, mediaId: _id, ...rest } = body as Record<string, unknown>;
      const given = fileOf(body as Record<string, unknown>, kind);
      if (!given) throw invalidFile(kind, 'is missing');
      return sendMedia(ports, principal, { instance, kind, file: given, fields: rest, idempotency });
    },
  });
}

function withoutMedia(op: OperationName): z.ZodRawShape {
  const { media: _, ...shape } = shapeOf(op) as Record<string, z.ZodType>;
  return shape;
}

/** Everything that sends a message. */
export const sendingRoutes: Route[] = [
  plainRoute('message.sendText', 'text'),
  ...(['image', 'document', 'audio', 'voice', 'video', 'sticker'] as const).map(mediaRoute),
  operationRoute({
    ...base('message.sendAlbum', 'album'),
    body: z.object((callerInput('message.sendAlbum') as z.ZodObject).shape),
    errors: ['NOT_IMPLEMENTED'],
    submit: (ports, { principal, instance, body, idempotency }) =>
      submitWithMedia(ports, principal, { instance, operation: 'message.sendAlbum', input: body, idempotency }),
  }),
  operationRoute({
    ...base('message.sendLink', 'link'),
    body: z.object({ ...withoutMedia('message.sendLink'), image: file.optional(), mediaId }),
    form: { field: 'image' },
    errors: ['NOT_IMPLEMENTED'],
    submit: async (ports, { principal, instance, body, idempotency }) => {
      const { image: _image, mediaId: _id, ...rest } = body as Record<string, unknown>;
      const media = fileOf(body as Record<string, unknown>, 'image');
      const input = { ...rest, ...(media && { media }) };
      return submitWithMedia(ports, principal, { instance, operation: 'message.sendLink', input, idempotency });
    },
  }),
  plainRoute('message.sendLocation', 'location'),
  plainRoute('message.sendLiveLocation', 'live-location'),
  plainRoute('message.sendContact', 'contact'),
  plainRoute('message.sendContacts', 'contacts'),
  plainRoute('message.sendPoll', 'poll'),
  plainRoute('message.sendList', 'list'),
  plainRoute('message.sendButtons', 'buttons'),
  plainRoute('message.sendEvent', 'event'),
  plainRoute('message.forward', 'forward'),
];
